"""What types a JSON Schema stands for."""

import pytest

from datastore_service.domain.typed.errors import KeywordInvalid, SchemaTooLarge
from datastore_service.domain.typed.limits import TypingLimits
from datastore_service.domain.typed.model import (
    CollectionApi,
    Default,
    EnumType,
    ListOf,
    Member,
    Named,
    ObjectType,
    Reference,
    Scalar,
    TypedCollection,
    UnionType,
    Unique,
    Variant,
)
from datastore_service.domain.typed.typed_collection import Mapped, typed_collection
from tests.random_schemas import Written

_LIMITS = TypingLimits()
API = CollectionApi.of("people", type_name="Person", node="typed")


def typed(schema: Written, limits: TypingLimits = _LIMITS) -> Mapped:
    return typed_collection("people", schema, API, limits)


def of(properties: dict[str, Written], /, **more: Written) -> TypedCollection:
    mapped = typed({"type": "object", "properties": properties, **more})
    assert mapped.taken == ()
    return mapped.collection


def member(schema: Written, /, **more: Written) -> Member:
    found = of({"it": schema}, **more).root.member("it")
    assert found is not None
    return found


def notes(collection: TypedCollection) -> dict[str, str]:
    return {note.pointer: note.detail for note in collection.notes}


def objects(collection: TypedCollection) -> dict[str, list[str]]:
    return {
        name: [each.key for each in kind.members]
        for name, kind in collection.types.items()
        if isinstance(kind, ObjectType)
    }


def test_the_names_that_are_not_given_come_from_the_type_and_the_collection() -> None:
    assert (API.one, API.many) == ("person", "people")


@pytest.mark.parametrize(
    ("schema", "scalar"),
    [
        ({"type": "boolean"}, Scalar.BOOLEAN),
        ({"type": "integer"}, Scalar.INTEGER),
        ({"type": "integer", "minimum": 0}, Scalar.INTEGER),
        ({"type": "integer", "minimum": -(2**31), "maximum": 2**31 - 1}, Scalar.INT),
        ({"type": "integer", "exclusiveMinimum": -(2**31) - 1, "exclusiveMaximum": 2**31}, Scalar.INT),
        ({"type": "integer", "minimum": 0, "maximum": 2**31}, Scalar.INTEGER),
        ({"type": "integer", "format": "int32"}, Scalar.INT),
        ({"enum": [1, 2, 3]}, Scalar.INT),
        ({"enum": [1, 2**40]}, Scalar.INTEGER),
        ({"const": 0.5}, Scalar.NUMBER),
        ({"type": "number"}, Scalar.NUMBER),
        ({"type": ["integer", "number"]}, Scalar.NUMBER),
        ({"type": "string"}, Scalar.STRING),
        ({"type": "string", "format": "email"}, Scalar.STRING),
        ({"type": "string", "format": "date-time"}, Scalar.TIMESTAMP),
        ({"type": "string", "format": "date"}, Scalar.DATE),
        ({"type": "string", "format": "uuid"}, Scalar.UUID),
        ({"enum": ["a", "b"], "x-enum": "open"}, Scalar.STRING),
        ({"anyOf": [{"type": "string", "format": "email"}, {"type": "string", "maxLength": 0}]}, Scalar.STRING),
        ({"allOf": [{"type": "integer", "minimum": 0}, {"maximum": 9}]}, Scalar.INT),
        ({"format": "date"}, Scalar.JSON),
    ],
)
def test_a_scalar(schema: Written, scalar: Scalar) -> None:
    assert member(schema).type is scalar


@pytest.mark.parametrize(
    ("schema", "nullable"),
    [
        ({"type": "string"}, False),
        ({"type": ["string", "null"]}, True),
        ({"anyOf": [{"type": "string"}, {"type": "null"}]}, True),
        ({"oneOf": [{"type": "null"}, {"type": "string"}]}, True),
        ({"type": "string", "anyOf": [{"maxLength": 3}, {"type": "null"}]}, False),
        ({"enum": ["a", None]}, True),
        ({"enum": ["a", None], "type": "string"}, False),
        ({"anyOf": [{"enum": ["a"]}, {"const": None}]}, True),
    ],
)
def test_a_member_may_be_null_only_if_each_subschema_takes_null(schema: Written, nullable: bool) -> None:
    found = member(schema, required=["it"])

    assert (found.nullable, found.nullable_in_output) == (nullable, nullable)
    assert found.type is not Scalar.JSON


