"""What the scalars accept."""

from datetime import UTC, datetime
from typing import Any

import pytest
from graphql import GraphQLError

from datastore_service.api.graphql.types.scalars import SCALARS

MOMENT = datetime(2026, 1, 31, 12, 30, 15, 250000, UTC)


def parse(kind: object, value: object) -> Any:  # noqa: ANN401 - whatever the scalar makes of it
    parser = SCALARS[kind].parse_value
    assert parser is not None
    return parser(value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-31T12:30:15.25Z",
        "2026-01-31t12:30:15.25z",
        "2026-01-31T12:30:15.250000Z",
        "2026-01-31T12:30:15.250000999Z",
        "2026-01-31T13:30:15.25+01:00",
        "2026-01-31T02:00:15.25-10:30",
    ],
)
def test_reads_a_time_with_its_offset(text: str) -> None:
    assert parse(datetime, text) == MOMENT
    assert parse(datetime, text).tzinfo is UTC


@pytest.mark.parametrize(
    "value",
    [
        "2026-01-31T12:30:15",
        "2026-01-31",
        "2026-01-31 12:30:15Z",
        "20260131T123015Z",
        "2026-W05-6T12:30:15Z",
        "2026-01-31T12:30Z",
        "2026-01-31T12:30:15+0100",
        "2026-01-31T12:30:15+01",
        "2026-01-31T12:30:15,5Z",
        "2026-01-31T12:30:15Z\n",
        "2026-02-30T12:30:15Z",
        "2026-01-31T24:30:15Z",
        "0001-01-01T00:00:00+01:00",
        "٢٠٢٦-01-31T12:30:15Z",
        "",
        1769862615,
        None,
    ],
)
def test_reads_nothing_else_as_a_time(value: object) -> None:
    with pytest.raises(GraphQLError, match="RFC 3339"):
        parse(datetime, value)


def test_writes_a_time_in_utc_with_microseconds() -> None:
    serialize = SCALARS[datetime].serialize

    assert serialize is not None
    assert serialize(MOMENT) == "2026-01-31T12:30:15.250000Z"
