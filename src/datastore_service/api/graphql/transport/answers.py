"""Responses: the results of GraphQL over HTTP, and its errors with the codes of REST."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

import orjson
from fastapi import Response
from graphql import GraphQLError
from pydantic.alias_generators import to_camel
from strawberry.types import ExecutionResult

from datastore_service.api.graphql.limits.refusal import DocumentRefused
from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.problems import Problem, error_body, problem_of
from datastore_service.library_internals.strawberry import (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
    PreExecutionError,
)

GRAPHQL_RESPONSE: Final = "application/graphql-response+json"


def result_response(
    result: ExecutionResult, accepted: str, correlation_id: str | None, extensions: Mapping[str, Any] | None = None
) -> Response:
    """Builds the response with the result of a document; unexpected errors are logged once each, with the id."""
    problems = [_problem(error, correlation_id) for error in result.errors or ()]
    refused = _is_refused(result)
    status = _status_of_refusal(accepted) if refused else 200
    headers: Mapping[str, str] = {}
    # If the store is unavailable, the service has failed as a whole: caches and clients should see a 503 and try again.
    if away := next((problem for problem in problems if problem.code == "store_unavailable"), None):
        status, headers = away.status, away.headers
    body = _body(result, problems) | ({"extensions": extensions} if extensions else {})
    return Response(_encoded(body), status, dict(headers), accepted)


def result_body(result: ExecutionResult, correlation_id: str | None) -> bytes:
    """Returns the result as text, for transports without a status and headers."""
    return _encoded(_body(result, [_problem(error, correlation_id) for error in result.errors or ()]))


def error_list(errors: Sequence[GraphQLError], correlation_id: str | None) -> bytes:
    """Returns only the errors, as a JSON array."""
    return error_body([_error(error, _problem(error, correlation_id)) for error in errors])


def refusal_list(problem: Problem) -> bytes:
    """Returns the problem that prevents an operation as the only error of a JSON array."""
    return error_body([{"message": problem.detail, "extensions": _extensions(problem)}])


def refused_document(problem: Problem, accepted: str) -> Response:
    """Builds the response to a request whose document is not executed, as for an invalid document."""
    return _response(problem, _status_of_refusal(accepted), accepted)


def refused_request(problem: Problem, accepted: str | None) -> Response:
    """Builds the response to a request that is not a GraphQL request."""
    return _response(problem, problem.status, accepted or JSON)


def _is_refused(result: ExecutionResult) -> bool:
    return isinstance(result, PreExecutionError) or (result.data is None and not _reached_a_field(result))


def _body(result: ExecutionResult, problems: Sequence[Problem]) -> dict[str, Any]:
    errors = [_error(error, problem) for error, problem in zip(result.errors or (), problems, strict=True)]
    return ({"errors": errors} if errors else {}) | ({} if _is_refused(result) else {"data": result.data})


def _response(problem: Problem, status: int, media_type: str) -> Response:
    body = {"errors": [{"message": problem.detail, "extensions": _extensions(problem)}]}
    return Response(error_body(body), status, dict(problem.headers), media_type)


def _status_of_refusal(accepted: str) -> int:
    return 400 if accepted == GRAPHQL_RESPONSE else 200


def _encoded(body: Mapping[str, Any]) -> bytes:
    errors = {"errors": orjson.Fragment(error_body(body["errors"]))} if "errors" in body else {}
    return orjson.dumps({**body, **errors})


def _reached_a_field(result: ExecutionResult) -> bool:
    return any(error.path for error in result.errors or ())


def _problem(error: GraphQLError, correlation_id: str | None) -> Problem:
    cause: Exception | None = error
    while isinstance(cause, GraphQLError) and not isinstance(cause, DocumentRefused):
        cause = cause.original_error
    match cause:
        case None:
            return Problem("validation_failed", error.message)
        case DocumentRefused():
            return Problem(cause.code, cause.message)
        case CannotGetOperationTypeError():
            return Problem("malformed_request", f"{cause.as_http_error_reason().rstrip('.')}.")
        case InvalidOperationTypeError():
            return Problem("method_not_allowed", f"{cause.as_http_error_reason('this way')}.")
        case _:
            return problem_of(cause, correlation_id)


def _error(error: GraphQLError, problem: Problem) -> dict[str, Any]:
    formatted: dict[str, Any] = {"message": problem.detail}
    if error.locations:
        formatted["locations"] = [{"line": place.line, "column": place.column} for place in error.locations]
    if error.path:
        formatted["path"] = error.path
    return formatted | {"extensions": _extensions(problem)}


def _extensions(problem: Problem) -> dict[str, Any]:
    """Returns the code and the members of REST. Values that REST puts into headers become members, for streams."""
    retry_after = problem.headers.get("Retry-After")
    later = {} if retry_after is None else {"retryAfter": int(retry_after)}
    return {"code": problem.code, **{to_camel(name): value for name, value in problem.members.items()}, **later}