def test_an_absent_member_is_null_in_the_output() -> None:
    assert member({"type": "string"}).nullable_in_output
    assert not member({"type": "string"}).nullable


def test_a_member_with_a_default_is_not_required_in_the_input() -> None:
    given = {"type": "string"}

    assert member(given, required=["it"]).required_in_input
    assert not member(given).required_in_input
    assert not member({**given, "default": "a"}, required=["it"]).required_in_input
    assert not member({**given, "x-default": "actor"}, required=["it"]).required_in_input
    assert not member({**given, "readOnly": True}, required=["it"]).required_in_input
    assert member({"type": ["string", "null"], "default": None}).default == Default(None)


def test_an_enumeration_has_the_names_of_its_values_or_those_that_it_is_given() -> None:
    collection = of({"status": {"enum": ["active", "on-leave"], "x-enum-names": {"on-leave": "on_leave"}}})

    kind = collection.types["PersonStatus"]
    assert isinstance(kind, EnumType)
    assert kind.values == {"active": "active", "on_leave": "on-leave"}


@pytest.mark.parametrize("value", ["on-leave", "true", "", "__x", "1st"])
def test_an_enumeration_with_a_value_that_is_no_name_is_a_text(value: str) -> None:
    collection = of({"status": {"enum": ["active", value]}})

    assert [each.type for each in collection.root.members] == [Scalar.STRING]
    assert "x-enum-names" in notes(collection)["/properties/status"]


def test_constants_as_alternatives_are_an_enumeration() -> None:
    collection = of({"status": {"oneOf": [{"const": "on", "title": "On"}, {"const": "off"}, {"const": None}]}})

    assert collection.types["PersonStatus"] == EnumType(
        name="PersonStatus", values={"on": "on", "off": "off"}, pointer=""
    )
    assert collection.root.members[0].nullable


def test_an_object_is_named_by_its_owner_and_member() -> None:
    inner = {"type": "object", "properties": {"geo": {"type": "object", "properties": {"lat": {"type": "number"}}}}}

    assert objects(of({"address": inner})) == {
        "Person": ["address"],
        "PersonAddress": ["geo"],
        "PersonAddressGeo": ["lat"],
    }


def test_a_definition_is_one_type_wherever_it_is_used() -> None:
    collection = of(
        {
            "home": {"$ref": "#/$defs/Address"},
            "work": {"anyOf": [{"$ref": "#/$defs/Address"}, {"type": "null"}]},
            "other": {"type": "array", "items": {"$ref": "#/$defs/Address", "description": "Elsewhere."}},
            "old": {"allOf": [{"$ref": "#/$defs/Address"}], "deprecated": True},
        },
        **{"$defs": {"Address": {"type": "object", "properties": {"city": {"type": "string"}}}}},
    )

    assert objects(collection) == {"Person": ["home", "work", "other", "old"], "PersonAddress": ["city"]}
    assert [each.type for each in collection.root.members] == [
        Named("PersonAddress"),
        Named("PersonAddress"),
        ListOf(Named("PersonAddress"), nullable_items=False),
        Named("PersonAddress"),
    ]


def test_a_type_may_refer_to_itself() -> None:
    node = {"type": "object", "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/Node"}}}}
    collection = of({"tree": {"$ref": "#/$defs/Node"}}, **{"$defs": {"Node": node}})

    kind = collection.types["PersonNode"]
    assert isinstance(kind, ObjectType)
    assert kind.members[0].type == ListOf(Named("PersonNode"), nullable_items=False)


def test_a_reference_to_a_member_that_is_no_definition_is_followed() -> None:
    tree = {"type": "object", "properties": {"child": {"$ref": "#/properties/tree"}}}
    kind = of({"tree": tree}).types["PersonTree"]

    assert isinstance(kind, ObjectType)
    assert kind.members[0].type == Named("PersonTree")


def test_all_of_merges_objects() -> None:
    collection = of(
        {"it": {"allOf": [{"$ref": "#/$defs/Base"}, {"properties": {"more": {"type": "string"}}, "required": ["id"]}]}},
        **{"$defs": {"Base": {"type": "object", "properties": {"id": {"type": "string"}}}}},
    )

    kind = collection.types["PersonIt"]
    assert isinstance(kind, ObjectType)
    assert [(each.key, each.required) for each in kind.members] == [("id", True), ("more", False)]


