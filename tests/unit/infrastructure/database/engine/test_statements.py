"""What asyncpg is given for a statement of SQLAlchemy's."""

from uuid import UUID

import pytest
from sqlalchemy import Column, MetaData, Table, Text, Uuid, bindparam, cast, literal, select
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import InvalidRequestError

from datastore_service.infrastructure.database.engine.statements import prepared, runnable

things = Table("things", MetaData(), Column("id", Uuid), Column("name", Text), Column("data", JSONB))

ONE, TWO, THREE = (UUID(int=number) for number in (1, 2, 3))


def test_puts_the_values_that_are_bound_into_the_order_of_the_text() -> None:
    text, arguments = runnable(select(things.c.id).where(things.c.name == "a", things.c.id > ONE).limit(5), {})

    assert text.index("$1") < text.index("$2") < text.index("$3")
    assert arguments == ["a", ONE, 5]


def test_statements_of_one_structure_share_a_text_and_keep_their_values() -> None:
    first, of_first = runnable(select(things.c.id).where(things.c.name == "a"), {})
    second, of_second = runnable(select(things.c.id).where(things.c.name == "b"), {})

    assert first is second
    assert (of_first, of_second) == (["a"], ["b"])


def test_takes_the_values_of_named_parameters() -> None:
    named = select(things.c.name).where(things.c.id == bindparam("wanted", type_=Uuid))

    assert [runnable(named, {"wanted": value})[1] for value in (ONE, TWO)] == [[ONE], [TWO]]
    with pytest.raises(InvalidRequestError):
        runnable(named, {})


def test_what_is_prepared_tells_which_parameters_it_takes() -> None:
    query = select(things.c.id).where(things.c.name == bindparam("name"), things.c.id > bindparam("after"))

    statement = prepared(query)

    assert statement.text.index("$1") < statement.text.index("$2")
    assert statement.names == ["name", "after"]
    assert statement.converters == {}


@pytest.mark.parametrize("ids", [[ONE], [ONE, TWO, THREE], []])
def test_a_list_of_values_becomes_as_many_parameters(ids: list[UUID]) -> None:
    text, arguments = runnable(select(things.c.name).where(things.c.id.in_(ids)), {})

    assert arguments == ids
    assert f"${len(ids) + 1}" not in text


def test_values_are_converted_as_their_types_want_it() -> None:
    _, arguments = runnable(select(things.c.id).where(things.c.data == cast(literal({"a": 1}, JSONB), JSONB)), {})

    assert arguments == ['{"a": 1}']
