"""Which names are refused or taken, and which keywords are."""

import pytest

from datastore_service.domain.typed.errors import Flaw, KeywordInvalid, NameInvalid
from datastore_service.domain.typed.model import CollectionApi, Scalar
from datastore_service.domain.typed.names import RESERVED_TYPES, taken_by_others
from datastore_service.domain.typed.typed_collection import Mapped, typed_collection
from tests.random_schemas import Written


def mapped(properties: dict[str, Written], name: str = "people", /, **api: str) -> Mapped:
    schema: Written = {"type": "object", "properties": properties}
    return typed_collection(
        name, schema, CollectionApi.of(name, type_name=api.pop("type", "Person"), node="typed", **api)
    )


def taken(properties: dict[str, Written], name: str = "people", /, **api: str) -> list[tuple[str, str | None]]:
    return [(flaw.pointer, flaw.owner) for flaw in mapped(properties, name, **api).taken]


def invalid_names(properties: dict[str, Written], name: str = "people", /, **api: str) -> list[str]:
    with pytest.raises(NameInvalid) as refusal:
        mapped(properties, name, **api)
    return [flaw.pointer for flaw in refusal.value.flaws]


def invalid_keywords(schema: Written, /, **beside: Written) -> list[str]:
    with pytest.raises(KeywordInvalid) as refusal:
        mapped({"it": schema, **beside})
    return [flaw.pointer.removeprefix("/schema/properties/") for flaw in refusal.value.flaws]


TEXT = {"type": "string"}


@pytest.mark.parametrize("key", ["id", "meta", "payload", "and", "not", "__x", "Ünï", "a-b", "1st", ""])
def test_a_member_that_cannot_be_called_so_is_refused(key: str) -> None:
    assert invalid_names({key: TEXT, "name": TEXT}) == [f"/schema/properties/{key}"]


@pytest.mark.parametrize("key", ["class", "type", "query", "true", "ID", "_id"])
def test_a_member_has_its_own_name(key: str) -> None:
    assert mapped({key: TEXT}).collection.root.members[0].name == key


def test_a_member_of_an_object_in_a_record_may_be_called_as_what_only_records_have() -> None:
    inner = {"type": "object", "properties": {"id": TEXT, "and": TEXT}}

    assert invalid_names({"item": inner}) == ["/schema/properties/item/properties/and"]


def test_a_member_may_have_another_name_or_none() -> None:
    collection = mapped({"id": {**TEXT, "x-name": "legal_id"}, "a-b": {**TEXT, "x-name": False}}).collection

    assert [(each.key, each.name, each.type) for each in collection.root.members] == [
        ("id", "legal_id", Scalar.STRING),
        ("a-b", None, Scalar.JSON),
    ]
    assert invalid_names({"a": {**TEXT, "x-name": "a-b"}}) == ["/schema/properties/a/x-name"]


def test_two_members_with_one_name_are_told_with_both_places() -> None:
    assert taken({"a": TEXT, "b": {**TEXT, "x-name": "a"}}) == [
        ("/schema/properties/b", "collection people, properties/a"),
        ("/schema/properties/b", "collection people, properties/a"),
        ("/schema/properties/b", "collection people, properties/a"),
    ]


def test_the_field_of_a_reference_is_a_member_as_well() -> None:
    reference = {"type": "string", "format": "uuid", "x-references": {"collection": "companies", "as": "employer"}}

    assert ("/schema/properties/it/x-references/as", "collection people, properties/employer") in taken(
        {"employer": TEXT, "it": reference}
    )


@pytest.mark.parametrize("name", ["String", "Query", "Person Type", "", "__Person", "DatastorePerson", "IntComparison"])
def test_a_type_that_cannot_be_called_so_is_refused(name: str) -> None:
    assert "/api/type" in invalid_names({"name": TEXT}, type=name)


@pytest.mark.parametrize("name", ["news", "series", "staff", "subscription"])
def test_collections_with_any_name_are_typed_verbatim(name: str) -> None:
    collection = mapped({"title": TEXT}, name, type="Item").collection

    assert {f"Query.{name}", f"Query.{name}Aggregate", "Query.item", "Mutation.createItem"} <= collection.names.keys()


