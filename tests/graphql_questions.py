"""Filters and orders as GraphQL has them, made by Hypothesis, for payloads that have some places in common."""

from typing import Any, cast

from hypothesis import strategies as st

from datastore_service.application.limits import Limits
from datastore_service.domain.json_value import Json
from tests.question_strategies import TIMES, paths, payloads
from tests.strategies import texts

ATTRIBUTES = ["ID", "COLLECTION", "VERSION", "CREATED_AT", "UPDATED_AT", "DELETED_AT"]


def written_paths() -> st.SearchStrategy[str]:
    """Paths from a payload on."""
    return paths().map(lambda path: str(path).removeprefix("payload").removesuffix("::time").removeprefix("."))


def filters() -> st.SearchStrategy[dict[str, Any]]:
    leaves = payload_comparisons() | _attribute_comparisons() | _conditions_on_items("payload")
    return st.recursive(leaves, _combined, max_leaves=4).filter(_is_taken)


def payload_filters() -> st.SearchStrategy[dict[str, Any]]:
    """Filters that are about payloads alone."""
    leaves = payload_comparisons() | _conditions_on_items("payload")
    return st.recursive(leaves, _combined, max_leaves=4).filter(_is_taken)


def _is_taken(said: dict[str, Any]) -> bool:
    """Tells whether the service takes a filter that is nested like this."""
    return _levels(said) <= Limits().filter_depth


def _levels(said: Any) -> int:  # noqa: ANN401 - JSON
    """Returns how many levels a filter has at most: for members, lists, negations, and arrays in paths."""
    match said:
        case dict():
            members = cast("dict[str, Any]", said)
            levels = max(map(_levels, members.values()), default=0)
            return levels + 1 + ("none" in members) + str(members.get("path", "")).count("[*]")
        case list():
            items = cast("list[Any]", said)
            return max(map(_levels, items), default=0) + (len(items) > 1)
        case _:
            return 0


def _combined(inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    return (
        st.fixed_dictionaries({"and": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"or": st.lists(inner, max_size=3)})
        | st.fixed_dictionaries({"not": inner})
    )


def _conditions_on_items(whole: str) -> st.SearchStrategy[dict[str, Any]]:
    """Conditions on the items of arrays in a payload, or in an item."""
    of_one = st.recursive(
        payload_comparisons("item"), lambda inner: _combined(inner) | _of_items("item", inner), max_leaves=3
    )
    return _of_items(whole, of_one)


def _of_items(whole: str, inner: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[dict[str, Any]]:
    numbers = st.sampled_from([0, 1, 2, 1.5])
    said = (
        _said("any", inner) | _said("none", inner) | _said("size", _said_of(["eq", "ne", "gt", "gte", "lt"], numbers))
    )
    return _compared_at(whole, _compared_paths(), said)


def _compared_paths() -> st.SearchStrategy[str]:
    """Paths in which there may be any item of an array."""
    return written_paths() | st.sampled_from(["a[*]", "[*]", "[*].a", "a[*].b", "b[*][*]", "a[*][0]", "[*].a[*]"])


def _compared_at(
    whole: str, places: st.SearchStrategy[str], said: st.SearchStrategy[dict[str, Any]]
) -> st.SearchStrategy[dict[str, Any]]:
    comparison = st.tuples(places, said).map(lambda parts: {"path": parts[0], **parts[1]})
    return st.lists(comparison, max_size=2).map(lambda found: {whole: found})


def orders() -> st.SearchStrategy[list[dict[str, Any]]]:
    direction = {"direction": st.sampled_from(["ASC", "DESC"])}
    key = st.fixed_dictionaries({"payload": written_paths()}, optional=direction) | st.fixed_dictionaries(
        {"attribute": st.sampled_from(ATTRIBUTES)}, optional=direction
    )
    return st.lists(key, max_size=3)


def searches() -> st.SearchStrategy[str]:
    return st.sampled_from(["a", "a OR b", "-a", '"a b"', "", "1"]) | texts()


def payload_comparisons(whole: str = "payload") -> st.SearchStrategy[dict[str, Any]]:
    """Comparisons of values in a payload, or in an item of an array."""
    values = payloads().filter(_is_plain)
    numbers = st.integers(-(10**20), 10**20) | st.integers(-3, 3) | st.floats(allow_nan=False, allow_infinity=False)
    patterns = st.text("aB%_", max_size=5)
    said = st.one_of(
        *(_said(name, values) for name in ("eq", "ne", "contains")),
        *(_said(name, st.lists(values, max_size=3)) for name in ("in", "nin")),
        _said("exists", st.booleans()),
        _said(
            "string", _said_of(["eq", "ne", "gt", "lte", "startsWith"], texts()) | _said_of(["like", "ilike"], patterns)
        ),
        _said("number", _said_of(["eq", "ne", "gt", "gte", "lt", "lte"], numbers)),
        _said("time", _said_of(["eq", "ne", "gt", "lte"], st.sampled_from(TIMES[:3]))),
    )
    return _compared_at(whole, _compared_paths(), said)


def _attribute_comparisons() -> st.SearchStrategy[dict[str, Any]]:
    tags = st.lists(st.sampled_from(["a", "b"]), max_size=2)
    return st.one_of(
        _said("version", _said_of(["eq", "gte", "lt"], st.sampled_from([0, 1, 1.5, 10**30]))),
        _said("collection", _said_of(["eq", "ne", "startsWith", "like", "gt"], st.sampled_from(["people", "p%", ""]))),
        _said("tags", _said_of(["eq", "ne", "contains", "in", "nin"], tags)),
        _said("createdAt", _said_of(["gt", "lte"], st.sampled_from(TIMES[:3]))),
        _said("deletedAt", _said_of(["exists"], st.booleans())),
    )


def _said(name: str, values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({name: values})


def _said_of(names: list[str], values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.dictionaries(st.sampled_from(names), values, min_size=1, max_size=2)


def _is_plain(value: Json) -> bool:
    """Tells whether Python's json can write the value."""
    match value:
        case list():
            return all(map(_is_plain, value))
        case dict():
            return all(map(_is_plain, value.values()))
        case _:
            return value is None or isinstance(value, str | int | float)
