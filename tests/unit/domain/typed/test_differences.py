"""How changes of a schema are classified."""

import pytest

from datastore_service.domain.typed.changes import Change, Effect, Verdict, change, verdict
from datastore_service.domain.typed.differences import differences
from tests.random_schemas import Written

TEXT = {"type": "string"}


def schema(properties: Written, /, **more: Written) -> Written:
    return {"type": "object", "properties": properties, **more}


def classified(old: Written, new: Written) -> list[tuple[str, str, str, str, str]]:
    return [
        (each.kind, each.member, each.documents, each.readers[0], each.writers[0]) for each in differences(old, new)
    ]


def at(old: Written, new: Written) -> list[tuple[str, str, str, str]]:
    """Returns the changes of a member, of an object that requires nothing, from one schema of it to another."""
    found = classified(schema({"it": old}), schema({"it": new}))
    assert {member for _, member, *_ in found} <= {"/it"}
    return [(kind, documents, readers, writers) for kind, _, documents, readers, writers in found]


CLOSED = {"additionalProperties": False}


@pytest.mark.parametrize(
    ("old", "new", "change_"),
    [
        (schema({}, **CLOSED), schema({"a": TEXT}, **CLOSED), ("member_added", "/a", "yes", "c", "c")),
        (schema({}), schema({"a": TEXT}), ("member_added", "/a", "check", "c", "c")),
        (schema({}), schema({"a": {}}), ("member_added", "/a", "yes", "c", "c")),
        (
            schema({}, additionalProperties={"type": "string", "maxLength": 3}),
            schema({"a": TEXT}, additionalProperties={"type": "string", "maxLength": 3}),
            ("member_added", "/a", "yes", "c", "c"),
        ),
        (schema({"a": TEXT}), schema({}), ("member_removed", "/a", "yes", "b", "b")),
        (schema({"a": TEXT}, **CLOSED), schema({}, **CLOSED), ("member_removed", "/a", "check", "b", "b")),
        (schema({"a": TEXT}), schema({"a": TEXT}, required=["a"]), ("required_added", "/a", "check", "c", "b")),
        (
            schema({"a": {**TEXT, "default": ""}}),
            schema({"a": {**TEXT, "default": ""}}, required=["a"]),
            ("required_added", "/a", "check", "c", "c"),
        ),
        (schema({"a": TEXT}, required=["a"]), schema({"a": TEXT}), ("required_removed", "/a", "yes", "b", "c")),
        (schema({}), schema({}, **CLOSED), ("closed", "", "check", "c", "b")),
        (schema({}, **CLOSED), schema({}), ("opened", "", "yes", "c", "c")),
        (
            schema({"a": {"type": "string"}}, required=["a"]),
            schema({"a": {"type": "boolean"}}, required=["a"]),
            ("type_changed", "/a", "no", "b", "b"),
        ),
        (schema({}), schema({}, **{"not": {}}), ("not_understood", "", "check", "b", "b")),
    ],
)
def test_a_change_of_an_object(old: Written, new: Written, change_: tuple[str, str, str, str, str]) -> None:
    assert classified(old, new) == [change_]


INT = {"type": "integer", "minimum": 0, "maximum": 9}


