"""A request whose response a former release has stored is known again, over both facades.

`former_requests.json` holds a request for each command and for each kind of operation in a batch, with the fingerprint
that the last release before adr/0097 computed of it.
"""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import httpx2
import pytest

from datastore_service.application.request_context import ANONYMOUS
from datastore_service.application.write.ports.stored_responses import RepeatableRequest, StoredResponse
from datastore_service.config.settings import Settings
from datastore_service.domain.errors import InvalidValue
from tests.apps import shared_app
from tests.fakes.application import in_memory_mediator
from tests.fakes.store import InMemoryStore

REQUESTS: Final[list[dict[str, Any]]] = json.loads(Path(__file__).with_name("former_requests.json").read_text())


def stored_before(fingerprint: str) -> InMemoryStore:
    """Returns a store that holds a response under the key `k`, as a former release has left it."""
    now, digest = datetime.now(UTC), bytes.fromhex(fingerprint)
    former = RepeatableRequest(
        actor=ANONYMOUS.id,
        key="k",
        fingerprint=digest,
        former_fingerprint=lambda: digest,
        at=now,
        expires_at=now + timedelta(hours=1),
    )
    store = InMemoryStore()
    store.answers[former.actor, former.key] = (former, StoredResponse(InvalidValue("/payload", "Refused before.")))
    return store


@pytest.mark.parametrize("sent", REQUESTS, ids=[request["name"] for request in REQUESTS])
async def test_a_key_of_the_former_release_is_known_again(settings: Settings, sent: dict[str, Any]) -> None:
    app = shared_app(settings, in_memory_mediator(store=stored_before(sent["fingerprint"])))
    async with httpx2.AsyncClient(transport=httpx2.ASGITransport(app), base_url="http://localhost:8080") as client:
        answer = await client.request(
            sent["method"],
            sent["path"],
            headers={"Content-Type": "application/json", **sent["headers"], "Idempotency-Key": "k"},
            content=None if sent["body"] is None else json.dumps(sent["body"]),
        )

    assert answer.headers.get("idempotency-replayed") == "true", answer.text
