"""What of a question is in the statement, and what is bound."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import FromClause, Select, select

from datastore_service.application.fields import Attribute, PayloadPath
from datastore_service.application.read.criteria.conditions import AllOf, AnyOf, Comparison, Condition, Not, Operator
from datastore_service.application.read.criteria.orders import OrderKey
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.pagination import Cursor, PageRequest
from datastore_service.domain.json_value import Json
from datastore_service.infrastructure.database.engine.statements import runnable
from datastore_service.infrastructure.database.read.readers.bound_queries import (
    BoundQuery,
    Placeholder,
    PreparedStatement,
    StatementParameters,
    bound,
    prepare,
)
from datastore_service.infrastructure.database.read.readers.forms import CriteriaForm, PageForm, form_of
from datastore_service.infrastructure.database.read.readers.keys import key_text
from datastore_service.infrastructure.database.read.readers.orders import ListOrder
from datastore_service.infrastructure.database.read.readers.pages import PagePart, PageQuery
from datastore_service.infrastructure.database.read.readers.record_lists import ordered
from tests.question_strategies import conditions, orders

AGE = PayloadPath(("age",))
ONE, TWO = UUID(int=1), UUID(int=2)
PAGE = PageRequest(limit=10)


_VALUES: Sequence[Json] = (1, 2.5, "x" * 300, [1], {"a": 1})


def ids(source: FromClause) -> Select[tuple[UUID]]:
    return select(source.c.id)


def page_rows(
    items: Select[*tuple[Any, ...]], source: FromClause, order: ListOrder, page: PageRequest, bind: Placeholder
) -> Select[*tuple[Any, ...]]:
    form = PageForm.of(page)
    return PageQuery.of(PagePart.of(items, source.c.id, order, form, bind), form).rows


def statement(criteria: RecordCriteria, page: PageRequest = PAGE) -> PreparedStatement:
    parameters = StatementParameters()
    items, source, order = ordered(ids, CriteriaForm.of(criteria), parameters, "simple")
    return prepare(page_rows(items, source, order, page, parameters), parameters)


def is_of_one_form(*conditions: Condition) -> bool:
    return len({form_of(condition) for condition in conditions}) == 1


def test_conditions_that_differ_in_values_are_of_one_form() -> None:
    assert is_of_one_form(*[Comparison(AGE, Operator.EQ, value) for value in _VALUES])
    assert is_of_one_form(*[Comparison(AGE, Operator.EQ, value) for value in (None, True, False, "Berlin")])
    assert is_of_one_form(*[Comparison(AGE, Operator.GT, value) for value in (1, 2.5)])
    assert is_of_one_form(*[Comparison(Attribute.ID, Operator.IN, value) for value in ([ONE], [ONE, TWO])])
    assert is_of_one_form(Comparison(AGE, Operator.EQ, 1), AllOf((Comparison(AGE, Operator.EQ, 2),)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (Comparison(AGE, Operator.EQ, 1), Comparison(AGE, Operator.EQ, True)),
        (Comparison(AGE, Operator.EQ, 1), Comparison(PayloadPath(("name",)), Operator.EQ, 1)),
        (Comparison(AGE, Operator.EQ, 1), Comparison(AGE, Operator.CONTAINS, 1)),
        (Comparison(AGE, Operator.GT, 1), Comparison(AGE, Operator.GT, "1")),
        (Comparison(AGE, Operator.EXISTS, True), Comparison(AGE, Operator.EXISTS, False)),
        (Comparison(AGE, Operator.IN, ["a"]), Comparison(AGE, Operator.IN, ["a", 1])),
        (Comparison(Attribute.TAGS, Operator.CONTAINS, ["a"]), Comparison(Attribute.TAGS, Operator.CONTAINS, [])),
        (AllOf(()), AnyOf(())),
        (Comparison(AGE, Operator.EQ, 1), Not(Comparison(AGE, Operator.EQ, 1))),
    ],
)
def test_conditions_that_are_other_sql_are_of_other_forms(one: Condition, other: Condition) -> None:
    assert not is_of_one_form(one, other)


def test_the_values_are_found_in_what_is_asked() -> None:
    where = AnyOf((Comparison(AGE, Operator.GT, 30), Not(AllOf((Comparison(Attribute.COLLECTION, Operator.EQ, "a"),)))))
    criteria = RecordCriteria(
        collection="people", tags=("x", "y"), where=where, order=(OrderKey(AGE, descending=True),)
    )
    page = PageRequest(limit=10, after=Cursor(ONE, ("31",)))

    found = statement(criteria, page)

    assert found.arguments(BoundQuery.of(criteria, page)) == ["people", "x", "y", key_text(30), "30", "a", "31", ONE]
    other = RecordCriteria(
        collection="b",
        tags=("z", ""),
        where=AnyOf((Comparison(AGE, Operator.GT, 1), where.parts[1])),
        order=criteria.order,
    )
    assert found.arguments(BoundQuery.of(other, page)) == ["b", "z", "", key_text(1), "1", "a", "31", ONE]


def test_few_joins_are_asked_for_whatever_the_number_of_tags() -> None:
    by_many = [RecordCriteria(tags=tuple(map(str, range(number)))) for number in (5, 100)]
    one = Comparison(Attribute.TAGS, Operator.CONTAINS, ["a"])
    some = Comparison(Attribute.TAGS, Operator.IN, ["a", "b"])
    by_many_comparisons = RecordCriteria(where=AllOf((one, some) * 50))

    assert {statement(criteria).text.count("EXISTS") for criteria in (*by_many, by_many_comparisons)} == {4}
    assert statement(by_many[0]).text == statement(by_many[1]).text


QUESTIONS = st.builds(
    RecordCriteria,
    collection=st.none() | st.just("people"),
    within=st.none() | st.frozensets(st.sampled_from("abc")),
    where=st.none() | conditions(),
    search=st.none() | st.just("words"),
    tags=st.lists(st.sampled_from("abc")).map(tuple),
    order=orders(),
    include_deleted=st.booleans(),
    as_of=st.none() | st.just(datetime(2026, 1, 1, tzinfo=UTC)),
)


@given(criteria=QUESTIONS)
def test_a_statement_that_is_kept_says_what_one_for_the_question_alone_would(criteria: RecordCriteria) -> None:
    asked = BoundQuery.of(criteria, PAGE)
    items, source, order = ordered(ids, CriteriaForm.of(criteria), bound(asked), "simple")
    alone, its_arguments = runnable(page_rows(items, source, order, PAGE, bound(asked)), {})

    found = statement(criteria)

    assert found.text == alone
    assert found.arguments(asked) == its_arguments
