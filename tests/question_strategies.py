"""Filters and orders, made by Hypothesis, for payloads that have some places in common."""

from hypothesis import strategies as st

from datastore_service.application.fields import Attribute, Field, PayloadPath
from datastore_service.application.read.criteria.comparisons import read_comparison
from datastore_service.application.read.criteria.conditions import (
    AllOf,
    AnyItem,
    AnyOf,
    Condition,
    ItemCount,
    Not,
    Operator,
)
from datastore_service.application.read.criteria.orders import OrderKey
from datastore_service.domain.json_value import Json
from tests.strategies import decimals, floats, texts

TIMES = [
    "2026-01-01T00:00:00Z",
    "2025-12-31T23:30:00-00:30",
    "2026-01-01T00:00:00.000001+00:00",
    "2024-02-29T12:00:00.1234567z",
    "2023-02-29T12:00:00Z",
    "0001-01-01T00:00:00+12:00",
    "9999-12-31T23:59:59.999999-12:00",
    "2026-01-01",
]
KEYS = ["a", "b", "", "a.b", "0", "-1", "'\\", "%(asked_0)s"]


def scalars() -> st.SearchStrategy[Json]:
    few = st.sampled_from(
        [None, True, False, 0, 1, 1.0, 1.5, -1, 10**30, "", "a", "A", "aB", "b%", "_", "\\", "é", "1"]
    )
    long = st.sampled_from(["x" * 200, "x" * 201, "x" * 200 + "y", 10**120, 10**120 + 1, 10**150])
    return few | st.sampled_from(TIMES) | texts() | floats() | decimals() | long | st.integers(-(10**20), 10**20)


def payloads() -> st.SearchStrategy[Json]:
    keys = st.sampled_from(KEYS)
    return st.recursive(
        scalars(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
        max_leaves=8,
    )


def paths() -> st.SearchStrategy[PayloadPath]:
    steps = st.lists(st.sampled_from(KEYS), max_size=2).map(tuple)
    return st.builds(PayloadPath, steps, st.sampled_from([False, False, False, True]))


def comparisons() -> st.SearchStrategy[Condition]:
    return paths().flatmap(_of_path) | st.sampled_from(["a", "b"]).flatmap(
        lambda tag: st.sampled_from(["contains", "in", "eq", "nin"]).map(
            lambda name: read_comparison(Attribute.TAGS, Operator(name), [tag], "")
        )
    )


def _of_path(path: PayloadPath) -> st.SearchStrategy[Condition]:
    def comparison(name: str, operand: Json) -> Condition:
        return read_comparison(path, Operator(name), operand, "")

    if path.as_time:
        time = st.sampled_from(TIMES[:4])
        return (
            st.builds(comparison, st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), time)
            | st.builds(comparison, st.sampled_from(["in", "nin"]), st.lists(time, max_size=3))
            | st.builds(comparison, st.just("exists"), st.booleans())
        )
    ordered = scalars().filter(lambda value: value is not None)
    patterns = st.text("aB%_\\é", max_size=5).filter(lambda text: (len(text) - len(text.rstrip("\\"))) % 2 == 0)
    return (
        st.builds(comparison, st.sampled_from(["eq", "ne", "contains"]), payloads())
        | st.builds(comparison, st.sampled_from(["gt", "gte", "lt", "lte"]), ordered)
        | st.builds(comparison, st.sampled_from(["in", "nin"]), st.lists(payloads(), max_size=3))
        | st.builds(comparison, st.just("exists"), st.booleans())
        | st.builds(comparison, st.sampled_from(["like", "ilike"]), patterns)
        | st.builds(comparison, st.just("starts_with"), texts())
    )


def sizes() -> st.SearchStrategy[Condition]:
    def comparison(array: PayloadPath, name: str, operand: Json) -> Condition:
        return read_comparison(ItemCount(array), Operator(name), operand, "")

    numbers = st.sampled_from([0, 1, 2, 1.5, -1, 10**30])
    return st.builds(
        comparison, arrays(), st.sampled_from(["eq", "ne", "gt", "gte", "lt", "lte"]), numbers
    ) | st.builds(comparison, arrays(), st.sampled_from(["in", "nin"]), st.lists(numbers, max_size=3))


def arrays() -> st.SearchStrategy[PayloadPath]:
    return st.lists(st.sampled_from(KEYS), max_size=1).map(tuple).map(PayloadPath)


def of_items() -> st.SearchStrategy[Condition]:
    """Conditions on the items of an array."""
    of_one = st.recursive(
        paths().flatmap(_of_path) | sizes(), lambda inner: _of_several(inner) | _any_item(inner), max_leaves=5
    )
    return sizes() | _any_item(of_one)


def conditions() -> st.SearchStrategy[Condition]:
    return st.recursive(comparisons() | of_items(), _of_several, max_leaves=5)


def _of_several(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return (
        st.lists(inner, max_size=3).map(lambda parts: AllOf(tuple(parts)))
        | st.lists(inner, max_size=3).map(lambda parts: AnyOf(tuple(parts)))
        | inner.map(Not)
    )


def _any_item(inner: st.SearchStrategy[Condition]) -> st.SearchStrategy[Condition]:
    return st.builds(AnyItem, arrays(), inner)


def orders() -> st.SearchStrategy[tuple[OrderKey, ...]]:
    attributes = [Attribute.VERSION, Attribute.COLLECTION, Attribute.CREATED_AT, Attribute.UPDATED_AT]
    fields: st.SearchStrategy[Field] = paths() | st.sampled_from([*attributes, Attribute.DELETED_AT, Attribute.ID])
    return st.lists(st.builds(OrderKey, fields, st.booleans()), max_size=3).map(tuple)
