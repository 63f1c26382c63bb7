"""Change a collection in part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from datastore_service.application.messages import LockingCommand
from datastore_service.application.ports.clock import Clock
from datastore_service.application.ports.json_schemas import JsonSchemas
from datastore_service.application.views import CollectionView
from datastore_service.application.write.ports.unit_of_work import UnitOfWorkFactory
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import CollectionNotFound, InvalidValue
from datastore_service.domain.json_value import Json, check_storable, escape_pointer
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchCollection(LockingCommand[CollectionView]):
    """Change a collection's JSON Schema and its retention in part: what is not named stays as it is.

    Attributes:
        patch: What changes in the document `{schema, retention}`.
        precondition: What must be true of its version.
    """

    name: str
    patch: MergePatch
    precondition: Precondition = ANY_STATE


@dataclass(frozen=True, slots=True)
class PatchCollectionHandler:
    """Does not check existing records against the new schema; each is checked when a client next writes it."""

    unit_of_work: UnitOfWorkFactory
    clock: Clock
    schemas: JsonSchemas

    async def handle(self, command: PatchCollection) -> CollectionView:
        async with self.unit_of_work() as work:
            collection = await work.collections.get(command.name) if is_collection_name(command.name) else None
            if collection is None:
                raise CollectionNotFound(command.name)
            collection.expect(command.precondition)
            patched = _members(command.patch.apply(_document(collection)))
            schema = patched.get("schema")
            if schema is not None:
                check_storable(schema, "/schema")
                self.schemas.check(schema)
            collection.put(schema, self.clock.now(), _retention(patched.get("retention")))
            await work.collections.save(collection)
            await work.commit()
        return CollectionView.of(collection)


_MEMBERS: Final = frozenset({"schema", "retention"})
_KEPT: Final = frozenset({"revisions", "days"})


def _document(collection: Collection) -> Json:
    """Returns the document that a patch applies to. It has no member for a missing schema or retention."""
    retention = collection.retention
    kept: dict[str, Json] = {} if retention is None else {"revisions": retention.revisions, "days": retention.days}
    document: dict[str, Json] = {
        "schema": collection.schema,
        "retention": {name: number for name, number in kept.items() if number is not None} or None,
    }
    return {name: member for name, member in document.items() if member is not None}


def _members(patched: Json) -> Mapping[str, Json]:
    return _object(patched, _MEMBERS, "", "A patch of a collection is an object with the members schema and retention.")


def _retention(patched: Json) -> Retention | None:
    if patched is None:
        return None
    members = _object(patched, _KEPT, "/retention", "A retention is an object with revisions or days.")
    for name, number in members.items():
        if not isinstance(number, int) or isinstance(number, bool):
            raise InvalidValue(f"/retention/{name}", f"{name} is an integer.")
    if len(members) == len(_KEPT):
        raise InvalidValue(
            "/retention",
            "A retention is either a number of revisions or of days; the one that is to go is given as null.",
        )
    return Retention(**cast("Mapping[str, int]", members)) if members else None


def _object(value: Json, known: frozenset[str], pointer: str, otherwise: str) -> Mapping[str, Json]:
    if not isinstance(value, dict):
        raise InvalidValue(pointer, otherwise)
    for name in sorted(value.keys() - known):
        raise InvalidValue(f"{pointer}/{escape_pointer(name)}", f"There is no member {name!r}. {otherwise}")
    return value
