"""Typed answers are those that untyped documents get: the same records, in the same order, with the same values."""

import json
from collections.abc import Mapping
from random import Random
from typing import Any, Final
from uuid import UUID

import jsonschema_rs
from graphql import validate_schema
from hypothesis import given
from hypothesis import strategies as st

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.core_names import SchemaNames
from datastore_service.api.graphql.schema import Executable, Schemas
from datastore_service.api.graphql.transport.answers import result_body
from datastore_service.application.json_codec import decode
from datastore_service.application.mediator import Mediator, Sender
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.request_context import SYSTEM
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.config.settings import Settings
from datastore_service.domain.errors import DomainError
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import (
    CollectionApi,
    EnumType,
    ListOf,
    Member,
    Named,
    NamedType,
    ObjectType,
    Scalar,
    TypedCollection,
    TypeReference,
    UnionType,
)
from datastore_service.domain.typed.names import RESERVED_TYPES
from datastore_service.domain.typed.typed_collection import typed_collection
from datastore_service.library_internals.strawberry import core_schema
from datastore_service.telemetry.metrics import Metrics
from tests.fakes.application import in_memory_mediator
from tests.random_schemas import RandomSchemas
from tests.settings import settings_with
from tests.typed_examples import entry_of, typed_state

type Input = dict[str, Any]
"""An input of GraphQL as a client sends it."""

type Types = Mapping[str, NamedType]

SETTINGS: Final[Settings] = settings_with()
SCHEMAS: Final = Schemas(SETTINGS.graphql, SETTINGS.limits, Metrics(), CursorSigner())
UNTYPED: Final = SCHEMAS.untyped.schema
API: Final = CollectionApi(type="Thing", one="thing", many="things")
LEVELS: Final = 3
WITHIN: Final = ("contains", "in", "nin")
ITEMS: Final = ("any", "none", "size")
ORDERED: Final = ("eq", "ne", "gt", "gte", "lt", "lte", "in", "nin")
EQUALITY: Final = ("eq", "ne", "in", "nin")


@given(st.integers(0, 2**32))
async def test_typed_answers_are_those_of_untyped_documents(seed: int) -> None:
    random, schemas = Random(seed), RandomSchemas(seed)  # noqa: S311 - it keeps nothing secret
    schema = schemas.schema()
    collection = mapped(schema)
    if collection is None:
        return
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    documents = [found for found in schemas.documents(schema, 30) if validator.is_valid(found)][:12]
    mediator = in_memory_mediator()
    for number, document in enumerate(documents):
        await mediator.send(CreateRecord(id=UUID(int=number + 1), collection="things", payload=document))
    executable = SCHEMAS.typed(typed_state(entry_of("things", schema, "Thing", "thing")))
    core = core_schema(executable.schema)
    assert not validate_schema(core)  # which it keeps for known, as graphql-core makes it without a look

    selection = selected(collection.root, collection.types, LEVELS)
    found = await answer(executable, mediator, f"{{ things(first: 50) {{ nodes {{ id {selection} }} }} }}")
    by_id = {node["id"]: node for node in found["things"]["nodes"]}
    assert [by_id[str(UUID(int=number + 1))] for number in range(len(documents))] == [
        {"id": str(UUID(int=number + 1)), **expected(document, collection.root, collection.types, LEVELS)}
        for number, document in enumerate(documents)
    ]

    criteria = Criteria(random, collection, documents)
    for _ in range(8):
        (typed, untyped), (order, untyped_order) = criteria.filter(), criteria.order()
        query = """query($t: ThingFilter, $o: [ThingOrder!], $f: RecordFilter, $u: [RecordOrder!]) {
          things(filter: $t, orderBy: $o) { nodes { id } totalCount }
          records(collection: "things", filter: $f, orderBy: $u) { nodes { id } totalCount } }"""
        both = await answer(executable, mediator, query, t=typed, o=order, f=untyped, u=untyped_order)
        assert both["things"] == both["records"], (typed, order)


