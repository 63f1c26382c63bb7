"""Errors as clients see them: the only place that maps the code of an error to HTTP (RFC 9457)."""

import json
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from math import ceil
from typing import Any, Final, cast
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

from datastore_service.api.http.catalogue import CATALOGUE, Meaning, meaning_of
from datastore_service.api.http.prefixes import prefix
from datastore_service.application.errors import (
    CursorExpired,
    Forbidden,
    InvalidCursor,
    OperationRefused,
    QueryTimeout,
    SchemaChangeRefused,
    StoreUnavailable,
)
from datastore_service.application.request_context import IdempotencyKey
from datastore_service.domain.errors import (
    DomainError,
    HistoryExpired,
    InvalidValue,
    MalformedPatch,
    PatchConflict,
    PreconditionFailed,
    SchemaViolated,
)
from datastore_service.domain.json_value import escape_pointer
from datastore_service.domain.typed.errors import Flaw, KeywordInvalid, NameInvalid, NameTaken, SchemaTooLarge

MEDIA_TYPE: Final = "application/problem+json"

_log = logging.getLogger(__name__)

MOST_ERRORS: Final = 10
"""How many errors of one request are reported."""

_FORBIDDEN: Final[Meaning] = CATALOGUE["forbidden"]
_REFUSED: Final[Meaning] = (HTTPStatus.BAD_REQUEST, "The request is refused")
"""The meaning of a refusal whose code is not registered: an error of the client's request."""
_CODES_OF_STATUSES: Final[Mapping[int, str]] = {
    HTTPStatus.NOT_FOUND: "not_found",
    HTTPStatus.METHOD_NOT_ALLOWED: "method_not_allowed",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "content_too_large",
}
"""The codes of the framework's own errors; any other is a `malformed_request`."""


@dataclass(frozen=True, slots=True)
class Problem:
    """A problem, for both facades.

    Attributes:
        code: A code of `CATALOGUE`, a registered one, or another one with its meaning in `otherwise`.
        detail: One sentence about this occurrence.
        members: Extension members, such as `errors` with a JSON Pointer to each bad member.
        headers: Further headers of the HTTP response.
        otherwise: The meaning of a code that is not registered.
    """

    code: str
    detail: str
    members: Mapping[str, Any] = field(default_factory=dict[str, Any])
    headers: Mapping[str, str] = field(default_factory=dict[str, str])
    otherwise: Meaning = _REFUSED

    @property
    def status(self) -> int:
        return self._meaning[0].value

    @property
    def _meaning(self) -> Meaning:
        return meaning_of(self.code) or self.otherwise

    def to_dict(self) -> dict[str, Any]:
        """Returns the members of the problem document (RFC 9457, section 3)."""
        return {
            "type": f"{prefix()}/problems/{self.code}",
            "title": self._meaning[1],
            "status": self.status,
            "detail": self.detail,
            "code": self.code,
            **self.members,
        }

    def to_response(self) -> Response:
        return Response(error_body(self.to_dict()), self.status, self.headers, MEDIA_TYPE)


def error_body(document: object) -> bytes:
    """Encodes an error; surrogates, which a quotation of the request may contain, become question marks."""
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


class RequestRefused(HTTPException):
    """The request is refused before it becomes a message."""

    def __init__(self, problem: Problem) -> None:
        super().__init__(problem.status, problem.detail)
        self.problem = problem


def too_large(limit: int) -> Problem:
    """Returns the problem of a body that is too large."""
    return Problem("content_too_large", f"The body is larger than {limit} bytes.")


def problem_of(  # noqa: C901, PLR0911, PLR0912 - one return for each kind of error reads best
    error: Exception, correlation_id: str | None = None
) -> Problem:
    """Translates an error for clients; an unexpected one is logged and masked, under the same id."""
    match error:
        case RequestRefused():
            return error.problem
        case InvalidValue() | MalformedPatch() | PatchConflict():
            return Problem(error.code, error.detail, {"errors": [_at(error.pointer, error.detail)]})
        case SchemaViolated():
            return Problem(error.code, error.detail, {"errors": [_at(*violation) for violation in error.violations]})
        case KeywordInvalid() | NameInvalid() | NameTaken() | SchemaTooLarge():
            return Problem(error.code, error.detail, {"errors": [_of_flaw(flaw) for flaw in error.flaws[:MOST_ERRORS]]})
        case SchemaChangeRefused():
            return Problem(error.code, error.detail, {"report": json.loads(error.report)})
        case InvalidCursor() | CursorExpired():
            return Problem(
                error.code, error.detail, {"errors": [{"parameter": error.parameter, "detail": error.detail}]}
            )
        case PreconditionFailed():
            etag = {} if error.current_version is None else {"ETag": f'"{error.current_version}"'}
            return Problem(error.code, error.detail, {"current_version": error.current_version}, etag)
        case HistoryExpired():
            return Problem(error.code, error.detail, {"horizon": error.horizon})
        case OperationRefused():
            return _of_operation(error)
        case QueryTimeout():
            # Without Retry-After, because the same request would take as long again.
            return Problem(error.code, error.detail)
        case StoreUnavailable():
            return Problem(error.code, error.detail, headers={"Retry-After": str(error.retry_after)})
        case DomainError():
            return _of_refusal(error)
        case RequestValidationError():
            return _of_validation(error.errors(), error.body)
        case ClientDisconnect():
            # The client is gone; logs and metrics must not count this as a failure of the service.
            return Problem("malformed_request", "The client disconnected in the middle of the body.")
        case HTTPException():
            code = _CODES_OF_STATUSES.get(error.status_code, "malformed_request")
            return Problem(code, f"{error.detail.rstrip('.')}.", headers=error.headers or {})
        case _:
            known_as = {"correlation_id": correlation_id} if correlation_id else {}
            _log.error("A request failed.", exc_info=error, extra=known_as)
            return Problem("internal_error", "The service failed; the reason is in its log.", known_as)


