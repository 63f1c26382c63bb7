"""A typed collection with a member of each type, and a source of typed collections that tests set."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from datastore_service.application.read.ports.typed_collections import TypedEntry, TypedState
from datastore_service.domain.json_value import Json
from datastore_service.domain.typed.model import CollectionApi, NodeType
from datastore_service.domain.typed.typed_collection import typed_collection

LONG_AGO: Final = datetime(2000, 1, 1, tzinfo=UTC)
PEOPLE: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["name", "status"],
    "properties": {
        "name": {"type": "string", "description": "What people say."},
        "email": {"type": "string", "deprecated": True, "x-deprecated": "use phones"},
        "born": {"type": "integer", "minimum": 0, "maximum": 3000},
        "big": {"type": "integer"},
        "score": {"type": "number"},
        "active": {"type": "boolean"},
        "day": {"type": "string", "format": "date"},
        "joined": {"type": "string", "format": "date-time"},
        "employer_id": {"type": "string", "format": "uuid"},
        "status": {"enum": ["active", "on-leave"], "x-enum-names": {"on-leave": "on_leave"}},
        "full-name": {"type": "string", "x-name": "full_name"},
        "hidden": {"type": "string", "x-name": False},
        "secret": {"type": "string", "writeOnly": True},
        "unfiltered": {"type": "string", "x-filter": False},
        "anything": True,
        "address": {"$ref": "#/$defs/Address"},
        "phones": {"type": "array", "items": {"type": "string"}},
        "moods": {"type": "array", "items": {"enum": ["happy", "sad"]}},
        "seen": {"type": "array", "items": {"type": "string", "format": "date-time"}},
        "homes": {"type": "array", "items": {"$ref": "#/$defs/Address"}},
        "tree": {"$ref": "#/$defs/Tree"},
        "pet": {
            "oneOf": [
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"const": "cat"}, "lives": {"type": "integer"}},
                },
                {
                    "type": "object",
                    "required": ["kind"],
                    "properties": {"kind": {"const": "dog"}, "barks": {"type": "boolean"}},
                },
            ]
        },
    },
    "$defs": {
        "Address": {
            "type": "object",
            "required": ["city"],
            "properties": {"city": {"type": "string"}, "zip": {"type": ["string", "null"]}},
        },
        "Tree": {
            "type": "object",
            "properties": {
                "label": {"type": "string"},
                "up": {"$ref": "#/$defs/Tree"},
                "below": {"type": "array", "items": {"$ref": "#/$defs/Tree"}},
            },
        },
    },
}


def entry_of(
    name: str = "people",
    schema: Json = PEOPLE,
    type_name: str = "Person",
    one: str | None = "person",
    *,
    node: NodeType = "typed",
    since: datetime = LONG_AGO,
) -> TypedEntry:
    """Returns a typed collection, of which no name is taken."""
    mapped = typed_collection(name, schema, CollectionApi.of(name, type_name=type_name, one=one, node=node))
    assert not mapped.taken
    return TypedEntry(
        id=UUID(int=1), collection=mapped.collection, schema=schema, schema_number=1, version=1, typed_since=since
    )


class SetCollections:
    """The typed collections that a test sets, as a change of another process does."""

    def __init__(self, *entries: TypedEntry) -> None:
        self._state = TypedState(1, entries)

    def set(self, *entries: TypedEntry) -> None:
        self._state = TypedState(self._state.number + 1, entries)

    async def current(self) -> TypedState:
        return self._state

    async def number(self) -> int:
        return self._state.number


def typed_state(*entries: TypedEntry) -> TypedState:
    """Returns a state with these collections."""
    found: Sequence[TypedEntry] = entries
    return TypedState(1, found)