@given(st.integers(0, 2**32))
async def test_a_typed_mutation_creates_the_record_that_an_untyped_one_does(seed: int) -> None:
    schemas = RandomSchemas(seed)
    schema = schemas.schema()
    collection = mapped(schema)
    if collection is None:
        return
    validator = jsonschema_rs.Draft202012Validator(schema, validate_formats=True)
    documents = [found for found in schemas.documents(schema, 10) if validator.is_valid(found)]
    executable, mediator = (
        SCHEMAS.typed(typed_state(entry_of("things", schema, "Thing", "thing"))),
        in_memory_mediator(),
    )
    selection = f"id payload {selected(collection.root, collection.types, LEVELS)}"
    added, core = (SchemaNames(lambda schema=each: core_schema(schema)).all() for each in (executable.schema, UNTYPED))
    assert added - core <= {*collection.names, *RESERVED_TYPES}
    for number, document in enumerate(documents):
        said = with_what_is_said(document, Named("Thing"), collection.types)
        await mediator.send(CreateRecord(id=UUID(int=number + 1), collection="things", payload=said))
        typed = typed_input(said, Named("Thing"), collection.types)
        query = f"mutation($new: CreateThingInput!) {{ createThing(input: $new) {{ thing {{ {selection} }} }} }}"
        created = (await answer(executable, mediator, query, new={"thing": typed}))["createThing"]["thing"]
        query = f"query($id: UUID!) {{ thing(id: $id) {{ {selection} }} }}"
        found = (await answer(executable, mediator, query, id=created["id"]))["thing"]
        assert found == created
        untyped = (await answer(executable, mediator, query, id=str(UUID(int=number + 1))))["thing"]
        assert {**created, "id": untyped["id"]} == untyped


async def answer(executable: Executable, mediator: Mediator, query: str, **variables: object) -> Any:  # noqa: ANN401 - JSON
    context = Context(Sender(mediator=mediator, context=SYSTEM), SETTINGS.limits, SETTINGS.graphql, executable.cursors)
    result = await executable.schema.execute(query, variables, context)
    body: Any = decode(result_body(result, None))
    assert "errors" not in body, (query, json.dumps(variables, default=str), body)
    return body["data"]


def mapped(schema: Json) -> TypedCollection | None:
    try:
        found = typed_collection("things", schema, API)
    except DomainError:
        return None
    return None if found.taken else found.collection


def with_what_is_said(value: Json, kind: TypeReference, types: Types) -> Json:
    """Returns a value without the members that have no type, and thus no place in an input."""
    named = types[kind.name] if isinstance(kind, Named) else None
    if isinstance(value, dict) and isinstance(named, UnionType):
        variant = next(each for each in named.variants if each.value == value[named.discriminator])
        members = with_what_is_said(value, Named(variant.type), types)
        assert isinstance(members, dict)
        return {named.discriminator: variant.value, **members}
    if isinstance(value, dict) and isinstance(named, ObjectType) and given_members(named):
        return {
            member.key: with_what_is_said(value[member.key], member.type, types)
            for member in given_members(named)
            if member.key in value
        }
    if isinstance(value, list) and isinstance(kind, ListOf):
        return [with_what_is_said(item, kind.item, types) for item in value]
    return value


def typed_input(value: Json, kind: TypeReference, types: Types) -> Json:
    named = types[kind.name] if isinstance(kind, Named) else None
    if isinstance(value, dict) and isinstance(named, UnionType):
        variant = next(each for each in named.variants if each.value == value[named.discriminator])
        members = {key: inner for key, inner in value.items() if key != named.discriminator}
        return {variant.name: typed_input(members, Named(variant.type), types)}
    if isinstance(value, dict) and isinstance(named, ObjectType) and given_members(named):
        return {
            str(member.name): typed_input(value[member.key], member.type, types)
            for member in given_members(named)
            if member.key in value
        }
    if isinstance(value, list) and isinstance(kind, ListOf):
        return [typed_input(item, kind.item, types) for item in value]
    if isinstance(value, str) and isinstance(named, EnumType):
        return next(name for name, text in named.values.items() if text == value)
    return value


def given_members(kind: ObjectType) -> list[Member]:
    return [member for member in kind.members if member.name and member.in_input]


def shown(kind: ObjectType) -> list[Member]:
    return [member for member in kind.members if member.name and member.in_output]


def selected(kind: ObjectType, types: Types, levels: int) -> str:
    """Returns a selection of all that is not nested deeper."""
    return " ".join(
        f"{member.name} {below}"
        for member in shown(kind)
        if (below := below_of(member.type, types, levels)) is not None
    )


def below_of(kind: TypeReference, types: Types, levels: int) -> str | None:
    match kind:
        case ListOf(item):
            return below_of(item, types, levels)
        case Named(name) if isinstance(found := types[name], ObjectType) and shown(found):
            return f"{{ __typename {selected(found, types, levels - 1)} }}" if levels else None
        case Named(name) if isinstance(found := types[name], UnionType):
            return "{ __typename }" if levels else None
        case _:
            return ""


def expected(document: Json, kind: ObjectType, types: Types, levels: int) -> Input:
    assert isinstance(document, dict)
    return {
        str(member.name): value_of(document.get(member.key), member.type, types, levels)
        for member in shown(kind)
        if below_of(member.type, types, levels) is not None
    }


