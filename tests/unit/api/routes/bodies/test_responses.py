"""Records as JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from uuid import UUID

import orjson
import pytest
from fastapi import Request

from datastore_service.api.routes.bodies.responses import PageBody, page_response, record_response
from datastore_service.application.times import timestamp
from datastore_service.application.views import JsonText, RecordView

REQUEST = Request({"type": "http", "path": "/records", "headers": [], "query_string": b"", "server": ("localhost", 80)})
RECORD = RecordView(
    id=UUID("01890a5d-ac96-774b-bcce-b302099a8057"),
    collection="people",
    version=3,
    payload=JsonText('{"b": 1e400, "a": [0.12345678901234567890, "\u2603"]}'),
    tags=("a", "b"),
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    updated_at=datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC),
    deleted_at=None,
)


@pytest.mark.parametrize(
    ("moment", "text"),
    [
        (datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), "2026-01-02T03:04:05.000006Z"),
        (datetime(2026, 1, 2, tzinfo=UTC), "2026-01-02T00:00:00.000000Z"),
        (datetime(2026, 1, 1, 1, tzinfo=timezone(timedelta(hours=2))), "2025-12-31T23:00:00.000000Z"),
    ],
)
def test_writes_times_in_utc_and_always_with_microseconds(moment: datetime, text: str) -> None:
    assert timestamp(moment) == text


def test_shows_a_record_with_its_etag() -> None:
    response = record_response(RECORD, 201, {"Location": "/records/1"})

    assert response.status_code == 201
    assert (response.headers["etag"], response.headers["location"]) == ('"3"', "/records/1")
    assert response.headers["content-type"] == "application/json"
    assert json.loads(bytes(response.body), parse_float=Decimal) == {
        "id": "01890a5d-ac96-774b-bcce-b302099a8057",
        "collection": "people",
        "version": 3,
        "payload": {"b": Decimal("1e400"), "a": [Decimal("0.12345678901234567890"), "\u2603"]},
        "tags": ["a", "b"],
        "created_at": "2026-01-01T00:00:00.000000Z",
        "updated_at": "2026-01-02T03:04:05.000006Z",
    }


def test_passes_the_payload_on_as_the_text_that_it_is() -> None:
    response = record_response(RECORD)

    assert RECORD.payload.encode() in bytes(response.body)


@pytest.mark.parametrize(
    "page",
    [
        PageBody.of([{"id": 1}, {"id": orjson.Fragment("1e400")}], "next"),
        PageBody.of_text(JsonText('[{"id":1},{"id":1e400}]'), "next"),
    ],
)
def test_shows_the_way_to_the_next_page(page: PageBody) -> None:
    request = Request({**REQUEST.scope, "query_string": b"collection=a+b&filter[payload.a]=1&limit=2&cursor=before"})

    response = page_response(page, request)

    assert bytes(response.body) == b'{"items":[{"id":1},{"id":1e400}],"next_cursor":"next"}'
    assert response.headers["link"] == (
        '</records?collection=a+b&filter%5Bpayload.a%5D=1&limit=2&cursor=next>; rel="next"'
    )


@pytest.mark.parametrize("page", [PageBody.of([], None), PageBody.of_text(JsonText("[]"), None)])
def test_shows_no_way_on_from_the_last_page(page: PageBody) -> None:
    response = page_response(page, REQUEST)

    assert bytes(response.body) == b'{"items":[],"next_cursor":null}'
    assert "link" not in response.headers
