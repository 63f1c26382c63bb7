"""Messages of webhooks and their signatures."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest

from datastore_service.application.feed.change import Change
from datastore_service.application.feed.webhook import WebhookRules
from datastore_service.application.feed.webhooks.message import WebhookMessage, is_secret, new_secret
from datastore_service.application.views import JsonText
from tests.webhook_signatures import is_signed

AT = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
CHANGE = Change(
    record_id=UUID(int=1),
    collection="people",
    version=2,
    operation="replace",
    payload=JsonText('{"n": 1.000000000000000000001}'),
    tags=("a",),
    actor="anonymous",
    correlation_id=None,
    at=AT,
    transaction=7,
)


def test_a_message_has_all_digits_of_the_change() -> None:
    message = WebhookMessage.of(CHANGE)
    body = json.loads(message.body)

    assert message.id == f"{UUID(int=1)}.2.1767323045000000"
    assert (body["type"], body["timestamp"]) == ("record.replace", "2026-01-02T03:04:05.000000Z")
    assert (body["data"]["record_id"], body["data"]["tags"]) == (str(UUID(int=1)), ["a"])
    assert "1.000000000000000000001" in message.body


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """`openssl dgst -sha256 -mac HMAC` gives the same of `ID.SECONDS.BODY`."""
    message = WebhookMessage("msg_p5jXN8AQM9LWM0D4loKWxJek", JsonText('{"test": 2432232314}'))
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - known to everyone

    headers = message.headers(secret, datetime.fromtimestamp(1614265330, UTC))

    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


def test_a_receiver_accepts_what_is_sent_and_nothing_else() -> None:
    message, secret = WebhookMessage.of(CHANGE), new_secret()
    headers = dict(message.headers(secret, AT))

    assert is_signed(headers, message.body, secret)
    assert not is_signed(headers, message.body + " ", secret)
    assert not is_signed(headers | {"webhook-id": "another"}, message.body, secret)
    assert not is_signed(headers | {"webhook-timestamp": "1767323046"}, message.body, secret)
    assert not is_signed(headers, message.body, new_secret())


def test_the_signature_of_a_moment_is_the_same_in_every_time_zone() -> None:
    message, secret = WebhookMessage.of(CHANGE), new_secret()
    elsewhere = AT.astimezone(timezone(timedelta(hours=9)))

    headers = message.headers(secret, elsewhere)

    assert headers == message.headers(secret, AT)
    assert headers["webhook-timestamp"] == "1767323045"
    assert is_signed(headers, message.body, secret)


@pytest.mark.parametrize("text", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_?", "whsec_ä", "x" * 40])
def test_refuses_malformed_secrets(text: str) -> None:
    assert not is_secret(text)


def test_each_generated_secret_is_new() -> None:
    one, other = new_secret(), new_secret()

    assert one != other
    assert is_secret(one)


@pytest.mark.parametrize(
    ("allowed", "host", "may"),
    [
        (("*",), "example.com", True),
        (("example.com",), "example.com", True),
        (("example.com",), "a.example.com", False),
        (("*.example.com",), "a.example.com", True),
        (("*.example.com",), "example.com", False),
        (("*.example.com",), "badexample.com", False),
        ((), "localhost", False),
    ],
)
def test_which_hosts_may_be_called(allowed: tuple[str, ...], host: str, may: bool) -> None:
    assert WebhookRules(allowed_hosts=allowed).allows(host) is may