@pytest.mark.parametrize(
    ("old", "new", "changes"),
    [
        ({"enum": ["a"]}, {"enum": ["a", "b"]}, [("values_added", "yes", "b", "c")]),
        (
            {"enum": ["a"], "x-enum": "open"},
            {"enum": ["b", "a"], "x-enum": "open"},
            [("values_added", "yes", "c", "c")],
        ),
        ({"enum": ["a", "b"]}, {"enum": ["b"]}, [("values_removed", "check", "c", "b")]),
        ({"enum": ["a", "b"]}, {"enum": ["b", "a"]}, []),
        (TEXT, {"enum": ["a"]}, [("enumeration_added", "check", "b", "b")]),
        ({"enum": ["a"]}, TEXT, [("enumeration_removed", "yes", "b", "b")]),
        (TEXT, {**TEXT, "maxLength": 3}, [("tighter", "check", "c", "b")]),
        ({**TEXT, "maxLength": 3}, {**TEXT, "maxLength": 4}, [("looser", "yes", "c", "c")]),
        ({**TEXT, "minLength": 3}, {**TEXT, "minLength": 4}, [("tighter", "check", "c", "b")]),
        (TEXT, {**TEXT, "minLength": 0}, []),
        (TEXT, {**TEXT, "pattern": "a"}, [("tighter", "check", "c", "b")]),
        ({**TEXT, "pattern": "a"}, TEXT, [("looser", "yes", "c", "c")]),
        (INT, {**INT, "maximum": 8}, [("tighter", "check", "c", "b")]),
        (INT, {**INT, "minimum": -1}, [("looser", "yes", "c", "c")]),
        (
            {"type": "number", "exclusiveMinimum": 0},
            {"type": "number", "minimum": 0},
            [("looser", "yes", "c", "c")],
        ),
        (
            {"type": "number", "minimum": 0},
            {"type": "number", "exclusiveMinimum": 0},
            [("tighter", "check", "c", "b")],
        ),
        (
            INT,
            {"type": "integer", "minimum": 0},
            [("type_changed", "yes", "b", "c"), ("looser", "yes", "c", "c")],
        ),
        (INT, {"type": "number", "minimum": 0, "maximum": 9}, [("type_changed", "yes", "b", "b")]),
        (TEXT, {"type": ["string", "null"]}, [("null_allowed", "yes", "b", "c")]),
        (TEXT, {"anyOf": [TEXT, {"type": "null"}]}, [("null_allowed", "yes", "b", "c")]),
        ({"type": ["string", "null"]}, TEXT, [("null_forbidden", "check", "c", "b")]),
        ({"type": ["string", "null"]}, {"oneOf": [{"type": "null"}, TEXT]}, []),
        (TEXT, {"type": "boolean"}, [("type_changed", "check", "b", "b")]),
        (TEXT, {**TEXT, "format": "date"}, [("type_changed", "yes", "b", "b"), ("tighter", "check", "c", "b")]),
        (TEXT, {**TEXT, "description": "More."}, []),
        (TEXT, {"allOf": [TEXT, {}]}, []),
        (TEXT, {**TEXT, "x-name": "other"}, [("renamed", "yes", "b", "b")]),
        (TEXT, {**TEXT, "default": "a"}, [("default_changed", "yes", "c", "c")]),
        ({**TEXT, "default": "a"}, TEXT, [("default_removed", "yes", "c", "b")]),
        (TEXT, {**TEXT, "x-unique": True}, [("unique_added", "check", "c", "c")]),
        ({**TEXT, "x-unique": True}, TEXT, [("unique_removed", "yes", "c", "c")]),
        (TEXT, {**TEXT, "x-references": {"collection": "a"}}, [("reference_added", "check", "c", "c")]),
        (
            {**TEXT, "x-references": {"collection": "a", "as": "b"}},
            {**TEXT, "x-references": {"collection": "a"}},
            [("reference_added", "check", "c", "c"), ("reference_removed", "yes", "b", "c")],
        ),
        (TEXT, {**TEXT, "x-immutable": True}, [("immutable_added", "yes", "c", "b")]),
        (TEXT, {**TEXT, "readOnly": True}, [("access_narrowed", "yes", "c", "b")]),
        (TEXT, {**TEXT, "writeOnly": True}, [("access_narrowed", "yes", "b", "c")]),
        (TEXT, {**TEXT, "x-filter": False}, [("filter_removed", "yes", "b", "c")]),
        (TEXT, {**TEXT, "x-index": True, "x-ui": 1, "deprecated": True}, []),
        (TEXT, {**TEXT, "unknown": 1}, [("not_understood", "check", "b", "b")]),
    ],
)
def test_a_change_of_a_member(old: Written, new: Written, changes: list[tuple[str, str, str, str]]) -> None:
    assert at(old, new) == changes


def test_a_change_is_told_where_it_is_in_the_schema_and_in_documents() -> None:
    def people(most: int) -> Written:
        return schema(
            {"homes": {"type": "array", "items": {"$ref": "#/$defs/Home"}}},
            **{"$defs": {"Home": {"type": "object", "properties": {"a/b": {**TEXT, "maxLength": most}}}}},
        )

    [found] = differences(people(5), people(4))

    assert (found.pointer, found.member) == ("/$defs/Home/properties/a~1b/maxLength", "/homes/*/a~1b")