def test_a_collection_whose_name_is_no_name_needs_another_one_for_its_root_field() -> None:
    assert invalid_names({"title": TEXT}, "a-b") == ["/api/many"]
    assert "Query.letters" in mapped({"title": TEXT}, "a-b", many="letters").collection.names


def test_a_collection_called_as_its_type_is_told_with_both_owners() -> None:
    assert taken({"name": TEXT}, "person") == [("/api/many", "collection person, api/one")]


def test_types_of_members_and_of_records_are_told_with_both_owners() -> None:
    inner = {"type": "object", "properties": {"a": TEXT}}

    assert ("/schema/properties/filter", "collection people, api/type") in taken({"filter": inner})


def test_names_that_others_have_are_told_with_both_owners() -> None:
    claims = mapped({"name": TEXT}).collection.names
    other = mapped({"name": TEXT}, "staff", one="employee").collection.names

    flaws = taken_by_others(claims, other)

    assert Flaw(flaws[0].pointer, flaws[0].detail, flaws[0].owner) == flaws[0]
    assert {flaw.owner for flaw in flaws} == {"collection staff, api/type"}
    assert flaws[0].detail.startswith(
        "'Person' of collection people, api/type, is taken by collection staff, api/type."
    )
    assert taken_by_others(claims, mapped({"name": TEXT}, "companies", type="Company").collection.names) == []


def test_a_type_that_is_shared_has_to_be_the_same_everywhere() -> None:
    def names(city: str, name: str, type_name: str) -> Written:
        address = {"type": "object", "properties": {"geo": {"type": "object", "properties": {"city": {"type": city}}}}}
        return mapped({"address": {**address, "x-type": "Address"}}, name, type=type_name).collection.names

    people = names("string", "people", "Person")

    assert {"Address", "AddressGeo", "NewAddress"} <= people.keys()
    assert taken_by_others(people, names("string", "companies", "Company")) == []
    # Only the type that differs is taken, and what derives from it.
    flaws = taken_by_others(people, names("boolean", "companies", "Company"))
    assert {flaw.detail.split("'")[1] for flaw in flaws} >= {"AddressGeo", "NewAddressGeo"}
    assert {flaw.owner for flaw in flaws} == {"collection companies, properties/address/properties/geo"}


def test_a_type_that_is_shared_within_a_schema_has_to_be_the_same_too() -> None:
    def address(city: str) -> Written:
        return {"type": "object", "properties": {"city": {"type": city}}, "x-type": "Address"}

    assert taken({"home": address("string"), "work": address("string")}) == []
    assert ("/schema/properties/work/x-type", "collection people, properties/home/x-type") in taken(
        {"home": address("string"), "work": address("boolean")}
    )


def test_two_paths_with_one_name_in_the_enumeration_of_members_are_told() -> None:
    address = {"type": "object", "properties": {"zip": TEXT}}

    assert taken({"address": address, "address_zip": TEXT}) == [
        ("/schema/properties/address_zip", "collection people, properties/address/properties/zip")
    ]
    assert taken({"address": address, "address_zip": {**TEXT, "x-name": "zip"}}) == []


def test_scalars_and_their_comparisons_are_reserved() -> None:
    assert {"Int", "JSON", "StringComparison", "StringItems", "IdItems", "RecordMeta"} <= RESERVED_TYPES


UUID = {"type": "string", "format": "uuid"}


