"""A client that openapi-python-client makes of the OpenAPI document, and that nobody has touched."""

import importlib
import json
import os
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import get_type_hints
from uuid import UUID

import httpx
import pytest

from datastore_service.application.feed.change import Change
from datastore_service.application.feed.webhooks.message import WebhookMessage
from datastore_service.application.views import JsonText
from datastore_service.main import create_app
from tests.e2e.conftest import RunningService
from tests.judges.conftest import HERE
from tests.measuring import UNCOUNTED
from tests.settings import settings_with

PACKAGE = "generated_client"
TOKEN = "of-ada"  # noqa: S105 - invented
DOCUMENT = HERE.parent / "snapshots/openapi.json"


class GeneratedClient:
    """The generated package, and its client of the running service."""

    def __init__(self, base_url: str) -> None:
        self.client = self.module("client").Client(base_url=base_url, raise_on_unexpected_status=True)
        self.models = self.module("models")

    def module(self, name: str) -> ModuleType:
        return importlib.import_module(f"{PACKAGE}.{name}")


@contextmanager
def generated_from(document: Path, package: Path) -> Generator[None]:
    """Makes a package of a document, and has it imported by its name meanwhile."""
    # Of several bodies it takes none that is an array, so it is told to leave JSON Patch out.
    command = ["generate", "--path", str(document), "--config", str(HERE / "client-config.json"), "--meta", "none"]
    subprocess.run(
        [sys.executable, "-m", "openapi_python_client", *command, "--output-path", str(package)],
        env=os.environ | UNCOUNTED,
        check=True,
        capture_output=True,
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "path", [str(package.parent), *sys.path])
        yield


@pytest.fixture(scope="module")
def generated(tmp_path_factory: pytest.TempPathFactory, service: RunningService) -> Generator[GeneratedClient]:
    with generated_from(DOCUMENT, tmp_path_factory.mktemp("client") / PACKAGE):
        generated = GeneratedClient(service.base_url)
        with generated.client:
            yield generated


def test_creates_patches_and_lists_records(generated: GeneratedClient) -> None:
    client, models = generated.client, generated.models
    new = models.NewRecord(payload={"name": "Ada"}, collection="generated", tags=["a"])
    patch = models.MergePatch.from_dict({"payload": {"born": 1815}})

    created = generated.module("api.records.create_record").sync(client=client, body=new)
    patched = generated.module("api.records.patch_record").sync(created.id, client=client, body=patch)
    page = generated.module("api.records.list_records").sync(client=client, collection="generated", limit=10)

    assert isinstance(created.id, UUID)
    assert (patched.version, patched.payload) == (2, {"name": "Ada", "born": 1815})
    assert [record.to_dict() for record in page.items] == [patched.to_dict()]


def test_sends_the_headers_that_the_document_names(generated: GeneratedClient) -> None:
    client, models = generated.client, generated.models
    create, patch = (generated.module(f"api.records.{name}_record") for name in ("create", "patch"))
    new = models.NewRecord(payload={"name": "Ada"}, collection="generated-headers")
    born = models.MergePatch.from_dict({"payload": {"born": 1815}})

    created, again = (create.sync(client=client, body=new, idempotency_key="generated-1") for _ in range(2))
    patched = patch.sync_detailed(created.id, client=client, body=born, if_match='"1"', prefer="return=minimal")
    stale = patch.sync(created.id, client=client, body=born, if_match='"1"')
    page = generated.module("api.records.list_records").sync_detailed(
        client=client, collection="generated-headers", if_none_match="*"
    )

    assert again.id == created.id
    assert (patched.status_code, patched.headers["preference-applied"]) == (204, "return=minimal")
    assert (stale.status, stale.code) == (412, "precondition_failed")
    assert page.status_code == 304


def test_reads_a_refusal(generated: GeneratedClient) -> None:
    new = generated.models.NewRecord(payload=1, collection="no/name")

    problem = generated.module("api.records.create_record").sync(client=generated.client, body=new)

    assert (problem.status, problem.code) == (422, "validation_failed")
    assert [error.pointer for error in problem.errors] == ["#/collection"]


def test_reads_what_a_webhook_is_sent(generated: GeneratedClient) -> None:
    at = datetime(2026, 11, 25, 9, 30, tzinfo=UTC)
    change = Change(
        operation="create",
        record_id=UUID(int=1),
        collection="people",
        version=1,
        payload=JsonText('{"name": "Ada"}'),
        tags=("a",),
        at=at,
        actor="ada",
        correlation_id=None,
        transaction=1,
    )

    message = generated.models.WebhookMessageBody.from_dict(json.loads(WebhookMessage.of(change).body))

    assert (message.type_, message.timestamp, message.data.record_id) == ("record.create", at, change.record_id)
    assert (message.data.payload, message.data.tags, message.data.correlation_id) == ({"name": "Ada"}, ["a"], None)


def test_sends_a_token_where_the_service_says_that_it_takes_one(tmp_path: Path) -> None:
    app = create_app(
        settings_with(environment="local"), security_schemes={"bearer": {"type": "http", "scheme": "bearer"}}
    )
    document = tmp_path / "openapi.json"
    document.write_text(json.dumps(app.openapi()), encoding="utf-8")
    asked: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json={"status": "ok", "items": [], "next_cursor": None})

    with generated_from(document, tmp_path / "secured_client"):
        clients = importlib.import_module("secured_client.client")
        options = {"base_url": "http://localhost", "httpx_args": {"transport": httpx.MockTransport(answer)}}
        trusted, unknown = clients.AuthenticatedClient(**options, token=TOKEN), clients.Client(**options)
        listing = importlib.import_module("secured_client.api.collections.list_collections")
        live = importlib.import_module("secured_client.api.health.live")
        listing.sync_detailed(client=trusted)
        live.sync_detailed(client=unknown)
        kinds = [get_type_hints(each.sync_detailed)["client"] for each in (listing, live)]

    assert [request.headers.get("authorization") for request in asked] == [f"Bearer {TOKEN}", None]
    assert kinds == [clients.AuthenticatedClient, clients.AuthenticatedClient | clients.Client]
