"""Lists of records over REST: the criteria, from a query string or a body, and the pages."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Annotated, Any, Final, Protocol, override

from fastapi import Request
from pydantic import BaseModel, ConfigDict, Field, WithJsonSchema, model_validator
from pydantic.config import JsonDict

from datastore_service.api.http import descriptions
from datastore_service.api.http.dependencies import page_size
from datastore_service.api.http.times import Moment
from datastore_service.api.routes.bodies.criteria import FILTER, fields_of, filter_of, order_of
from datastore_service.api.routes.bodies.schemas import MAX_COUNT, WHOLE, PageQuery, Tag
from datastore_service.application.fields import Field as AnyField
from datastore_service.application.fields import read_field
from datastore_service.application.read.criteria.orders import read_order_key
from datastore_service.application.read.criteria.projection import MAX_FIELDS
from datastore_service.application.read.criteria.reading import read_condition
from datastore_service.application.read.criteria.record_criteria import MAX_SEARCH_LENGTH, RecordCriteria
from datastore_service.application.read.cursors import CursorSigner
from datastore_service.application.read.pagination import Cursor as Place
from datastore_service.application.read.pagination import Page, PageRequest
from datastore_service.domain.records.values import COLLECTION_PATTERN, MAX_TAGS

Cursor = Annotated[
    str | None, Field(description=descriptions.CURSOR, json_schema_extra={"pattern": "^[A-Za-z0-9_-]{43,}$"})
]
OnlyCollection = Annotated[str | None, Field(description=descriptions.ONLY_COLLECTION, pattern=COLLECTION_PATTERN)]
Search = Annotated[
    str | None,
    Field(
        description=descriptions.SEARCH,
        max_length=MAX_SEARCH_LENGTH,
        pattern="^[^\\u0000]*$",
    ),
]
FIELD_PATTERN: Final = r"^(id|collection|version|created_at|updated_at|deleted_at|payload(\.[A-Za-z_]+)*)"
Fields = Annotated[
    str | None,
    Field(description=descriptions.FIELDS, min_length=1, json_schema_extra={"pattern": f"{FIELD_PATTERN}$"}),
]
_SORT: Final = FIELD_PATTERN.replace("^", "^-?")

AnyFilter = Annotated[Any, WithJsonSchema({"title": "Filter"})]
"""The OpenAPI document refers to FILTER_SCHEMA here."""


class ListQuery(PageQuery):
    """The parameters of a list of records."""

    cursor: Cursor = None
    collection: OnlyCollection = None
    q: Search = None
    tag: Annotated[list[Tag], Field(description=descriptions.TAG, max_length=MAX_TAGS, default_factory=list)]
    sort: Annotated[str | None, Field(description=descriptions.SORT, json_schema_extra={"pattern": f"{_SORT}$"})] = None
    fields: Fields = None
    include_deleted: Annotated[bool, Field(description=descriptions.INCLUDE_DELETED)] = False
    as_of: Annotated[Moment | None, Field(description=descriptions.AS_OF)] = None

    @property
    def picked(self) -> tuple[AnyField, ...]:
        """The fields to read; an empty tuple means all.

        Raises:
            RequestRefused: A field is invalid.
        """
        return () if self.fields is None else fields_of(self.fields)

    @model_validator(mode="before")
    @classmethod
    def _without_filters(cls, parameters: Mapping[str, object]) -> Mapping[str, object]:
        """Leaves out the filters, whose names contain a field; `criteria.py` reads those."""
        return {name: value for name, value in parameters.items() if not name.startswith(FILTER)}

    def criteria(self, request: Request) -> RecordCriteria:
        """Returns the criteria of the query.

        Raises:
            RequestRefused: A filter or the order is invalid.
        """
        return RecordCriteria(
            collection=self.collection,
            where=filter_of(request.query_params.multi_items()),
            search=self.q,
            tags=tuple(self.tag),
            order=order_of(self.sort),
            include_deleted=self.include_deleted,
            as_of=self.as_of,
        )


class RecordCriteriaBody(BaseModel):
    """The criteria that select records."""

    collection: OnlyCollection = None
    filter: Annotated[AnyFilter, Field(description=descriptions.FILTER_TREE)] = None
    q: Search = None
    tags: Annotated[list[Tag], Field(description=descriptions.TAG, max_length=MAX_TAGS)] = []
    include_deleted: Annotated[bool, Field(description=descriptions.INCLUDE_DELETED, strict=True)] = False
    as_of: Annotated[Moment | None, Field(description=descriptions.AS_OF)] = None

    def criteria(self) -> RecordCriteria:
        """Returns the criteria of the query.

        Raises:
            InvalidValue: The filter is invalid.
        """
        return RecordCriteria(
            collection=self.collection,
            where=None if self.filter is None else read_condition(self.filter, "/filter"),
            search=self.q,
            tags=tuple(self.tags),
            include_deleted=self.include_deleted,
            as_of=self.as_of,
        )


class RecordSearch(RecordCriteriaBody):
    """The records to read, and their order."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "collection": "people",
                    "filter": {"payload.age": {"gte": 30}, "not": {"payload.city": "London"}},
                    "sort": ["-payload.age", "created_at"],
                    "limit": 10,
                }
            ]
        },
    )

    sort: Annotated[
        list[Annotated[str, Field(json_schema_extra={"pattern": f"{_SORT}$"})]],
        Field(description=descriptions.SORT_KEYS),
    ] = []
    fields: Annotated[
        list[Annotated[str, Field(json_schema_extra={"pattern": f"{FIELD_PATTERN}$"})]] | None,
        Field(description=descriptions.FIELDS, min_length=1, max_length=MAX_FIELDS),
    ] = None
    limit: Annotated[
        int | None, Field(description="The largest number of items.", ge=1, le=MAX_COUNT, strict=True), WHOLE
    ] = None
    cursor: Cursor = None

    @property
    def picked(self) -> tuple[AnyField, ...]:
        """The fields to read; an empty tuple means all.

        Raises:
            InvalidValue: A field is invalid.
        """
        return tuple(read_field(field, f"/fields/{index}") for index, field in enumerate(self.fields or ()))

    @override
    def criteria(self) -> RecordCriteria:
        order = tuple(read_order_key(key, f"/sort/{index}") for index, key in enumerate(self.sort))
        return replace(super().criteria(), order=order)