def value_of(value: Json, kind: TypeReference, types: Types, levels: int) -> object:
    if value is None:
        return None
    match kind:
        case ListOf(item):
            assert isinstance(value, list)
            return [value_of(each, item, types, levels) for each in value]
        case Scalar.INT:
            return int(value)  # pyright: ignore[reportArgumentType] - GraphQL writes 2.0 as 2
        case Scalar():
            return value
        case Named(name):
            return value_of_named(value, types[name], types, levels)


def value_of_named(value: Json, kind: NamedType, types: Types, levels: int) -> object:
    match kind:
        case EnumType():
            return next(name for name, text in kind.values.items() if text == value)
        case ObjectType() if shown(kind):
            return {"__typename": kind.name, **expected(value, kind, types, levels - 1)}
        case UnionType():
            assert isinstance(value, dict)
            return {"__typename": next(each.type for each in kind.variants if each.value == value[kind.discriminator])}
        case _:
            return value


def about_items(untyped: Input) -> Input:
    """Returns an untyped filter of payloads as one of items."""
    return {
        "item" if name == "payload" else name: [about_items(part) for part in value]
        if name in ("and", "or")
        else about_items(value)
        if name == "not"
        else value
        for name, value in untyped.items()
    }


class Criteria:
    """Random filters and orders, each as a typed and as an untyped one."""

    def __init__(self, random: Random, collection: TypedCollection, documents: list[Json]) -> None:
        self._random = random
        self._types = collection.types
        self._root = collection.root
        self._documents = documents

    def filter(self, levels: int = 1) -> tuple[Input, Input]:
        match self._random.randrange(6 if levels else 3):
            case 3:
                typed, untyped = self.filter(levels - 1)
                return {"not": typed}, {"not": untyped}
            case 4 | 5:
                name = self._random.choice(("and", "or"))
                parts = [self.filter(levels - 1) for _ in range(self._random.randrange(3))]
                return {name: [typed for typed, _ in parts]}, {name: [untyped for _, untyped in parts]}
            case _:
                return self._comparison(self._root, [])

    def order(self) -> tuple[list[Input], list[Input]]:
        keys = [found for _ in range(self._random.randrange(3)) if (found := self._key(self._root, [], 3))]
        return [typed for typed, _ in keys], [untyped for _, untyped in keys]

    def _comparison(self, kind: ObjectType, path: list[str], levels: int = 3) -> tuple[Input, Input]:
        members = [member for member in kind.members if member.name and member.filterable]
        self._random.shuffle(members)
        for member in members:
            found = self._of_member(member, [*path, member.key], levels)
            if found is not None:
                return {str(member.name): found[0]}, found[1]
        return {}, {}

    def _of_member(self, member: Member, path: list[str], levels: int) -> tuple[Input, Input] | None:
        kind = member.type
        if isinstance(kind, ListOf):
            return self._of_list(kind.item, path, levels)
        return self._of_value(kind, path, levels)

    def _of_value(self, kind: TypeReference, path: list[str], levels: int) -> tuple[Input, Input] | None:
        if isinstance(kind, Named) and isinstance(inner := self._types[kind.name], ObjectType):
            typed, untyped = self._comparison(inner, path, levels - 1) if levels else ({}, {})
            return (typed, untyped) if typed else None
        return self._of_scalar(kind, path)

    def _of_list(self, kind: TypeReference, path: list[str], levels: int) -> tuple[Input, Input] | None:
        at, of_item = ".".join(path), self._of_item(kind, path, levels)
        if of_item is None:
            return None
        is_within = kind is not Scalar.TIMESTAMP and not self._is_object(kind)
        match self._random.choice((*WITHIN, *ITEMS) if is_within else ITEMS):
            case "size":
                size: Input = {self._random.choice(ORDERED[:-2]): self._random.randrange(3)}
                return {"size": size}, {"payload": [{"path": at, "size": size}]}
            case "any" | "none" as name:
                return {name: of_item[0]}, {"payload": [{"path": at, name: about_items(of_item[1])}]}
            case name:
                return self._within(name, kind, path)

    def _of_item(self, kind: TypeReference, path: list[str], levels: int) -> tuple[Input, Input] | None:
        """Returns conditions on an item of an array as on a payload, or None if there are none for its type."""
        lists, documents = self._found(path), self._documents
        self._documents = [item for each in lists if isinstance(each, list) for item in each]
        found = None if isinstance(kind, ListOf) else self._of_value(kind, [], levels)
        self._documents = documents
        return found

    def _is_object(self, kind: TypeReference) -> bool:
        return isinstance(kind, Named) and isinstance(self._types[kind.name], ObjectType)

    def _within(self, name: str, kind: TypeReference, path: list[str]) -> tuple[Input, Input]:
        values = [value for _ in range(self._random.randrange(3)) if (value := self._value(kind, path)) is not None]
        written = [self._written(kind, value) for value in values]
        at = ".".join(path)
        any_of = {"or": [{"payload": [{"path": at, "contains": [value]}]} for value in values]}
        is_list: Input = {"payload": [{"path": at, "contains": []}]}
        match name:
            case "contains":
                return {"contains": written}, {"payload": [{"path": at, "contains": values}]}
            case "in":
                return {"in": written}, any_of
            case _:
                return {"nin": written}, {"and": [{"not": any_of}, is_list]}

    def _of_scalar(self, kind: TypeReference, path: list[str]) -> tuple[Input, Input] | None:
        value = self._value(kind, path)
        if value is None:
            return None
        at, written = ".".join(path), self._written(kind, value)
        is_equality = isinstance(kind, Named)
        name = self._random.choice(("eq", "ne") if kind is Scalar.BOOLEAN else EQUALITY if is_equality else ORDERED)
        several = name in ("in", "nin")
        typed: Input = {name: [written] if several else written}
        operand: Any = [value] if several else value
        if kind is Scalar.BOOLEAN:
            others = [{"path": at, "in": [True, False]}] if name == "ne" else []
            return typed, {"payload": [{"path": at, name: operand}, *others]}
        group = "time" if kind is Scalar.TIMESTAMP else "string"
        group = "number" if kind in (Scalar.INT, Scalar.INTEGER, Scalar.NUMBER) else group
        return typed, {"payload": [{"path": at, group: {name: operand}}]}

    def _written(self, kind: TypeReference, value: Json) -> Json:
        named = self._types[kind.name] if isinstance(kind, Named) else None
        if isinstance(named, EnumType):
            return next(name for name, text in named.values.items() if text == value)
        return value

    def _value(self, kind: TypeReference, path: list[str]) -> Json:
        """Returns a value of the type, most often one that a document has there."""
        named = self._types[kind.name] if isinstance(kind, Named) else None
        match kind:
            case Scalar.BOOLEAN | Scalar.INT | Scalar.INTEGER | Scalar.NUMBER:
                return self._random.choice(_EXAMPLES[kind])
            case Scalar.STRING | Scalar.DATE | Scalar.TIMESTAMP | Scalar.UUID:
                return self._random.choice([*self._texts(path), *_EXAMPLES[kind]])
            case Named() if isinstance(named, EnumType):
                return self._random.choice([*named.values.values()])
            case _:
                return None

    def _texts(self, path: list[str]) -> list[str]:
        return [each for each in self._found(path) if isinstance(each, str)]

    def _found(self, path: list[str]) -> list[Json]:
        found: list[Json] = list(self._documents)
        for step in path:
            found = [each[step] for each in found if isinstance(each, dict) and step in each]
        return found

    def _key(self, kind: ObjectType, path: list[str], levels: int) -> tuple[Input, Input] | None:
        members = [member for member in kind.members if member.name and member.filterable]
        self._random.shuffle(members)
        for member in members:
            inner = self._types[member.type.name] if isinstance(member.type, Named) else None
            at = [*path, member.key]
            if isinstance(inner, ObjectType):
                below = self._key(inner, at, levels - 1) if levels else None
                if below is not None:
                    return {str(member.name): below[0]}, below[1]
            elif isinstance(inner, EnumType) or (isinstance(member.type, Scalar) and member.type is not Scalar.JSON):
                direction = self._random.choice(("ASC", "DESC"))
                written = ".".join(at) + ("::time" if member.type is Scalar.TIMESTAMP else "")
                return {str(member.name): direction}, {"payload": written, "direction": direction}
        return None


_EXAMPLES: Final[Mapping[TypeReference, tuple[Json, ...]]] = {
    Scalar.BOOLEAN: (True, False),
    Scalar.INT: (-1, 0, 1, 2, 3),
    Scalar.INTEGER: (-1, 0, 1, 2, 3, 10**20),
    Scalar.NUMBER: (-1, 0, 0.5, 1, 2, 10**20),
    Scalar.STRING: ("", "red", "green", "a-b"),
    Scalar.DATE: ("2020-01-02", "1999-12-31"),
    Scalar.TIMESTAMP: ("2020-01-02T03:04:05Z", "2020-01-02T05:04:05+02:00"),
    Scalar.UUID: ("01890a5d-ac96-774b-bcce-b302099a8057", "01890a5d-ac96-774b-bcce-b302099a8058"),
}
