"""Which index a question lacks."""

from urllib.parse import quote

import pytest

from datastore_service.application.advice import Advice
from datastore_service.application.fields import Attribute, PayloadPath, read_field
from datastore_service.application.read.advisor import unserved
from datastore_service.application.read.criteria.conditions import AllOf, AnyOf, Comparison, Condition, Not, Operator
from datastore_service.application.read.criteria.orders import OrderKey
from datastore_service.application.read.criteria.record_criteria import RecordCriteria

AGE, CITY = PayloadPath(("age",)), PayloadPath(("city",))
OLD = Comparison(AGE, Operator.GTE, 65)
LONDON = Comparison(CITY, Operator.EQ, "London")
LIKE = Comparison(CITY, Operator.LIKE, "L%")
NEW = Comparison(Attribute.VERSION, Operator.EQ, 1)


@pytest.mark.parametrize(
    ("where", "indexed", "lacking"),
    [
        (None, [], []),
        (OLD, [], [AGE]),
        (OLD, ["payload.age"], []),
        (OLD, ["payload.city"], [AGE]),
        (AllOf((OLD, LONDON)), [], [AGE, CITY]),
        (AllOf((OLD, LONDON)), ["payload.city"], []),
        (AllOf((OLD, AllOf((OLD, NEW)))), [], [AGE]),
        (AnyOf((OLD, LONDON)), [], []),
        (Not(OLD), [], []),
        (LIKE, [], []),
        (NEW, [], []),
    ],
)
def test_advises_an_index_on_a_path_that_every_record_is_compared_by(
    where: Condition | None, indexed: list[str], lacking: list[PayloadPath]
) -> None:
    assert unserved(RecordCriteria(collection="people", where=where), indexed) == lacking


def test_advises_an_index_on_the_first_key_of_an_order() -> None:
    order = (OrderKey(AGE, descending=True), OrderKey(CITY))
    criteria = RecordCriteria(collection="people", order=order)

    assert unserved(criteria, []) == [AGE]
    assert unserved(criteria, ["payload.city"]) == [AGE]
    assert unserved(criteria, ["payload.age"]) == []
    assert unserved(RecordCriteria(order=(OrderKey(Attribute.UPDATED_AT),)), []) == []
    assert unserved(RecordCriteria(where=LONDON, order=order), ["payload.city"]) == []


def test_a_filter_by_tags_needs_no_index() -> None:
    assert unserved(RecordCriteria(where=OLD, tags=("rare",)), []) == []


def test_the_command_can_be_pasted_into_a_shell() -> None:
    path = str(read_field('payload."it\'s $HOME"', ""))
    encoded = quote(path, safe="")

    assert Advice("people", "payload.age").command == "datastore index create people payload.age"
    assert Advice("people", "payload.a b").command == "datastore index create people 'payload.a b'"
    assert Advice("people", path).command == f"datastore index create --encoded people {encoded}"
