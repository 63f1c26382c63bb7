"""A filter means the same in GraphQL and over REST."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

import strawberry
from graphql import coerce_input_value  # pyright: ignore[reportUnknownVariableType] - its types leave out some
from hypothesis import given
from hypothesis import strategies as st
from strawberry.schema.config import StrawberryConfig

from datastore_service.api.graphql.compiler.inputs import converter
from datastore_service.api.graphql.resolvers.roots import MUTATIONS, NODES, QUERIES, merged
from datastore_service.api.graphql.types.filters import RecordFilter, condition_of
from datastore_service.api.graphql.types.scalars import SCALARS
from datastore_service.application.read.criteria.evaluation import holds
from datastore_service.application.read.criteria.reading import read_condition
from datastore_service.domain.json_value import Json
from datastore_service.library_internals.strawberry import core_schema
from tests.graphql_questions import payload_filters
from tests.question_strategies import payloads

SCHEMA: Final = strawberry.Schema(
    merged(QUERIES), merged(MUTATIONS), types=NODES, config=StrawberryConfig(scalar_map=SCALARS)
)
FILTER: Final = core_schema(SCHEMA).type_map["RecordFilter"]
ID: Final = UUID(int=1)
NOW: Final = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Record:
    payload: Json
    id: UUID = ID
    collection: str = "people"
    version: int = 1
    created_at: datetime = NOW
    updated_at: datetime = NOW
    deleted_at: datetime | None = None


def as_rest(wanted: dict[str, Any], whole: str = "payload") -> dict[str, Any]:
    """Says over REST what a filter of GraphQL says, without `[*]` where several conditions are about one item."""
    parts: list[Any] = []
    for name, value in wanted.items():
        match name:
            case "and" | "or":
                parts.append({name: [as_rest(part, whole) for part in value]})
            case "not":
                parts.append({"not": as_rest(value, whole)})
            case _:
                parts += [part for comparison in value for part in compared(comparison, whole)]
    return {"and": parts}


def compared(comparison: dict[str, Any], whole: str) -> list[Any]:
    path = comparison["path"]
    name = f"{whole}{path}" if not path or path.startswith("[") else f"{whole}.{path}"
    ((operator, operand),) = [part for part in comparison.items() if part[0] != "path"]
    match operator:
        case "any" | "none":
            return [{name: {operator: as_rest(operand, "item")}}]
        case "string" | "number" | "time":
            array, any_item, rest = name.rpartition("[*]")
            if not any_item:
                return of_type(name, operator, operand)
            return [{array: {"any": {"and": of_type(f"item{rest}", operator, operand)}}}]
        case _:
            return [{name: {operator: operand}}]


def of_type(name: str, kind: str, operators: dict[str, Any]) -> list[Any]:
    said = {"starts_with" if operator == "startsWith" else operator: operand for operator, operand in operators.items()}
    match kind:
        case "string":
            return [{name: said}, *([{name: {"gte": ""}}] if "ne" in said else [])]
        case "number":
            return [{name: said}, *([{"or": [{name: {"gte": 0}}, {name: {"lt": 0}}]}] if "ne" in said else [])]
        case _:
            return [{f"{name}::time": said}, *([{f"{name}::time": {"exists": True}}] if "ne" in said else [])]


@given(payload_filters(), st.lists(payloads(), min_size=1, max_size=5))
def test_means_the_same_over_rest(wanted: dict[str, Any], values: list[Json]) -> None:
    coerced: Any = cast("Any", coerce_input_value)(wanted, FILTER)
    given = condition_of(converter(RecordFilter, SCHEMA)(coerced))
    rest = read_condition(as_rest(wanted), "/filter")

    for value in values:
        assert holds(given, Record(value)) == holds(rest, Record(value))  # pyright: ignore[reportArgumentType] - a payload alone
