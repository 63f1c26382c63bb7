"""The fields of `Query` of a typed collection: they send the messages that `record` and `records` send."""

from datetime import datetime
from typing import Any, Final, cast
from uuid import UUID

from graphql import (
    GraphQLArgument,
    GraphQLField,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLResolveInfo,
)

from datastore_service.api.graphql.context import Context
from datastore_service.api.graphql.resolvers.queries import ORDER_BY
from datastore_service.api.graphql.typed.conditions import ReadUntyped, TypedCriteria
from datastore_service.api.graphql.typed.inputs import InputTypes
from datastore_service.api.graphql.typed.outputs import OutputTypes
from datastore_service.api.graphql.typed.shared import SharedTypes
from datastore_service.api.graphql.types.pages import PageArguments
from datastore_service.api.graphql.types.records import Record, RecordConnection
from datastore_service.api.http import descriptions
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.ports.typed_collections import TypedEntry
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.times import timestamp
from datastore_service.application.views import COSTLY_MEMBERS
from datastore_service.domain.errors import RecordDeleted, RecordNotFound, RevisionNotFound

_PAGE: Final = ("first", "after", "last", "before")

type _Info = GraphQLResolveInfo[Context]


class RootFields:
    """Makes the fields of one collection after the other.

    Attributes:
        made: The fields by their names.
    """

    def __init__(self, shared: SharedTypes, outputs: OutputTypes, untyped: ReadUntyped) -> None:
        self._shared = shared
        self._outputs = outputs
        self._untyped = untyped
        self._inputs: dict[str, Any] = {}
        self.made: dict[str, GraphQLField] = {}

    def add(self, entry: TypedEntry) -> None:
        """Makes those of a collection, whose types of output are there."""
        api = entry.collection.api
        inputs = InputTypes(entry.collection, self._shared, self._outputs.made, self._inputs)
        self.made[api.one] = self._one(entry)
        self.made[api.many] = self._many(entry, inputs)

    def _one(self, entry: TypedEntry) -> GraphQLField:
        async def read(
            _: object, info: _Info, id: UUID, version: int | None = None, **asked: datetime | None
        ) -> Record | None:
            info.context.typed.are_read = True
            as_of = _within_types(entry, asked.get("asOf"))
            query = GetRecord(id=id, version=version, as_of=as_of, collection=entry.name)
            try:
                return Record.of(await info.context.mediator.send(query))
            except (RecordNotFound, RecordDeleted, RevisionNotFound):
                return None

        return GraphQLField(
            cast("GraphQLObjectType", self._outputs.made[entry.collection.root.name]),
            args=self._shared.arguments("record", ("id", "version", "asOf")),
            resolve=read,
            description=f"Read one record of the collection {entry.name}. Null if there is none, or only a tombstone.",
        )

    def _many(self, entry: TypedEntry, inputs: InputTypes) -> GraphQLField:
        criteria_of = TypedCriteria(entry.collection, self._untyped)

        async def read(_: object, info: _Info, **asked: Any) -> RecordConnection:  # noqa: ANN401 - the arguments
            context = info.context
            context.typed.are_read = True
            criteria = RecordCriteria(
                collection=entry.name,
                where=criteria_of.condition(asked["filter"]) if asked.get("filter") else None,
                search=asked.get("search"),
                tags=tuple(asked.get("tags") or ()),
                order=criteria_of.order(asked.get("orderBy") or ()),
                as_of=_within_types(entry, asked.get("asOf")),
            )
            of_page = PageArguments(*(asked.get(name) for name in _PAGE))
            page = of_page.request(context.limits, lambda text, name: context.cursors.read(text, criteria.scope, name))
            found = await context.mediator.send(ListRecords(criteria=criteria, page=page, members=COSTLY_MEMBERS))
            return RecordConnection.of(of_page.cut(found), criteria, context.cursors)

        order: Any = GraphQLNonNull(inputs.order())
        return GraphQLField(
            GraphQLNonNull(cast("GraphQLObjectType", self._outputs.made[f"{entry.collection.root.name}Connection"])),
            args={
                "filter": GraphQLArgument(inputs.filter(), description=descriptions.FILTER_TREE),
                "orderBy": GraphQLArgument(GraphQLList(order), description=ORDER_BY),
                **self._shared.arguments("records", ("search", "tags", *_PAGE, "asOf")),
            },
            resolve=read,
            description=f"Read a page of the collection {entry.name}, in the given order and then by id.",
        )


def _within_types(entry: TypedEntry, as_of: datetime | None) -> datetime | None:
    """Returns the time, if the collection had types then.

    Raises:
        RequestRefused: It had none, or others.
    """
    if as_of is None or as_of >= entry.typed_since:
        return as_of
    since = timestamp(entry.typed_since)
    detail = f"The records of {entry.name} have had their types since {since}; `records` reads them as of before."
    raise RequestRefused(Problem("type_not_then", detail, {"since": since}))