def test_a_recursive_schema_is_compared_once() -> None:
    def tree(most: int) -> Written:
        node = {
            "type": "object",
            "properties": {
                "name": {**TEXT, "maxLength": most},
                "children": {"type": "array", "items": {"$ref": "#/$defs/Node"}},
            },
        }
        return schema({"tree": {"$ref": "#/$defs/Node"}}, **{"$defs": {"Node": node}})

    assert classified(tree(4), tree(5)) == [("looser", "/tree/name", "yes", "c", "c")]
    assert classified(tree(5), tree(4)) == [("tighter", "/tree/name", "check", "c", "b")]


def test_what_is_not_understood_counts_as_the_same_only_with_all_that_it_refers_to() -> None:
    def not_x(most: int) -> Written:
        return schema({"it": {"not": {"$ref": "#/$defs/X"}}}, **{"$defs": {"X": {**TEXT, "maxLength": most}}})

    assert classified(not_x(1), {**not_x(1), "title": "It"}) == []
    assert classified(not_x(1), not_x(2)) == [("not_understood", "/it", "check", "b", "b")]


def test_schemas_with_addresses_or_of_other_drafts_are_not_compared() -> None:
    old = schema({"a": TEXT})

    for more in ({"$schema": "http://json-schema.org/draft-07/schema#"}, {"$defs": {"X": {"$anchor": "x"}}}):
        assert classified(old, {**old, **more}) == [("not_understood", "", "check", "b", "b")]
        assert classified({**old, **more}, {**old, **more}) == []


def test_another_definition_is_another_type() -> None:
    address = {"type": "object", "properties": {"city": TEXT}}
    definitions = {"$defs": {"Home": address, "Work": address}}

    assert [
        kind
        for kind, *_ in classified(
            schema({"it": {"$ref": "#/$defs/Home"}}, **definitions),
            schema({"it": {"$ref": "#/$defs/Work"}}, **definitions),
        )
    ] == ["renamed"]


def test_that_no_document_fits_is_said_only_of_places_that_each_document_has() -> None:
    def around(kind: Written, **child: Written) -> Written:
        return schema({"outer": {"type": kind, "properties": {"it": child}, "required": ["it"]}}, required=["outer"])

    def told(kind: Written) -> str:
        [found] = differences(around(kind, type="string"), around(kind, type="boolean"))
        return found.documents

    assert (told("object"), told(["object", "null"])) == ("no", "check")


def test_the_help_names_the_member_and_what_to_send() -> None:
    [found] = differences(schema({"status": TEXT}), schema({"status": TEXT}, required=["status"]))

    assert found.help == 'Give /status a default. Or send allow: ["writers"].'
    assert found.pointer == "/required"


def test_there_is_no_member_beside_the_payload_as_a_whole() -> None:
    [found] = differences({"type": "object"}, {"type": "array"})

    assert (found.member, found.documents) == ("", "no")
    assert found.help == 'Send allow: ["readers", "writers"].'


@pytest.mark.parametrize(
    ("changes", "allow", "is_typed", "misfits", "expected"),
    [
        ([], [], True, None, "same"),
        ([], [], False, 0, "same"),
        ([], [], False, 1, "needs_documents"),
        (["looser"], [], True, None, "fits"),
        (["looser"], [], True, 2, "needs_documents"),
        (["unique_added"], [], True, None, "needs_documents"),
        (["unique_added"], [], True, 0, "needs_documents"),
        (["tighter"], [], True, 0, "refused"),
        (["tighter"], ["readers"], True, 0, "refused"),
        (["tighter"], ["writers"], True, 0, "fits"),
        (["tighter"], ["writers"], True, 3, "needs_documents"),
        (["tighter"], [], False, 0, "fits"),
        (["type_changed", "looser"], ["writers"], True, 0, "refused"),
        (["type_changed", "looser"], ["writers", "readers"], True, 0, "fits"),
    ],
)
def test_a_verdict(
    changes: list[Written], allow: list[Effect], is_typed: bool, misfits: int | None, expected: Verdict
) -> None:
    found: list[Change] = [change(kind, "", "") for kind in changes]

    assert verdict(found, allow, is_typed=is_typed, misfits=misfits) == expected