class PageParameters(Protocol):
    """Which page of a list to read."""

    @property
    def limit(self) -> int | None:
        """The number of items; None means the default."""
        ...

    @property
    def cursor(self) -> str | None:
        """The `next_cursor` of the previous page; None for the first page."""
        ...


def page_of(asked: PageParameters, criteria: RecordCriteria, request: Request) -> PageRequest:
    """Returns the page to read.

    Raises:
        RequestRefused: It has too many items.
        InvalidCursor: The cursor does not belong to a list in this order.
    """
    cursors: CursorSigner = request.app.state.cursors
    after = None if asked.cursor is None else cursors.read(asked.cursor, criteria.scope, "cursor")
    return PageRequest(limit=page_size(asked.limit, request.app.state.settings.limits, "limit"), after=after)


def next_cursor(page: Page[Any], criteria: RecordCriteria, request: Request) -> str | None:
    """Returns the cursor of the next page, or None."""
    return signed(page.cursors[-1], criteria, request) if page.has_next else None


def signed(place: Place, criteria: RecordCriteria, request: Request) -> str:
    """Returns the cursor of a place in such a list."""
    cursors: CursorSigner = request.app.state.cursors
    return cursors.sign(place, criteria.scope)


FILTER_PARAMETER: Final[JsonDict] = {
    "name": "filter",
    "in": "query",
    "required": False,
    "style": "deepObject",
    "explode": True,
    "description": descriptions.FILTER,
    "schema": {
        "type": "object",
        "title": "FilterParameter",
        "patternProperties": {r"^payload(\.[A-Za-z_]+)*(\[\*\](\.[A-Za-z_]+)*)?$": {"type": "string"}},
        "additionalProperties": False,
    },
    "example": {"payload.address.city": "London"},
}