@pytest.mark.parametrize(
    ("schema", "pointer"),
    [
        ({**TEXT, "x-unique": 1}, "it/x-unique"),
        ({**TEXT, "x-unique": {"fold": "upper"}}, "it/x-unique"),
        ({**TEXT, "x-unique": {"more": 1}}, "it/x-unique"),
        ({**TEXT, "x-unique": {"with": "a"}}, "it/x-unique"),
        ({**TEXT, "x-unique": {"with": ["gone"]}}, "it/x-unique/with"),
        ({"type": "array", "items": TEXT, "x-unique": True}, "it/x-unique"),
        ({"type": "integer", "x-unique": {"fold": "lower"}}, "it/x-unique"),
        ({**TEXT, "x-index": "words"}, "it/x-index"),
        ({"x-index": True}, "it/x-index"),
        ({"type": "integer", "x-index": "time"}, "it/x-index"),
        ({"type": "array", "items": {**TEXT, "x-index": True}}, "it/items/x-index"),
        ({**TEXT, "x-references": {"collection": "companies"}}, "it/x-references"),
        ({**UUID, "x-references": {}}, "it/x-references"),
        ({**UUID, "x-references": {"collection": "-"}}, "it/x-references"),
        ({**UUID, "x-references": {"collection": "a", "on_delete": "cascade"}}, "it/x-references"),
        ({"type": "integer", "x-default": "now"}, "it/x-default"),
        ({**TEXT, "x-default": "later"}, "it/x-default"),
        ({**TEXT, "x-default": "now", "default": ""}, "it/x-default"),
        ({**TEXT, "default": 1}, "it/default"),
        ({"enum": ["a"], "default": "b"}, "it/default"),
        ({**TEXT, "x-enum": "open"}, "it/x-enum"),
        ({"enum": ["a"], "x-enum": "closed"}, "it/x-enum"),
        ({"enum": ["a"], "x-enum-names": {"b": "c"}}, "it/x-enum-names/b"),
        ({"enum": ["a"], "x-enum-names": ["c"]}, "it/x-enum-names"),
        ({**TEXT, "x-name": 1}, "it/x-name"),
        ({**TEXT, "x-name": True}, "it/x-name"),
        ({**TEXT, "x-type": 1}, "it/x-type"),
        ({**TEXT, "x-filter": "no"}, "it/x-filter"),
        ({**TEXT, "x-immutable": 1}, "it/x-immutable"),
        ({**TEXT, "x-deprecated": "use name"}, "it/x-deprecated"),
        ({**TEXT, "x-deprecated": True, "deprecated": True}, "it/x-deprecated"),
        ({**TEXT, "readOnly": True, "writeOnly": True}, "it/writeOnly"),
    ],
)
def test_a_keyword_with_a_bad_value_or_at_a_bad_place_is_refused_with_its_pointer(
    schema: Written, pointer: str
) -> None:
    assert invalid_keywords(schema) == [pointer]


def test_all_bad_keywords_are_told_at_once() -> None:
    assert invalid_keywords({**TEXT, "x-name": 1}, other={**TEXT, "x-filter": 1}) == ["it/x-name", "other/x-filter"]


def test_a_required_reference_cannot_be_detached() -> None:
    reference = {**UUID, "x-references": {"collection": "companies", "on_delete": "detach"}}
    schema: Written = {"type": "object", "properties": {"it": reference}, "required": ["it"]}

    with pytest.raises(KeywordInvalid) as refusal:
        typed_collection("people", schema, CollectionApi.of("people", type_name="Person", node="typed"))
    assert refusal.value.flaws[0].pointer == "/schema/properties/it/x-references/on_delete"
    assert mapped({"it": reference}).collection.references[("it",)].on_delete == "detach"
    ids = {"type": "array", "items": UUID, "x-references": {"collection": "companies", "on_delete": "detach"}}
    assert mapped({"it": ids}).collection.references[("it",)].on_delete == "detach"


def test_unknown_keywords_of_extensions_are_ignored() -> None:
    collection = mapped({"it": {**TEXT, "x-ui": {"widget": "area"}}}).collection

    assert (collection.root.members[0].type, collection.notes) == (Scalar.STRING, ())


def test_keywords_that_have_no_effect_yet_get_a_note() -> None:
    assert [note.pointer for note in mapped({"it": {**TEXT, "x-computed": {"lower": "/a"}}}).collection.notes] == [
        "/properties/it/x-computed"
    ]


def test_what_a_member_is_for_is_kept() -> None:
    [member] = mapped(
        {"it": {**TEXT, "deprecated": True, "x-deprecated": "use name", "x-filter": False, "writeOnly": True}}
    ).collection.root.members

    assert (member.deprecated, member.filterable, member.in_output, member.in_input) == ("use name", False, False, True)
