"""Records as clients see them."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from datastore_service.application.views import RecordView
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.content import GivenContent
from datastore_service.domain.records.record import Record

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def record_with(payload: Json) -> Record:
    return Record.create(UUID(int=1), GivenContent(payload=payload, tags=["b", "a"]), collection="people", at=NOON)


def test_shows_the_record_as_it_is_now() -> None:
    record = record_with({"name": "Ada"})
    record.replace(GivenContent(payload=[1], tags=["c"]), at=NOON + timedelta(seconds=1))

    view = RecordView.of(record)

    assert view == RecordView(
        id=UUID(int=1),
        collection="people",
        version=2,
        payload=view.payload,
        tags=("c",),
        created_at=NOON,
        updated_at=NOON + timedelta(seconds=1),
        deleted_at=None,
    )
    assert view.payload == "[1]"


@pytest.mark.parametrize(
    ("payload", "text"),
    [
        (None, "null"),
        ("é☃\U0001d11e", '"é☃\U0001d11e"'),
        (2**63, "9223372036854775808"),
        (-(10**40), "-1" + "0" * 40),
        (Decimal("0.12345678901234567890"), "0.12345678901234567890"),
        ({"b": Decimal("1e400"), "a": 0.1}, '{"b":1E+400,"a":0.1}'),
    ],
    ids=ascii,
)
def test_shows_the_payload_as_text_with_all_its_digits(payload: Json, text: str) -> None:
    assert RecordView.of(record_with(payload)).payload == text


def test_is_not_affected_by_later_changes() -> None:
    record = record_with({"a": [1]})
    view = RecordView.of(record)

    record.delete(at=NOON)

    assert (view.version, view.payload) == (1, '{"a":[1]}')
