"""Messages and their signatures (Standard Webhooks 1.0, standardwebhooks.com)."""

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from standardwebhooks import Webhook as Signer

from datastore_service.application.feed.change import Change
from datastore_service.application.views import JsonText
from datastore_service.domain.records.content import CONTENT_MEMBERS

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_PREFIX: Final = "whsec_"
_NEW_BYTES: Final = 32
_FEWEST_BYTES: Final = 24
_MOST_BYTES: Final = 64


@dataclass(frozen=True, slots=True)
class WebhookMessage:
    """A message; its id is the same whenever it is sent, so that a receiver can tell that it has it already.

    The id is that of the record, its version, and the microsecond of the change: a version comes again with another
    content where a record was purged, or where a failover has lost a change.
    """

    id: str
    body: JsonText

    @classmethod
    def of(cls, change: Change) -> "WebhookMessage":
        """Tells of a change."""
        at = change.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        members = {
            "operation": change.operation,
            "record_id": str(change.record_id),
            "collection": change.collection,
            "version": change.version,
            **{name: getattr(change, name) for name in CONTENT_MEMBERS if name != "payload"},
            "at": at,
            "actor": change.actor,
            "correlation_id": change.correlation_id,
        }
        # The payload is JSON already, with all the digits of its numbers.
        data = f'{json.dumps(members)[:-1]}, "payload": {change.payload}}}'
        kind = json.dumps(f"record.{change.operation}")
        body = f'{{"type": {kind}, "timestamp": "{at}", "data": {data}}}'
        moment = (change.at - _EPOCH) // timedelta(microseconds=1)
        return cls(f"{change.record_id}.{change.version}.{moment}", JsonText(body))

    def headers(self, secret: str, at: datetime) -> Mapping[str, str]:
        """Returns the headers that vouch for the message, sent at this time."""
        # The library takes the time for UTC, whatever its zone.
        at = at.astimezone(UTC)
        return {
            "webhook-id": self.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": Signer(secret).sign(self.id, at, self.body),
        }


def new_secret() -> str:
    """Makes a secret."""
    return _PREFIX + base64.b64encode(secrets.token_bytes(_NEW_BYTES)).decode()


def is_secret(text: str) -> bool:
    """Tells whether a text is a secret as Standard Webhooks has it: 24 to 64 bytes."""
    try:
        key = base64.b64decode(text.removeprefix(_PREFIX), validate=True)
    except ValueError:
        return False
    return text.startswith(_PREFIX) and _FEWEST_BYTES <= len(key) <= _MOST_BYTES
