"""JSON bodies within their limits."""

from decimal import Decimal
from types import SimpleNamespace

import pytest
from starlette.types import Message

from datastore_service.api.http.json_requests import JsonRequest, media_type
from datastore_service.api.http.problems import RequestRefused
from tests.settings import settings_with

LIMITS = settings_with(environment="local").limits.model_copy(update={"body_bytes": 1024, "json_depth": 3})


class Arriving:
    """A body that arrives in parts."""

    def __init__(self, *parts: bytes) -> None:
        self.waiting = list(parts)

    async def __call__(self) -> Message:
        part = self.waiting.pop(0)
        return {"type": "http.request", "body": part, "more_body": bool(self.waiting)}


def request_with(receive: Arriving, content_type: bytes | None = None) -> JsonRequest:
    app = SimpleNamespace(state=SimpleNamespace(settings=SimpleNamespace(limits=LIMITS)))
    headers = [] if content_type is None else [(b"content-type", content_type)]
    return JsonRequest({"type": "http", "app": app, "headers": headers}, receive)


@pytest.mark.parametrize(
    ("content_type", "expected"),
    [
        (None, ""),
        (b"", ""),
        (b"application/json", "application/json"),
        (b"Application/JSON", "application/json"),
        (b"application/json; charset=utf-8", "application/json"),
        (b" application/json ;charset=utf-8", "application/json"),
        (b"application/json-seq", "application/json-seq"),
    ],
)
def test_reads_the_media_type_without_case_and_parameters(content_type: bytes | None, expected: str) -> None:
    assert media_type(request_with(Arriving(b""), content_type)) == expected


async def test_reads_json_that_arrives_in_parts() -> None:
    request = request_with(Arriving(b'{"a": [1, 0.12345', b"6789012345678", b"9]}"))

    assert await request.json() == {"a": [1, Decimal("0.1234567890123456789")]}
    assert await request.json() == {"a": [1, Decimal("0.1234567890123456789")]}


async def test_takes_a_body_to_the_limit() -> None:
    request = request_with(Arriving(b"x" * 1000, b"x" * 24))

    assert len(await request.body()) == 1024


async def test_stops_reading_a_body_beyond_the_limit() -> None:
    body = Arriving(b"x" * 1000, b"x" * 25, b"x" * 1000, b"")

    with pytest.raises(RequestRefused) as refusal:
        await request_with(body).body()

    assert (refusal.value.problem.code, refusal.value.status_code) == ("content_too_large", 413)
    assert "1024 bytes" in refusal.value.problem.detail
    assert len(body.waiting) == 2


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "line 1, column 1"),
        (b"{", "line 1, column 2"),
        (b"\xff", "not valid UTF-8"),
        (b'{"a": 1, "a": 2}', "twice"),
        (b"[[[[]]]]", "more than 3 levels deep"),
        (b"NaN", "no JSON number"),
    ],
)
async def test_refuses_a_body_that_is_no_json_for_the_store(body: bytes, reason: str) -> None:
    with pytest.raises(RequestRefused) as refusal:
        await request_with(Arriving(body)).json()

    assert (refusal.value.problem.code, refusal.value.status_code) == ("malformed_json", 400)
    assert reason in refusal.value.problem.detail
