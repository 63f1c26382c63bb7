"""What fits a schema fits the types that it stands for, with random schemas and the library that validates records."""

from collections.abc import Mapping

import jsonschema_rs
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.errors import SchemaTooLarge
from datastore_service.domain.typed.model import (
    CollectionApi,
    EnumType,
    ListOf,
    Named,
    NamedType,
    ObjectType,
    Scalar,
    TypedCollection,
    TypeReference,
)
from datastore_service.domain.typed.typed_collection import typed_collection
from tests.random_schemas import RandomSchemas, Schema, Written

API = CollectionApi(type="Thing", one="thing", many="things")


@given(st.integers(0, 2**32))
def test_a_document_that_fits_a_schema_fits_its_types(seed: int) -> None:
    random = RandomSchemas(seed)
    for _ in range(20):
        schema = random.schema()
        found = mapped(schema)
        validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
        for document in random.documents(schema, 10 if found else 0):
            if found and validator.is_valid(document):
                assert fits(document, Named(found.root.name), found.types), (schema, document)


def mapped(schema: Schema) -> TypedCollection | None:
    try:
        found = typed_collection("things", schema, API)
    except SchemaTooLarge:
        return None
    return None if found.taken else found.collection


def fits(value: Json, kind: TypeReference, types: Mapping[str, NamedType]) -> bool:
    """Tells whether GraphQL could give this value, which is not null, as one of the type."""
    match kind:
        case ListOf():
            return isinstance(value, list) and all(
                kind.nullable_items if each is None else fits(each, kind.item, types) for each in value
            )
        case Named():
            return fits_named(value, types[kind.name], types)
        case Scalar():
            return is_scalar(value, kind)


def fits_named(value: Json, kind: NamedType, types: Mapping[str, NamedType]) -> bool:
    match kind:
        case EnumType():
            return value in kind.values.values()
        case ObjectType():
            return isinstance(value, dict) and all(
                member.nullable_in_output
                if value.get(member.key) is None
                else fits(value[member.key], member.type, types)
                for member in kind.members
            )
        case _:
            assert isinstance(value, dict)
            [variant] = [each for each in kind.variants if each.value == value[kind.discriminator]]
            return fits(value, Named(variant.type), types)


def is_scalar(value: Written, kind: Scalar) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match kind:
        case Scalar.JSON:
            return True
        case Scalar.BOOLEAN:
            return isinstance(value, bool)
        case Scalar.INT:
            return is_number and value == int(value) and abs(value) <= 2**31
        case Scalar.INTEGER:
            return is_number and value == int(value)
        case Scalar.NUMBER:
            return is_number
        case _:
            return isinstance(value, str)
