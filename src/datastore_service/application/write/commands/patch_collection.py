"""Change a collection in part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, cast

from datastore_service.application.messages import LockingCommand
from datastore_service.application.views import CollectionView
from datastore_service.application.write.collection_changes import CollectionChanges, Settings
from datastore_service.domain.collections.collection import Collection
from datastore_service.domain.collections.retention import Retention
from datastore_service.domain.errors import CollectionNotFound, InvalidValue
from datastore_service.domain.json_value import Json, escape_pointer
from datastore_service.domain.preconditions import ANY_STATE, Precondition
from datastore_service.domain.records.patches import MergePatch
from datastore_service.domain.records.values import is_collection_name
from datastore_service.domain.typed.changes import Effect
from datastore_service.domain.typed.model import CollectionApi, NodeType


@dataclass(frozen=True, slots=True, kw_only=True)
class PatchCollection(LockingCommand[CollectionView]):
    """Change a collection's JSON Schema, its retention and its types in part: what is not named stays as it is.

    Attributes:
        patch: What changes in the document `{schema, retention, api}`.
        precondition: What must be true of its version.
        allow: What a change of a typed collection may break.
    """

    name: str
    patch: MergePatch
    precondition: Precondition = ANY_STATE
    allow: frozenset[Effect] = frozenset()


@dataclass(frozen=True, slots=True)
class PatchCollectionHandler:
    """Existing records need not fit the schema of a collection without types; each has to when it is next written."""

    changes: CollectionChanges

    async def handle(self, command: PatchCollection) -> CollectionView:
        if not is_collection_name(command.name):
            raise CollectionNotFound(command.name)

        def settings(before: Collection | None) -> Settings:
            if before is None:
                raise CollectionNotFound(command.name)
            patched = _members(command.patch.apply(_document(before)))
            return Settings(
                schema=patched.get("schema"),
                retention=_retention(patched.get("retention")),
                api=_api(command.name, patched.get("api")),
            )

        changed = await self.changes.change(
            command.name, settings, precondition=command.precondition, allow=command.allow
        )
        return CollectionView.of(changed.collection)


_MEMBERS: Final = frozenset({"schema", "retention", "api"})
_NAMES: Final = frozenset({"type", "one", "many", "node"})
_KEPT: Final = frozenset({"revisions", "days"})


def _document(collection: Collection) -> Json:
    """Returns the document that a patch applies to. It has no member for what the collection lacks."""
    retention = collection.retention
    kept: dict[str, Json] = {} if retention is None else {"revisions": retention.revisions, "days": retention.days}
    document: dict[str, Json] = {
        "schema": collection.schema,
        "retention": {name: number for name, number in kept.items() if number is not None} or None,
        "api": collection.api and {name: getattr(collection.api, name) for name in sorted(_NAMES)},
    }
    return {name: member for name, member in document.items() if member is not None}


_OTHERWISE: Final = "A patch of a collection is an object with the members schema, retention and api."


def _members(patched: Json) -> Mapping[str, Json]:
    return _object(patched, _MEMBERS, "", _OTHERWISE)


def _api(collection: str, patched: Json) -> CollectionApi | None:
    if patched is None:
        return None
    members = _object(patched, _NAMES, "/api", "api is an object with the members type, one, many and node.")
    for name, each in members.items():
        if not isinstance(each, str):
            raise InvalidValue(f"/api/{name}", f"{name} is a string.")
    if "type" not in members:
        raise InvalidValue("/api/type", "A typed collection needs a type.")
    if (node := members.get("node", "typed")) not in ("typed", "record"):
        raise InvalidValue("/api/node", "node is typed or record.")
    names = cast("Mapping[str, str]", members)
    return CollectionApi.of(
        collection,
        type_name=names["type"],
        one=names.get("one"),
        many=names.get("many"),
        node=cast("NodeType", node),
    )


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
