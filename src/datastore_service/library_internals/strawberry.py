"""What is not documented of Strawberry: graphql-core's objects behind its own, its types, and its WebSocket handler.

`api/graphql/compiler` makes of arguments what Strawberry makes of them; `api/graphql/documents` and
`api/graphql/resolvers/selected.py` need graphql-core's schema and selections; `api/graphql/transport` subclasses the
handler of graphql-transport-ws and tells apart what keeps a document from being executed.
"""

from collections.abc import Mapping, Sequence
from copy import copy
from typing import Any, cast

import strawberry
from graphql import GraphQLField, GraphQLResolveInfo, GraphQLSchema
from strawberry.http.async_base_view import AsyncWebSocketAdapter
from strawberry.http.exceptions import NonJsonMessageReceived, NonTextMessageReceived, WebSocketDisconnected
from strawberry.scalars import is_scalar
from strawberry.schema import BaseSchema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.schema.schema import StreamResult
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.schema.validation_rules.maybe_null import MaybeNullValidationRule
from strawberry.schema.validation_rules.one_of import OneOfInputValidationRule
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import BaseGraphQLTransportWSHandler, Operation
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)
from strawberry.types.arguments import StrawberryArgument, convert_argument
from strawberry.types.base import (
    StrawberryList,
    StrawberryMaybe,
    StrawberryObjectDefinition,
    StrawberryOptional,
    StrawberryType,
    has_object_definition,
)
from strawberry.types.enum import StrawberryEnumDefinition
from strawberry.types.execution import PreExecutionError
from strawberry.types.scalar import ScalarDefinition
from strawberry.types.unset import UnsetType

__all__ = [
    "AsyncWebSocketAdapter",
    "BaseGraphQLTransportWSHandler",
    "BaseSchema",
    "CannotGetOperationTypeError",
    "ConnectionInitMessage",
    "InvalidOperationTypeError",
    "MaybeNullValidationRule",
    "Message",
    "NonJsonMessageReceived",
    "NonTextMessageReceived",
    "OneOfInputValidationRule",
    "Operation",
    "PreExecutionError",
    "ScalarDefinition",
    "StrawberryArgument",
    "StrawberryEnumDefinition",
    "StrawberryList",
    "StrawberryMaybe",
    "StrawberryObjectDefinition",
    "StrawberryOptional",
    "StrawberryType",
    "StreamResult",
    "SubscribeMessage",
    "UnsetType",
    "WebSocketDisconnected",
    "arguments_of",
    "convert_argument",
    "core_info",
    "core_schema",
    "has_definition",
    "has_object_definition",
    "is_attribute",
    "is_scalar",
    "metadata_of",
    "scalars_of",
    "with_core_schema",
    "without_definition",
]


def core_schema(schema: object) -> GraphQLSchema:
    """Returns graphql-core's schema behind one of Strawberry, as Strawberry's own extensions get it."""
    return cast("Any", schema)._schema


def core_info(info: "strawberry.Info[Any, Any]") -> "GraphQLResolveInfo[Any]":
    """Returns graphql-core's view of the field that a resolver is called for.

    `info.selected_fields` is documented, and unfolds every spread of every fragment: 30 short fragments that spread
    each other twice take it minutes, and `@skip` keeps them out of the cost of the document.
    """
    return cast("Any", info)._raw_info


def arguments_of(field: GraphQLField) -> Sequence[StrawberryArgument]:
    """Returns how Strawberry knows the arguments of a field of `core_schema`."""
    return _definition(field).arguments


def metadata_of(field: GraphQLField) -> Mapping[object, Any]:
    """Returns the metadata that a field of `core_schema` was declared with."""
    return _definition(field).metadata


def is_attribute(field: GraphQLField) -> bool:
    """Tells whether a field of `core_schema` is an attribute, without a resolver."""
    return _definition(field).base_resolver is None


def has_definition(field: GraphQLField) -> bool:
    """Tells whether Strawberry knows a field."""
    return GraphQLCoreConverter.DEFINITION_BACKREF in field.extensions


def without_definition(field: GraphQLField) -> GraphQLField:
    """Returns a copy of a field that Strawberry executes and does not know."""
    kind: Any = cast("Any", field).type
    return GraphQLField(
        kind,
        args=field.args,
        resolve=field.resolve,
        description=field.description,
        deprecation_reason=field.deprecation_reason,
    )


def with_core_schema[S: strawberry.Schema](schema: S, core: GraphQLSchema, extensions: Sequence[Any]) -> S:
    """Returns a schema that executes the documents of another schema of graphql-core, with other extensions.

    What is in both is Strawberry's: a resolver finds its schema through graphql-core's.
    """
    changed = copy(schema)
    cast("Any", changed)._schema = core
    cast("Any", core)._strawberry_schema = changed
    changed.extensions = tuple(extensions)
    return changed


def _definition(field: GraphQLField) -> Any:  # noqa: ANN401 - Strawberry's own types are partly unknown
    return field.extensions[GraphQLCoreConverter.DEFINITION_BACKREF]


def scalars_of(schema: strawberry.Schema) -> Mapping[object, Any]:
    """Returns what `is_scalar` and `convert_argument` want to know of a schema."""
    return schema.schema_converter.scalar_registry
