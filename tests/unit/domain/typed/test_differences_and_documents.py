"""Nothing that the differ says is contradicted by a document or by a type, with random pairs of schemas."""

from collections.abc import Mapping

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.domain.typed.differences import differences
from datastore_service.domain.typed.errors import KeywordInvalid, SchemaTooLarge
from datastore_service.domain.typed.model import (
    CollectionApi,
    EnumType,
    NamedType,
    ObjectType,
    Scalar,
    UnionType,
)
from datastore_service.domain.typed.typed_collection import typed_collection
from tests.random_schemas import RandomSchemas, Schema

API = CollectionApi(type="Thing", one="thing", many="things")
SEEDS = st.integers(0, 2**32)


@given(SEEDS)
def test_what_is_proven_to_fit_fits_and_what_is_proven_not_to_fit_does_not(seed: int) -> None:
    random = RandomSchemas(seed)
    for _ in range(20):
        old = random.schema()
        new = random.changed(old)
        changes = differences(old, new)
        documents = {change.documents for change in changes}
        before, after = (jsonschema_rs.Draft202012Validator(each, validate_formats=True) for each in (old, new))
        for document in random.documents(old, 0 if "check" in documents and "no" not in documents else 10):
            if before.is_valid(document):
                assert documents - {"yes"} or after.is_valid(document), (old, new, document, changes)
                assert "no" not in documents or not after.is_valid(document), (old, new, document, changes)


@given(SEEDS)
def test_types_that_were_generated_for_the_old_schema_take_what_the_new_one_answers_and_are_taken(seed: int) -> None:
    random = RandomSchemas(seed)
    for _ in range(10):
        old = random.schema()
        new = random.changed(old)
        before, after = types_of(old), types_of(new)
        if before and after:
            changes = differences(old, new)
            if all(change.readers == "compatible" for change in changes):
                assert still_reads(before, after), (old, new, changes)
            if all(change.writers == "compatible" for change in changes):
                assert still_writes(before, after), (old, new, changes)


def types_of(schema: Schema) -> Mapping[str, NamedType]:
    try:
        found = typed_collection("things", schema, API)
    except (KeywordInvalid, SchemaTooLarge):
        return {}
    return {} if found.taken else found.collection.types


def still_reads(before: Mapping[str, NamedType], after: Mapping[str, NamedType]) -> bool:
    return all(reads(kind, after.get(name)) for name, kind in before.items())


def reads(kind: NamedType, other: NamedType | None) -> bool:
    match kind, other:
        case ObjectType(), ObjectType():
            return all(
                (found := other.member(each.key)) is not None
                and found.type == each.type
                and (each.nullable_in_output or not found.nullable_in_output)
                for each in kind.members
            )
        case EnumType(), EnumType():
            return other.values.keys() <= kind.values.keys()
        case UnionType(), UnionType():
            return set(other.variants) <= set(kind.variants)
        case _:
            return False


def still_writes(before: Mapping[str, NamedType], after: Mapping[str, NamedType]) -> bool:
    return all(writes(kind, after.get(name)) for name, kind in before.items())


def writes(kind: NamedType, other: NamedType | None) -> bool:
    match kind, other:
        case ObjectType(), ObjectType():
            return all(
                (found := other.member(each.key)) is not None
                # An input takes an Int where it asks for an Integer, as long as no variable is declared for it.
                and (found.type == each.type or (each.type, found.type) == (Scalar.INT, Scalar.INTEGER))
                and (found.nullable or not each.nullable)
                for each in kind.members
            ) and all(
                not each.required_in_input or ((known := kind.member(each.key)) is not None and known.required_in_input)
                for each in other.members
            )
        case EnumType(), EnumType():
            return kind.values.keys() <= other.values.keys()
        case UnionType(), UnionType():
            return set(kind.variants) <= set(other.variants)
        case _:
            return False
