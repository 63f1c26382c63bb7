"""JSON Patch: what the suite of its makers leaves out."""

from copy import deepcopy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.application.json_codec import decode
from datastore_service.domain.errors import DomainError, MalformedPatch, PatchConflict, PatchTestFailed
from datastore_service.domain.json_value import Json, same_json
from datastore_service.domain.records.json_patch import JsonPatch
from tests.strategies import json_values


def apply(document: Json, *operations: dict[str, Any]) -> Json:
    return JsonPatch.parse(list(operations)).apply(document)


@pytest.mark.parametrize("index", ["01", "00", "+1", "-1", "1e0", "1.0", " 1", "1_0", "\u0661", "", "3", "9" * 5000])
@pytest.mark.parametrize("kind", ["remove", "replace", "move", "copy", "add"])
def test_accepts_only_the_index_of_an_item(kind: str, index: str) -> None:
    operation = {"op": kind, "path": f"/{index}", "value": 0}
    if kind in ("move", "copy"):
        operation |= {"from": f"/{index}", "path": "/0"}

    with pytest.raises(PatchConflict):
        apply([1, 2], operation)


def test_ignores_members_that_it_does_not_know() -> None:
    assert apply({}, {"op": "add", "path": "/a", "value": 1, "from": 7, "comment": "?"}) == {"a": 1}


@pytest.mark.parametrize(
    ("path", "member"), [("/~0", "~"), ("/~1", "/"), ("/~01", "~1"), ("/", ""), ("/-", "-"), ("/\u00e9", "\u00e9")]
)
def test_unescapes_each_step(path: str, member: str) -> None:
    assert apply({}, {"op": "add", "path": path, "value": 1}) == {member: 1}


def test_a_copy_is_independent_of_its_source() -> None:
    copy = {"op": "copy", "from": "/a", "path": "/b"}

    assert apply({"a": {"n": 1}}, copy, {"op": "replace", "path": "/b/n", "value": 2}) == {"a": {"n": 1}, "b": {"n": 2}}


def test_adding_a_value_twice_makes_two_independent_values() -> None:
    value: dict[str, Json] = {}
    operations: list[Json] = [{"op": "add", "path": path, "value": value} for path in ("/a", "/b")]
    patch = JsonPatch.parse([*operations, {"op": "add", "path": "/a/n", "value": 1}])

    assert [patch.apply({}), patch.apply({})] == [{"a": {"n": 1}, "b": {}}] * 2


@pytest.mark.parametrize(
    ("found", "named", "same"),
    [
        ("1", "1.0", True),
        ("100", "1e2", True),
        ("0", "-0.0", True),
        ("1e23", "100000000000000000000000", True),
        ("1e400", "10e399", True),
        ("[1, {}]", "[1.0, {}]", True),
        ('{"a": 1, "b": 2}', '{"b": 2, "a": 1}', True),
        ("1", "true", False),
        ("false", "0", False),
        ("[0]", "[false]", False),
        ('{"a": true}', '{"a": 1}', False),
        ("null", "false", False),
        ('""', "null", False),
        ('"1"', "1", False),
        ("[]", "{}", False),
        ("[1, 2]", "[2, 1]", False),
        ("[1]", "[1, 1]", False),
        ('{"a": null}', "{}", False),
        ("9007199254740993", "9007199254740992.0", False),
        ("0.1", "0.1000000000000000000000000001", False),
        ("1", "1e999999999999", False),
    ],
)
def test_compares_as_section_4_6_of_rfc_6902_says(found: str, named: str, same: bool) -> None:
    document, value = decode(found.encode()), decode(named.encode())

    assert same_json(document, value) == same_json(value, document) == same
    if same:
        assert apply(document, {"op": "test", "path": "", "value": value}) == document
    else:
        with pytest.raises(PatchTestFailed):
            apply(document, {"op": "test", "path": "", "value": value})


def copies(*paths: tuple[str, str]) -> list[dict[str, Any]]:
    return [{"op": "copy", "from": source, "path": path} for source, path in paths]


NESTING: list[dict[str, Any]] = [{"op": "add", "path": "/a" * depth, "value": {}} for depth in range(1, 999)]
WIDE: list[Json] = [["x" for _ in range(100_000)]]
BOMBS: dict[str, tuple[Json, list[dict[str, Any]]]] = {
    "doubling": ({"a": []}, copies(*(("", f"/{n}") for n in range(100)))),
    "long texts": (["x" * 1_000_000], copies(*[("/0", "/-")] * 100)),
    "wide arrays": (WIDE, copies(*[("/0", "/-")] * 100)),
    "deeper and deeper": ({}, copies(*(("", "/a" * depth) for depth in range(1, 300)))),
    "deep at once": ({}, [*NESTING, *copies(("", "/b"))]),
}


@pytest.mark.parametrize(("document", "operations"), BOMBS.values(), ids=BOMBS)
@pytest.mark.slow
def test_refuses_copies_that_exceed_the_limit(document: Json, operations: list[dict[str, Any]]) -> None:
    with pytest.raises(PatchConflict, match="copies"):
        apply(document, *operations)


def test_accepts_a_thousand_operations_and_no_more() -> None:
    operations: list[Json] = [{"op": "add", "path": "/-", "value": n} for n in range(1001)]

    assert JsonPatch.parse(operations[:1000]).apply([]) == list(range(1000))
    with pytest.raises(MalformedPatch):
        JsonPatch.parse(operations)


PATHS = st.lists(st.sampled_from(["a", "b", "0", "1", "-", "", "~01", "00"]), max_size=3).map(
    lambda steps: "".join(f"/{step}" for step in steps)
)
OPERATIONS = st.fixed_dictionaries(
    {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"]), "path": PATHS, "from": PATHS},
    optional={"value": json_values()},
)
DOCUMENTS = st.recursive(
    json_values(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "0", "", "~1"]), inner),
    max_leaves=5,
)


def outcome(document: Json, operations: list[dict[str, Any]]) -> str:
    try:
        apply(document, *operations)
    except DomainError as error:
        return error.code
    return "applied"


@given(DOCUMENTS, st.lists(OPERATIONS, max_size=6))
def test_applies_or_refuses_any_patch_and_leaves_document_and_patch_alone(
    document: Json, operations: list[dict[str, Any]]
) -> None:
    before = deepcopy((document, operations))

    assert outcome(document, operations) in ("applied", "malformed_patch", "patch_conflict", "patch_test_failed")
    assert (document, operations) == before


@given(DOCUMENTS, json_values())
def test_a_test_for_an_added_value_succeeds(document: Json, value: Json) -> None:
    members: Json = {"document": document}

    patched = apply(
        members, {"op": "add", "path": "/new", "value": value}, {"op": "test", "path": "/new", "value": value}
    )

    assert same_json(patched, {"document": document, "new": value})