def test_a_member_that_a_closed_part_forbids_is_never_there() -> None:
    closed = {"type": "object", "properties": {"a": {"type": "string"}}, "additionalProperties": False}
    collection = of({"it": {"allOf": [closed, {"properties": {"b": {"type": "string"}}}]}})

    kind = collection.types["PersonIt"]
    assert isinstance(kind, ObjectType)
    assert [each.type for each in kind.members] == [Scalar.STRING, Scalar.JSON]
    assert any("no value fits" in each for each in notes(collection).values())


CAT: Written = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
}
DOG: Written = {
    "type": "object",
    "required": ["kind"],
    "properties": {"kind": {"const": "dog"}, "name": {"type": "string"}},
}


def test_objects_that_a_constant_tells_apart_are_a_union() -> None:
    collection = of({"pet": {"oneOf": [CAT, {"$ref": "#/$defs/Dog"}, {"type": "null"}]}}, **{"$defs": {"Dog": DOG}})

    assert collection.types["PersonPet"] == UnionType(
        name="PersonPet",
        discriminator="kind",
        variants=(
            Variant(name="cat", value="cat", type="PersonPetCat"),
            Variant(name="dog", value="dog", type="PersonPetDog"),
        ),
        pointer="",
    )
    assert collection.types["PersonPetKind"] == EnumType(
        name="PersonPetKind", values={"cat": "cat", "dog": "dog"}, pointer=""
    )
    assert objects(collection)["PersonPetDog"] == ["kind", "name"]
    assert collection.root.members[0].nullable


def test_a_union_may_be_null_by_what_stands_around_it() -> None:
    pet = {"anyOf": [{"oneOf": [CAT, DOG]}, {"type": "null"}]}

    assert member(pet).nullable
    assert member(pet).type == Named("PersonIt")
    assert not member({"oneOf": [CAT, DOG]}).nullable


def test_members_of_alternatives_that_cannot_be_selected_together_are_refused() -> None:
    dog = {**DOG, "properties": {**DOG["properties"], "lives": {"type": "string"}}}
    schema = {"type": "object", "properties": {"pet": {"oneOf": [CAT, dog]}}}

    [flaw] = typed(schema).taken

    assert flaw.pointer == "/schema/properties/pet/oneOf/1/properties/lives"
    assert flaw.owner == "collection people, properties/pet/oneOf/0/properties/lives"


def test_alternatives_with_objects_of_their_own_are_a_union_if_those_fit_together() -> None:
    def with_place(kind: dict[str, Written], city: str) -> dict[str, Written]:
        place = {"type": "object", "properties": {"city": {"type": city}}}
        return {**kind, "properties": {**kind["properties"], "place": place}}

    def taken(*cities: str) -> int:
        pets = [with_place(kind, city) for kind, city in zip((CAT, DOG), cities, strict=True)]
        return len(typed({"type": "object", "properties": {"pet": {"oneOf": pets}}}).taken)

    assert (taken("string", "string"), taken("string", "boolean")) == (0, 1)


UNTYPED: Written = [
    (True, "/properties/it"),
    ({}, "/properties/it"),
    ({"type": "object"}, "/properties/it"),
    ({"type": "array"}, "/properties/it"),
    (
        {"type": "array", "prefixItems": [{"type": "string"}], "items": {"type": "string"}},
        "/properties/it/prefixItems",
    ),
    ({"type": ["string", "integer"]}, "/properties/it"),
    ({"oneOf": [{"type": "string"}, {"type": "number"}]}, "/properties/it/oneOf"),
    ({"type": "object", "patternProperties": {"^a": {}}}, "/properties/it/patternProperties"),
    ({"if": {"type": "string"}, "then": {"maxLength": 3}}, "/properties/it/if"),
    ({"$ref": "#"}, "/properties/it"),
    ({"oneOf": [{**CAT, "required": []}, DOG]}, "/properties/it/oneOf"),
    (False, "/properties/it"),
    ({"type": "null"}, "/properties/it"),
]


@pytest.mark.parametrize(("schema", "pointer"), UNTYPED)
def test_what_has_no_type_is_json_with_a_note(schema: Written, pointer: str) -> None:
    collection = of({"it": schema})

    assert [each.type for each in collection.root.members] == [Scalar.JSON]
    assert notes(collection)[pointer].startswith("Stays JSON: ")


