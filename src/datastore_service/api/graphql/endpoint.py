"""GraphQL over HTTP (the GraphQL Foundation's specification of that name)."""

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, Final, cast

import orjson
from fastapi import APIRouter, Request, Response
from graphql import GraphQLError
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic.alias_generators import to_camel
from strawberry import Schema
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.execution import PreExecutionError
from strawberry.types.graphql import OperationType

from datastore_service.api.dependencies import Send
from datastore_service.api.graphql.context import Context
from datastore_service.api.json_requests import JSON, JsonRequest, expect_media_type
from datastore_service.api.negotiation import preferred
from datastore_service.api.pages.routes import graphiql_page
from datastore_service.api.problems import Problem, RequestRefused, error_body, malformed_body, problem_of
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.application.mediator import Sender
from datastore_service.config.settings import LimitSettings

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"
HTML: Final = "text/html"

router = APIRouter(include_in_schema=False)


class GraphQLRequest(BaseModel):
    """The parameters of a request."""

    model_config = ConfigDict(strict=True, alias_generator=to_camel)

    query: Annotated[str, Field(min_length=1)]
    operation_name: str | None = None
    variables: dict[str, Any] | None = None
    extensions: dict[str, Any] | None = None


@router.get("/graphql")
async def graphql_get(request: Request, mediator: Send) -> Response:
    """Answers a query; a browser gets GraphiQL."""
    page = [HTML] if request.app.state.settings.graphql.graphiql else []
    accepted = preferred(request.headers.get("accept"), [JSON, GRAPHQL_RESPONSE, *page])
    if accepted == HTML:
        return graphiql_page()
    try:
        parameters = _from_query(request.query_params, request.app.state.settings.limits)
        return await _answer(request, mediator, parameters, [OperationType.QUERY], accepted)
    except RequestRefused as refusal:
        return _refused(refusal, accepted)


@router.post("/graphql")
async def graphql_post(request: Request, mediator: Send) -> Response:
    """Answers a query or carries out a mutation."""
    accepted = preferred(request.headers.get("accept"), [JSON, GRAPHQL_RESPONSE])
    try:
        expect_media_type(request, JSON)
        parameters = _from_body(await JsonRequest(request.scope, request.receive).json())
        allowed = [OperationType.QUERY, OperationType.MUTATION]
        return await _answer(request, mediator, parameters, allowed, accepted)
    except RequestRefused as refusal:
        return _refused(refusal, accepted)


async def _answer(
    request: Request,
    mediator: Sender,
    parameters: GraphQLRequest,
    allowed: Iterable[OperationType],
    accepted: str | None,
) -> Response:
    if accepted is None:
        raise RequestRefused(Problem("not_acceptable", f"GraphQL answers are {GRAPHQL_RESPONSE} or {JSON}."))
    try:
        schema: Schema = request.app.state.graphql_schema
        result = await schema.execute(
            parameters.query,
            variable_values=parameters.variables,
            operation_name=parameters.operation_name,
            context_value=Context(mediator, request.app.state.settings.limits),
            allowed_operation_types=allowed,
        )
    except InvalidOperationTypeError as error:
        detail = error.as_http_error_reason(cast("Any", request.method))
        raise RequestRefused(Problem("method_not_allowed", f"{detail}.", headers={"Allow": "POST"})) from error
    except CannotGetOperationTypeError as error:
        raise RequestRefused(Problem("malformed_request", f"{error.as_http_error_reason().rstrip('.')}.")) from error
    return _response(result, accepted)


def _response(result: ExecutionResult, accepted: str) -> Response:
    problems = [_problem(error) for error in result.errors or ()]
    body: dict[str, Any] = {}
    if problems:
        body["errors"] = [_error(error, problem) for error, problem in zip(result.errors or (), problems, strict=True)]
    refused = isinstance(result, PreExecutionError) or (result.data is None and not _reached_a_field(result))
    if not refused:
        body["data"] = result.data
    status = 400 if refused and accepted == GRAPHQL_RESPONSE else 200
    headers: Mapping[str, str] = {}
    # A store that is away is the service's failure, not a part of the answer: caches and clients are to try again.
    if away := next((problem for problem in problems if problem.code == "store_unavailable"), None):
        status, headers = away.status, away.headers
    return Response(_encoded(body), status, dict(headers), accepted)


def _encoded(body: Mapping[str, Any]) -> bytes:
    errors = {"errors": orjson.Fragment(error_body(body["errors"]))} if "errors" in body else {}
    return orjson.dumps({**body, **errors})


def _reached_a_field(result: ExecutionResult) -> bool:
    return any(error.path for error in result.errors or ())


def _problem(error: GraphQLError) -> Problem:
    cause = error.original_error
    while isinstance(cause, GraphQLError) and cause.original_error:
        cause = cause.original_error
    if cause is None or isinstance(cause, GraphQLError):
        return Problem("validation_failed", error.message)
    return problem_of(cause)


def _error(error: GraphQLError, problem: Problem) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": problem.detail}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted | {"extensions": _extensions(problem)}


def _extensions(problem: Problem) -> dict[str, Any]:
    return {"code": problem.code, **problem.members}


def _refused(refusal: RequestRefused, accepted: str | None) -> Response:
    problem = refusal.problem
    body = {"errors": [{"message": problem.detail, "extensions": _extensions(problem)}]}
    return Response(error_body(body), problem.status, dict(problem.headers), accepted or JSON)


def _from_query(query: Mapping[str, str], limits: LimitSettings) -> GraphQLRequest:
    parameters: dict[str, Any] = dict(query)
    try:
        for name in ("variables", "extensions"):
            if parameters.get(name):
                parameters[name] = decode(parameters[name].encode(), max_depth=limits.json_depth)
            else:
                parameters.pop(name, None)
    except (MalformedJson, UnicodeEncodeError) as error:
        raise RequestRefused(Problem("malformed_json", str(error))) from error
    return _from_body(parameters)


def _from_body(body: object) -> GraphQLRequest:
    try:
        return GraphQLRequest.model_validate(body)
    except ValidationError as error:
        raise RequestRefused(malformed_body(error.errors())) from error
