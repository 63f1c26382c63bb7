"""JSON Merge Patch."""

import json
from copy import deepcopy

import pytest
from hypothesis import given

from datastore_service.domain.json_value import Json
from datastore_service.domain.records.patches import Assign, MergePatch
from tests.strategies import json_objects, json_values


@pytest.mark.parametrize(
    ("document", "patch", "result"),
    [
        ('{"a": "b"}', '{"a": "c"}', '{"a": "c"}'),
        ('{"a": "b"}', '{"b": "c"}', '{"a": "b", "b": "c"}'),
        ('{"a": "b"}', '{"a": null}', "{}"),
        ('{"a": "b", "b": "c"}', '{"a": null}', '{"b": "c"}'),
        ('{"a": ["b"]}', '{"a": "c"}', '{"a": "c"}'),
        ('{"a": "c"}', '{"a": ["b"]}', '{"a": ["b"]}'),
        ('{"a": {"b": "c"}}', '{"a": {"b": "d", "c": null}}', '{"a": {"b": "d"}}'),
        ('{"a": [{"b": "c"}]}', '{"a": [1]}', '{"a": [1]}'),
        ('["a", "b"]', '["c", "d"]', '["c", "d"]'),
        ('{"a": "b"}', '["c"]', '["c"]'),
        ('{"a": "foo"}', "null", "null"),
        ('{"a": "foo"}', '"bar"', '"bar"'),
        ('{"e": null}', '{"a": 1}', '{"e": null, "a": 1}'),
        ("[1, 2]", '{"a": "b", "c": null}', '{"a": "b"}'),
        ("{}", '{"a": {"bb": {"ccc": null}}}', '{"a": {"bb": {}}}'),
    ],
)
def test_merges_as_appendix_a_of_rfc_7396_shows(document: str, patch: str, result: str) -> None:
    merged = MergePatch(json.loads(patch)).apply(json.loads(document))

    assert merged == json.loads(result)


def test_keeps_nulls_within_arrays() -> None:
    merged = MergePatch({"a": [None, {"b": None}]}).apply({"a": 1})

    assert merged == {"a": [None, {"b": None}]}


@given(json_objects(), json_objects())
def test_changes_neither_the_document_nor_the_patch(document: dict[str, Json], patch: dict[str, Json]) -> None:
    before = deepcopy((document, patch))

    MergePatch(patch).apply(document)

    assert (document, patch) == before


@given(json_objects(), json_objects())
def test_applying_a_patch_twice_changes_nothing_more(document: dict[str, Json], patch: dict[str, Json]) -> None:
    once = MergePatch(patch).apply(document)

    assert MergePatch(patch).apply(once) == once


@given(json_values())
def test_an_empty_patch_leaves_an_object_as_it_is(value: Json) -> None:
    assert MergePatch({}).apply({"a": value}) == {"a": value}


def test_assigns_members_and_makes_the_objects_on_the_way() -> None:
    patch = Assign(((("a", "b"), 1), (("c",), None), (("d", "e"), {"f": 2})))

    changed = patch.apply({"c": 1, "d": {"e": {"g": 3}, "h": 4}})

    assert changed == {
        "a": {"b": 1},
        "c": None,
        "d": {"e": {"f": 2}, "h": 4},
    }


@given(json_objects(), json_values(), json_values())
def test_what_is_assigned_is_there_and_what_is_removed_is_not(
    document: dict[str, Json], one: Json, other: Json
) -> None:
    before = deepcopy(document)

    assigned = Assign(((("x", "y"), one), (("x", "z"), other))).apply(document)
    removed = Assign(removed=(("x", "z"), ("x", "none", "at all"))).apply(assigned)

    others = {name: value for name, value in before.items() if name != "x"}
    found = before.get("x")
    kept = found if isinstance(found, dict) else {}
    assert document == before
    assert assigned == {**others, "x": {**kept, "y": one, "z": other}}
    assert removed == {**others, "x": {**{name: kept[name] for name in kept if name != "z"}, "y": one}}
