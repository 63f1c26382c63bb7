"""Aggregates over REST: the body of the request and of the response."""

from typing import Annotated, Any, Final

import orjson
from fastapi import Response
from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.http import descriptions
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.routes.bodies.record_lists import FIELD_PATTERN, RecordCriteriaBody
from datastore_service.api.routes.bodies.schemas import MAX_COUNT, WHOLE
from datastore_service.application.fields import Field as AnyField
from datastore_service.application.fields import read_field
from datastore_service.application.read.criteria.aggregates import (
    MAX_FIELDS,
    AggregateCriteria,
    Aggregates,
    Function,
    Measure,
    group_order,
)
from datastore_service.application.read.criteria.group_keys import UTC, Unit, read_group_key
from datastore_service.domain.json_value import escape_pointer

FieldName = Annotated[str, Field(json_schema_extra={"pattern": f"{FIELD_PATTERN}$"})]
_UNITS: Final = "|".join(Unit)
_KEY_PATTERN: Final = rf"^(id|collection|version|((created|updated|deleted)_at|payload(\.[A-Za-z_]+)*)(::({_UNITS}))?)$"
GroupName = Annotated[str, Field(json_schema_extra={"pattern": _KEY_PATTERN})]


class MeasureBody(BaseModel):
    """A value to compute for each group."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "anyOf": [
                {"properties": {"function": {"const": "count"}}},
                {"required": ["field"], "properties": {"field": {"type": "string"}}},
            ]
        },
    )

    function: Annotated[Function, Field(description=descriptions.FUNCTION)]
    field: Annotated[FieldName | None, Field(description="The field with the values; `count` needs none.")] = None


def _the_count() -> dict[str, MeasureBody]:
    return {"count": MeasureBody(function=Function.COUNT)}


class RecordAggregate(RecordCriteriaBody):
    """The values to compute, and the records to compute them from."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [
                {
                    "collection": "people",
                    "group_by": ["payload.address.city"],
                    "measures": {
                        "people": {"function": "count"},
                        "oldest": {"function": "max", "field": "payload.age"},
                    },
                },
                {
                    "collection": "sales",
                    "group_by": ["payload.sold::month"],
                    "time_zone": "Europe/Berlin",
                    "measures": {"revenue": {"function": "sum", "field": "payload.price"}},
                    "sort": ["-revenue"],
                    "limit": 10,
                },
            ]
        },
    )

    group_by: Annotated[
        list[GroupName], Field(description=descriptions.GROUP_BY, max_length=MAX_FIELDS, default_factory=list)
    ]
    measures: Annotated[
        dict[str, MeasureBody],
        Field(description=descriptions.MEASURES, min_length=1, max_length=MAX_FIELDS, default_factory=_the_count),
    ]
    time_zone: Annotated[str, Field(description=descriptions.TIME_ZONE, examples=["Europe/Berlin"])] = UTC
    sort: Annotated[list[str], Field(description=descriptions.GROUP_SORT, default_factory=list)]
    limit: Annotated[
        int, Field(description="The largest number of groups.", ge=1, le=MAX_COUNT, strict=True), WHOLE
    ] = 100

    def asked(self) -> AggregateCriteria:
        """Returns the criteria of the query.

        Raises:
            InvalidValue: The filter, a field or the order is invalid.
        """
        group_by = tuple(read_group_key(name, f"/group_by/{index}") for index, name in enumerate(self.group_by))
        return AggregateCriteria(
            records=self.criteria(),
            group_by=group_by,
            time_zone=self.time_zone,
            measures={
                name: Measure(measure.function, _field(measure.field, f"/measures/{escape_pointer(name)}/field"))
                for name, measure in self.measures.items()
            },
            order=tuple(
                group_order(
                    name.removeprefix("-"), group_by, self.measures, f"/sort/{index}", descending=name.startswith("-")
                )
                for index, name in enumerate(self.sort)
            ),
            limit=self.limit,
        )


def _field(name: str | None, pointer: str) -> AnyField | None:
    return None if name is None else read_field(name, pointer)


class GroupBody(BaseModel):
    """Records with the same values."""

    key: Annotated[dict[str, Any], Field(description="The values of what is grouped by; missing ones are left out.")]
    measures: Annotated[dict[str, Any], Field(description="The computed values, by their names.")]


class AggregateBody(BaseModel):
    """The groups, in their order."""

    groups: list[GroupBody]
    truncated: Annotated[bool, Field(description="Whether there are more groups than these.")]


def aggregate_response(found: Aggregates) -> Response:
    """Builds the response: the groups, and all digits of each number."""
    groups = [
        {
            "key": {name: orjson.Fragment(value) for name, value in group.key.items()},
            "measures": {name: orjson.Fragment(value) for name, value in group.measures.items()},
        }
        for group in found.groups
    ]
    return Response(orjson.dumps({"groups": groups, "truncated": found.truncated}), media_type=JSON)