def test_what_narrows_a_type_that_is_known_gets_a_note_and_the_type_stays() -> None:
    collection = of(
        {"a": {"type": "string", "not": {"const": "b"}}, "b": {"type": "integer", "multiple": 3}},
        anyOf=[{"required": ["a"]}, {"required": ["b"]}],
    )

    assert [each.type for each in collection.root.members] == [Scalar.STRING, Scalar.INTEGER]
    assert notes(collection) == {
        "/anyOf": "anyOf is checked when a record is written; the type does not show it.",
        "/properties/a/not": "not is checked when a record is written; the type does not show it.",
        "/properties/b/multiple": "multiple is no keyword of JSON Schema, and has no effect.",
    }


def test_a_required_member_that_is_not_declared_gets_a_note() -> None:
    assert notes(of({"a": {"type": "string"}}, required=["a", "b"])) == {
        "/required": "'b' is required and not declared: it is in payload only, and no input has it."
    }


def test_lists_say_whether_their_items_may_be_null() -> None:
    assert member({"type": "array", "items": {"type": ["string", "null"]}}).type == ListOf(
        Scalar.STRING, nullable_items=True
    )
    assert member({"type": "array", "items": {"type": "array", "items": {"type": "boolean"}}}).type == ListOf(
        ListOf(Scalar.BOOLEAN, nullable_items=False), nullable_items=False
    )


def test_rules_are_found_by_their_paths() -> None:
    city = {"type": "string", "x-index": True, "x-unique": {"with": ["zip"], "fold": "lower"}}
    collection = of(
        {
            "address": {"type": "object", "properties": {"city": city, "zip": {"type": "string"}}},
            "born": {"type": "string", "format": "date", "x-index": "time"},
            "employer_id": {
                "type": "string",
                "format": "uuid",
                "x-references": {"collection": "companies", "as": "employer", "back": "staff"},
            },
        }
    )

    assert collection.unique == (((("address", "city"), ("address", "zip")), Unique(beside=("zip",), fold="lower")),)
    assert collection.indexes == {("address", "city"): "text", ("born",): "time"}
    assert collection.references == {
        ("employer_id",): Reference(collection="companies", forward="employer", back="staff", on_delete="restrict")
    }


def test_what_may_be_taken_away_is_what_is_optional_and_may_be_changed() -> None:
    collection = of(
        {
            "name": {"type": "string"},
            "joined": {"type": "string", "format": "date-time", "x-immutable": True},
            "seen": {"type": "integer", "readOnly": True},
            "address": {
                "type": "object",
                "required": ["city"],
                "properties": {"city": {"type": "string"}, "zip": {"type": "string"}},
            },
        },
        required=["name"],
    )

    assert collection.unset == {"address": ("address",), "address_zip": ("address", "zip")}


def test_a_schema_beyond_a_limit_is_refused_with_the_count() -> None:
    texts = {name: {"type": "string"} for name in "abc"}
    nested: dict[str, Written] = {"type": "string"}
    for _ in range(3):
        nested = {"type": "object", "properties": {"x": nested}}

    def refused(properties: dict[str, Written], limits: TypingLimits) -> str:
        with pytest.raises(SchemaTooLarge) as refusal:
            typed({"type": "object", "properties": properties}, limits)
        return refusal.value.detail

    assert "3 members; it may have 2" in refused(texts, TypingLimits(max_members=2))
    assert "is nested 3 levels deep; it may be 2" in refused({"a": nested}, TypingLimits(max_depth=2))
    unique = {name: {"type": "string", "x-unique": True} for name in "abc"}
    assert "3 unique rules; it may have 2" in refused(unique, TypingLimits(unique_rules=2))
    typed({"type": "object", "properties": texts}, TypingLimits(max_members=3))


@pytest.mark.parametrize(
    "schema", [True, {}, {"type": "object"}, {"type": ["object", "null"], "properties": {"a": {}}}]
)
def test_the_records_of_a_typed_collection_are_objects(schema: Written) -> None:
    with pytest.raises(KeywordInvalid) as refusal:
        typed(schema)

    assert [flaw.pointer for flaw in refusal.value.flaws] == ["/schema"]


def test_a_schema_of_an_older_draft_is_no_type() -> None:
    schema = {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "properties": {"a": True}}

    with pytest.raises(KeywordInvalid) as refusal:
        typed(schema)

    assert refusal.value.flaws[0].pointer == "/schema/$schema"
