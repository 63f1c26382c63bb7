"""The fields of `Query` that can be read at once: which messages they send, exactly as their resolvers do."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from datastore_service.api.graphql.compiler.pages import page_of
from datastore_service.api.graphql.compiler.shapes import NotCompiled
from datastore_service.api.graphql.types.collections import Collection
from datastore_service.api.graphql.types.criteria import criteria_of
from datastore_service.api.graphql.types.relay import uuid_of
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.selections import Constant, Part, Selected
from datastore_service.application.views import COSTLY_MEMBERS, CostlyMember, JsonText
from datastore_service.config.settings import GraphQLSettings, LimitSettings
from datastore_service.domain.records.values import is_collection_name


@dataclass(frozen=True, slots=True)
class Root:
    """A field at the root of an operation.

    Attributes:
        key: What the answer calls it.
        shapes: How it is answered, by the type of what it finds; types of which something cannot be read are not here.
    """

    key: str
    shapes: Mapping[str, Selected]
    graphql: GraphQLSettings
    limits: LimitSettings
    cursors: CursorSigner

    def of(self, kind: str) -> Selected:
        """Returns the shape for a type.

        Raises:
            NotCompiled: Something of the type cannot be read.
        """
        if kind not in self.shapes:
            raise NotCompiled
        return self.shapes[kind]

    @property
    def nothing(self) -> Constant:
        """The answer where there is nothing to be found."""
        return Constant(self.key, JsonText("null"))


type Reading = Callable[[Root, Mapping[str, Any]], Constant | Part]
"""Says what is read for a field with these arguments; raises NotCompiled, or what its resolver raises."""


def _record(root: Root, arguments: Mapping[str, Any]) -> Part:
    return Part(root.of("Record"), [GetRecord(**arguments)])


def _collection(root: Root, arguments: Mapping[str, Any]) -> Constant | Part:
    name: str = arguments["name"]
    return Part(root.of("Collection"), [GetCollection(name=_storable(name))])


def _node(root: Root, arguments: Mapping[str, Any]) -> Constant | Part:
    node_id = arguments["id"]
    name = Collection.name_in(node_id)
    if name is not None:
        return _collection(root, {"name": name})
    record_id = uuid_of(node_id)
    return root.nothing if record_id is None else _record(root, {"id": record_id})


def _nodes(root: Root, arguments: Mapping[str, Any]) -> Part:
    ids = [uuid_of(node_id) for node_id in arguments["ids"]]
    known = [record_id for record_id in ids if record_id is not None]
    if len(known) < len(ids) or len(ids) > root.graphql.max_ids:
        raise NotCompiled
    return Part(root.of("Record"), [GetRecords(ids=known)])


def _records(root: Root, arguments: Mapping[str, Any]) -> Part:
    shape = root.of("RecordConnection")
    criteria = criteria_of(**{name: value for name, value in arguments.items() if name not in _PAGE})
    counted = [CountRecords(criteria=criteria)] if shape.has("total_count") else []
    page = page_of(arguments, root.limits, lambda text, name: root.cursors.read(text, criteria.scope, name))
    return Part(shape, [ListRecords(criteria=criteria, page=page, members=_costly(shape)), *counted])


def _costly(connection: Selected) -> frozenset[CostlyMember]:
    """Returns what is answered of the records in a connection, as the resolvers say it when they are to read them."""
    records = [*_parts(connection, "nodes")]
    for edges in _parts(connection, "edges"):
        records += _parts(edges, "node")
    return frozenset(member for member in COSTLY_MEMBERS if any(record.has(member) for record in records))


def _parts(shape: Selected, name: str) -> Iterator[Selected]:
    return (member for member in shape.members if isinstance(member, Selected) and member.name == name)


def _collections(root: Root, arguments: Mapping[str, Any]) -> Part:
    return Part(root.of("CollectionConnection"), [ListCollections(page=page_of(arguments, root.limits))])


def _storable(name: str) -> str:
    if not is_collection_name(name):
        raise NotCompiled
    return name


_PAGE: Final = frozenset({"first", "after", "last", "before"})
_QUESTION: Final = frozenset({"collection", "filter", "search", "orderBy", "tags", "includeDeleted", "asOf"})

READINGS: Final[Mapping[str, tuple[Reading, frozenset[str]]]] = {
    "node": (_node, frozenset({"id"})),
    "nodes": (_nodes, frozenset({"ids"})),
    "records": (_records, _PAGE | _QUESTION),
    "collections": (_collections, _PAGE),
    "record": (_record, frozenset({"id", "version", "asOf"})),
    "collection": (_collection, frozenset({"name"})),
}
"""Each field with its reading and the arguments that this knows."""
