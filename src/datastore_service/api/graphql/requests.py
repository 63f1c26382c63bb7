"""The parameters of a request (GraphQL over HTTP)."""

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from starlette.datastructures import QueryParams

from datastore_service.api.http.problems import Problem, RequestRefused, malformed_body
from datastore_service.api.http.query_strings import expect_once
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.config.settings import LimitSettings


class _Parameters(BaseModel):
    model_config = ConfigDict(strict=True, alias_generator=to_camel)


class PersistedQuery(_Parameters):
    """The hash of a document, as Apollo's clients send it."""

    version: Literal[1]
    sha256_hash: Annotated[str, Field(alias="sha256Hash", min_length=1)]


class RequestExtensions(_Parameters):
    """The extensions that the service supports; it ignores others."""

    persisted_query: PersistedQuery | None = None


class GraphQLRequest(_Parameters):
    """The parameters of a request."""

    query: str | None = None
    document_id: Annotated[str | None, Field(min_length=1)] = None
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: RequestExtensions | None = None


_NAMES: Final = frozenset(map(to_camel, GraphQLRequest.model_fields))


def from_query(query: QueryParams, limits: LimitSettings) -> GraphQLRequest:
    """Reads the parameters of a GET request.

    Raises:
        RequestRefused: They cannot be read.
    """
    expect_once(query, _NAMES, "malformed_request")
    parameters: dict[str, Any] = dict(query)
    try:
        for name in ("variables", "extensions"):
            if parameters.get(name):
                parameters[name] = decode(parameters[name].encode(), max_depth=limits.json_depth)
            else:
                parameters.pop(name, None)
    except (MalformedJson, UnicodeEncodeError) as error:
        raise RequestRefused(Problem("malformed_json", str(error))) from error
    # An empty string is equivalent to leaving it out.
    return from_body({name: value for name, value in parameters.items() if (name, value) != ("operationName", "")})


def from_body(body: object) -> GraphQLRequest:
    """Reads the parameters of a POST request.

    Raises:
        RequestRefused: They cannot be read, or the body contains several requests.
    """
    if isinstance(body, list):
        raise RequestRefused(
            Problem("malformed_request", "The body is an array; send one request at a time, as an object.")
        )
    try:
        return GraphQLRequest.model_validate(body)
    except ValidationError as error:
        raise RequestRefused(malformed_body(error.errors())) from error
