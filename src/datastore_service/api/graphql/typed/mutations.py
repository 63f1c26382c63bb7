"""The fields of `Mutation` of a typed collection: they send the commands of `createRecord` and its like (adr/0114)."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final, cast
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNamedType,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
    GraphQLString,
)

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.typed.conditions import Given
from datastore_service.api.graphql.typed.contents import Assignments, ContentTypes, place_in_input
from datastore_service.api.graphql.typed.shared import InputType, SharedTypes
from datastore_service.api.graphql.types.inputs import expectation
from datastore_service.api.graphql.types.payloads import DeleteRecordPayload, RecordPayload
from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.read.ports.typed_collections import TypedEntry
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.delete_record import DeleteRecord
from datastore_service.application.write.commands.patch_record import PatchRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.domain.errors import DomainError, InvalidValue
from datastore_service.domain.json_value import Json
from datastore_service.domain.records.patches import Assign
from datastore_service.domain.typed.model import Path

_PAYLOAD: Final = "payload"
_MEMBERS: Final = {"collection_mismatch": "id"}

type _Info = GraphQLResolveInfo[Context]
type _Resolve = Callable[..., Awaitable[object]]


class MutationFields:
    """Makes the fields of one collection after the other.

    Attributes:
        made: The fields by their names.
    """

    def __init__(self, shared: SharedTypes, outputs: Mapping[str, GraphQLNamedType]) -> None:
        self._shared = shared
        self._outputs = outputs
        self._inputs: dict[str, GraphQLInputObjectType] = {}
        self.made: dict[str, GraphQLField] = {}

    def add(self, entry: TypedEntry) -> None:
        """Makes those of a collection, whose types of output are there."""
        shared, api = self._shared, entry.collection.api
        contents = ContentTypes(entry.collection, shared, self._outputs, self._inputs)
        payload = self._payload(entry)
        new = GraphQLInputField(GraphQLNonNull(contents.new()), description="Its members.")
        self._field(
            f"create{api.type}",
            {"id": self._given("CreateRecordInput", "id"), api.one: new, "tags": self._tags()},
            _create(entry),
            payload,
            f"Create a record of the collection {entry.name}.",
        )
        self._field(
            f"replace{api.type}",
            {
                "id": self._given("ReplaceRecordInput", "id"),
                api.one: new,
                "tags": self._tags(),
                **{name: self._given("ReplaceRecordInput", name) for name in ("expectedVersion", "expectExisting")},
            },
            _replace(entry),
            payload,
            f"Replace the content of a record of the collection {entry.name}, or create the record.",
        )
        self._field(
            f"change{api.type}",
            self._of_change(contents),
            _change(entry),
            payload,
            f"Set members of a record of the collection {entry.name}, and take members away.",
        )
        self._field(
            f"delete{api.type}",
            {name: self._given("DeleteRecordInput", name) for name in ("id", "expectedVersion")},
            _delete(entry),
            GraphQLObjectType(
                f"Delete{api.type}Payload",
                {name: shared.field("DeleteRecordPayload", name) for name in ("id", "userErrors")},
                description=f"The result of `delete{api.type}`.",
            ),
            f"Delete a record of the collection {entry.name}; a tombstone remains.",
        )

    def _payload(self, entry: TypedEntry) -> GraphQLObjectType:
        api = entry.collection.api
        return GraphQLObjectType(
            f"{api.type}Payload",
            {
                api.one: self._shared.field("RecordPayload", "record", self._outputs[api.type]),
                "userErrors": self._shared.field("RecordPayload", "userErrors"),
            },
            description=f"The result of a mutation after which the record of the collection {entry.name} exists.",
        )

    def _of_change(self, contents: ContentTypes) -> Mapping[str, GraphQLInputField]:
        found = {name: self._given("PatchRecordInput", name) for name in ("id", "expectedVersion")}
        if changes := contents.changes():
            found["set"] = GraphQLInputField(changes, description="The members to set; null is a value.")
        if removable := contents.removable():
            several: InputType = GraphQLList(GraphQLNonNull(removable))
            found["unset"] = GraphQLInputField(several, description="The members to take away.")
        tags: InputType = GraphQLList(GraphQLNonNull(GraphQLString))
        found["tags"] = GraphQLInputField(tags, description=f"{descriptions.TAGS} Left out, they stay.")
        return found

    def _given(self, owner: str, name: str) -> GraphQLInputField:
        return self._shared.core(owner, GraphQLInputObjectType).fields[name]

    def _tags(self) -> GraphQLInputField:
        return self._given("CreateRecordInput", "tags")

    def _field(
        self,
        name: str,
        members: Mapping[str, GraphQLInputField],
        resolve: _Resolve,
        payload: GraphQLObjectType,
        description: str,
    ) -> None:
        kind = GraphQLInputObjectType(
            f"{name[:1].upper()}{name[1:]}Input", dict(members), description=f"The input of `{name}`."
        )
        argument: InputType = GraphQLNonNull(kind)
        self.made[name] = GraphQLField(
            payload,
            args={"input": GraphQLArgument(argument, description="The input of the mutation.")},
            resolve=resolve,
            description=description,
        )


def _create(entry: TypedEntry) -> _Resolve:
    async def create(_: object, info: _Info, input: Given) -> RecordPayload:
        payload = _payload_of(entry, input)
        command = CreateRecord(id=input.get("id"), collection=entry.name, payload=payload, tags=_tags_of(input))
        try:
            return RecordPayload(record=Record.of(await info.context.mediator.send(command)))
        except DomainError as error:
            return RecordPayload(user_errors=[_refusal(entry, error, payload)])

    return create


def _replace(entry: TypedEntry) -> _Resolve:
    async def replace(_: object, info: _Info, input: Given) -> RecordPayload:
        payload, version = _payload_of(entry, input), input.get("expectedVersion")
        try:
            command = ReplaceRecord(
                id=input["id"],
                collection=entry.name,
                payload=payload,
                tags=_tags_of(input),
                precondition=expectation(version, existing=input.get("expectExisting")),
            )
            replaced = await info.context.mediator.send(command)
        except DomainError as error:
            precondition = "expectedVersion" if version is not None else "expectExisting"
            return RecordPayload(user_errors=[_refusal(entry, error, payload, precondition)])
        return RecordPayload(record=Record.of(replaced.record))

    return replace


def _change(entry: TypedEntry) -> _Resolve:
    async def change(_: object, info: _Info, input: Given) -> RecordPayload:
        given: Assignments = input["set"].values if input.get("set") else ()
        removed: Sequence[Path] = input.get("unset") or ()
        try:
            _expect_apart(given, removed)
            command = PatchRecord(
                id=input["id"],
                patch=_assign(given, removed, input.get("tags")),
                precondition=expectation(input.get("expectedVersion")),
                collection=entry.name,
            )
            return RecordPayload(record=Record.of(await info.context.mediator.send(command)))
        except DomainError as error:
            return RecordPayload(user_errors=[_refused_change(entry, error, given, removed)])

    return change


def _assign(given: Assignments, removed: Sequence[Path], tags: Sequence[str] | None) -> Assign:
    values = tuple(((_PAYLOAD, *path), value) for path, value in given)
    of_tags: Assignments = () if tags is None else ((("tags",), [*tags]),)
    return Assign((*values, *of_tags), tuple((_PAYLOAD, *path) for path in removed))


def _expect_apart(given: Assignments, removed: Sequence[Path]) -> None:
    """Checks that no member is both set and taken away.

    Raises:
        InvalidValue: One is.
    """
    paths = {path for path, _ in given}
    around = {path[:length] for path in paths for length in range(1, len(path) + 1)}
    for index, path in enumerate(removed):
        if path in around or any(path[:length] in paths for length in range(1, len(path))):
            pointer = f"/unset/{index}"
            raise InvalidValue(pointer, f"{pointer}: the member, or one in it, is in `set`, too.")


def _refused_change(entry: TypedEntry, error: DomainError, given: Assignments, removed: Sequence[Path]) -> UserError:
    found = UserError.of(error)
    if found.path[:1] != [_PAYLOAD]:
        return found
    place = tuple(found.path[1:])
    if removed and not any(_overlap(place, path) for path, _ in given):
        found.path = ["unset"]
    else:
        found.path = ["set", *place_in_input(entry.collection, place, Assign(given).apply({}))]
    return found


def _overlap(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]


def _delete(entry: TypedEntry) -> _Resolve:
    async def delete(_: object, info: _Info, input: Given) -> DeleteRecordPayload:
        id_ = cast("UUID", input["id"])
        command = DeleteRecord(id=id_, collection=entry.name, precondition=expectation(input.get("expectedVersion")))
        try:
            await info.context.mediator.send(command)
        except DomainError as error:
            return DeleteRecordPayload(user_errors=[UserError.of(error)])
        return DeleteRecordPayload(id=id_)

    return delete


def _payload_of(entry: TypedEntry, given: Given) -> Json:
    return cast("Json", given[entry.collection.api.one])


def _tags_of(given: Given) -> Any:  # noqa: ANN401 - as GivenContent has them
    return given["tags"]


def _refusal(entry: TypedEntry, error: DomainError, payload: Json, precondition: str = "expectedVersion") -> UserError:
    """Translates a refusal; a path into the payload becomes one into the typed input."""
    found = UserError.of(error, precondition=precondition, members=_MEMBERS)
    if found.path[:1] == [_PAYLOAD]:
        found.path = [entry.collection.api.one, *place_in_input(entry.collection, found.path[1:], payload)]
    return found