def note_broken_off(error: Exception, correlation_id: str | None = None) -> None:
    """Logs why a response was cut off after it had begun: in one line, or with a traceback if it was unexpected."""
    known_as = {"correlation_id": correlation_id} if correlation_id else {}
    # Starlette raises another error if the response has begun.
    cause = error.__cause__ if isinstance(error, RuntimeError) and error.__cause__ else error
    match cause:
        case ClientDisconnect():
            _log.info("A client left in the middle of a response.", extra=known_as)
        case DomainError() | StoreUnavailable() | HTTPException() | OSError():
            _log.warning("A response was cut off: %s", cause, extra=known_as)
        case _:
            _log.error("A response was cut off.", exc_info=error, extra=known_as)


def install(app: FastAPI) -> None:
    """Makes the application answer known errors with problem documents; `Admission` answers all others."""

    async def answer(request: Request, error: Exception) -> Response:
        return replay_marked(request, problem_of(error).to_response())

    for kind in (DomainError, StoreUnavailable, RequestValidationError, HTTPException):
        app.add_exception_handler(kind, answer)


def replay_marked(request: Request, response: Response) -> Response:
    """Marks a response that was stored for an earlier request."""
    idempotency_key: IdempotencyKey | None = request.scope.get("state", {}).get("idempotency_key")
    if idempotency_key and idempotency_key.replayed:
        response.headers["Idempotency-Replayed"] = "true"
    return response


def _of_operation(error: OperationRefused) -> Problem:
    """Returns the problem of one operation of a batch, with the operation's place."""
    problem = problem_of(error.cause)
    place = f"#/operations/{error.index}"
    is_invalid = isinstance(error.cause, InvalidValue) and error.in_patch
    if is_invalid or isinstance(error.cause, MalformedPatch | PatchConflict):
        place += "/patch"
    errors = [
        {**part, "pointer": place + part["pointer"].removeprefix("#")} if "pointer" in part else part
        for part in problem.members.get("errors", [{"pointer": "", "detail": problem.detail}])
    ]
    members = {**problem.members, "operation": error.index, "errors": errors}
    # An ETag would belong to one record of several.
    headers = {name: value for name, value in problem.headers.items() if name == "Retry-After"}
    return Problem(problem.code, error.detail, members, headers, problem.otherwise)


def _of_refusal(error: DomainError) -> Problem:
    """Returns the problem of a refusal; one that passes with time has seconds in `retry_after`."""
    retry_after: object = getattr(error, "retry_after", None)
    # Whole seconds (RFC 9110, section 10.2.3).
    headers = {"Retry-After": str(ceil(retry_after))} if isinstance(retry_after, int | float) else {}
    otherwise = _FORBIDDEN if isinstance(error, Forbidden) else _REFUSED
    return Problem(error.code, error.detail, headers=headers, otherwise=otherwise)


def _of_flaw(flaw: Flaw) -> dict[str, str]:
    return _at(flaw.pointer, flaw.detail) | ({} if flaw.owner is None else {"owner": flaw.owner})


def _at(pointer: str, detail: str) -> dict[str, str]:
    return {"pointer": f"#{quote(pointer, safe="/~!$&'()*+,;=:@?")}", "detail": detail}


def malformed_body(errors: Sequence[Any]) -> Problem:
    """Returns the problem of a body that is not a request."""
    found = [_of_one(("body", *error["loc"]), error["type"], error["msg"]) for error in errors[:MOST_ERRORS]]
    return Problem("malformed_request", " ".join(error["detail"] for error in found), {"errors": found})


def _of_validation(errors: Sequence[Any], body: object) -> Problem:
    found = [_of_one(_in_body(error["loc"], body), error["type"], error["msg"]) for error in errors[:MOST_ERRORS]]
    return Problem("validation_failed", " ".join(error["detail"] for error in found), {"errors": found})


def _in_body(location: Sequence[str | int], body: object) -> Sequence[str | int]:
    """Returns the location without the names of union variants, which validation puts between the steps."""
    place, *steps = location
    if place != "body":
        return location
    taken: list[str | int] = []
    for step in steps[:-1]:
        if isinstance(body, dict) and (step not in body or _is_variant(step, cast("Any", body), taken)):
            continue
        body = cast("Any", body)[step] if isinstance(body, dict | list) else None
        taken.append(step)
    return (place, *taken, *steps[-1:])


def _is_variant(step: object, body: Mapping[str, Any], taken: Sequence[str | int]) -> bool:
    """Tells whether a step is the name of a batch operation, which comes right after its index."""
    return step == body.get("op") and isinstance(taken[-1] if taken else None, int)


def _of_one(location: Sequence[str | int], kind: str, message: str) -> dict[str, str]:
    place, *steps = location
    if place == "body":
        pointer = "".join(f"/{escape_pointer(step)}" for step in steps)
        return _at(pointer, f"{pointer or 'The body'}: {_sentence(kind, message)}")
    name = str(steps[0]) if steps else str(place)
    return {"in": str(place), "parameter": name, "detail": f"{name}: {_sentence(kind, message)}"}


def _sentence(kind: str, message: str) -> str:
    if kind == "extra_forbidden":
        return "there is no such member or parameter."
    if kind == "missing":
        return "is required."
    message = message.removeprefix("Value error, ")
    # An abbreviation keeps its capitals.
    start = message[:2] if message[1:2].isupper() else message[:2].lower()
    return f"{start}{message[2:].rstrip('.')}."
