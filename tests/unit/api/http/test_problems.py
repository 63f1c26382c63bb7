"""Errors as clients see them."""

import json
import logging
import pkgutil
from collections.abc import Iterator
from http import HTTPStatus
from importlib import import_module
from uuid import UUID

import pytest
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

import datastore_service
from datastore_service.api.http.catalogue import CATALOGUE
from datastore_service.api.http.problems import MEDIA_TYPE, Problem, RequestRefused, malformed_body, problem_of
from datastore_service.application.errors import Forbidden, InvalidCursor, OperationRefused, StoreUnavailable
from datastore_service.domain.errors import (
    CollectionMismatch,
    DomainError,
    InvalidValue,
    PreconditionFailed,
    RecordDeleted,
    RecordExists,
    RecordNotFound,
)
from datastore_service.domain.typed.errors import Flaw, NameTaken

RECORD = UUID(int=1)
SECRET = "hunter2"  # noqa: S105 - it stands for what only the log may hold


def error_of(
    place: str, *steps: str | int, kind: str = "missing", message: str = "Field required"
) -> dict[str, object]:
    return {"type": kind, "loc": (place, *steps), "msg": message, "input": None}


def every_domain_error() -> list[type[DomainError]]:
    for layer in ("domain", "application", "infrastructure", "api"):
        package = import_module(f"{datastore_service.__name__}.{layer}")
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            import_module(module.name)
    # One that wraps another has the code of what it wraps.
    return [
        kind
        for kind in subclasses_of(DomainError)
        if kind.__module__.startswith(datastore_service.__name__) and kind is not OperationRefused
    ]


def subclasses_of(kind: type[DomainError]) -> Iterator[type[DomainError]]:
    for subclass in kind.__subclasses__():
        yield subclass
        yield from subclasses_of(subclass)


def test_every_domain_error_has_a_code_of_its_own_in_the_catalogue() -> None:
    kinds = every_domain_error()

    codes = {kind: vars(kind).get("code") for kind in kinds}
    assert len(kinds) >= 8
    assert {kind for kind, code in codes.items() if code not in CATALOGUE} == set()
    assert len(set(codes.values())) == len(kinds)


@pytest.mark.parametrize("code", CATALOGUE)
def test_every_code_is_a_whole_problem(code: str) -> None:
    problem = Problem(code, "Something is amiss.").to_dict()

    assert problem == {
        "type": f"/problems/{code}",
        "title": CATALOGUE[code][1],
        "status": CATALOGUE[code][0],
        "detail": "Something is amiss.",
        "code": code,
    }
    assert 400 <= problem["status"] <= 599
    assert type(problem["status"]) is int


@pytest.mark.parametrize(
    ("error", "code", "status"),
    [
        (InvalidValue("/payload", "a"), "validation_failed", 422),
        (RecordNotFound(RECORD), "record_not_found", 404),
        (RecordDeleted(RECORD), "record_deleted", 410),
        (RecordExists(RECORD), "record_exists", 409),
        (CollectionMismatch(RECORD, "people", "places"), "collection_mismatch", 409),
        (PreconditionFailed("Record", RECORD, 3), "precondition_failed", 412),
        (InvalidCursor("after"), "invalid_cursor", 400),
        (StoreUnavailable("The store is away."), "store_unavailable", 503),
        (RequestRefused(Problem("not_acceptable", "a")), "not_acceptable", 406),
        (RequestValidationError([error_of("body", "payload")]), "validation_failed", 422),
        (HTTPException(404), "not_found", 404),
        (HTTPException(405), "method_not_allowed", 405),
        (HTTPException(413), "content_too_large", 413),
        (HTTPException(400, "Bad."), "malformed_request", 400),
        (RuntimeError(SECRET), "internal_error", 500),
    ],
    ids=lambda part: type(part).__name__ if isinstance(part, Exception) else str(part),
)
def test_every_kind_of_error_has_its_code_and_status(error: Exception, code: str, status: int) -> None:
    problem = problem_of(error)

    assert (problem.code, problem.status) == (code, status)
    assert problem.detail


@pytest.mark.parametrize(
    "error",
    [RecordNotFound(RECORD), RecordDeleted(RECORD), RecordExists(RECORD), CollectionMismatch(RECORD, "a", "b")],
    ids=lambda error: type(error).__name__,
)
def test_passes_on_what_a_refusal_says(error: DomainError) -> None:
    assert problem_of(error) == Problem(error.code, error.detail)
    assert str(RECORD) in error.detail


def test_points_to_the_bad_member() -> None:
    problem = problem_of(InvalidValue("/payload/a~1b/0", "/payload/a~1b/0 is bad."))

    assert problem.members == {"errors": [{"pointer": "#/payload/a~1b/0", "detail": "/payload/a~1b/0 is bad."}]}


@pytest.mark.parametrize(
    ("pointer", "fragment"),
    [
        ("", "#"),
        ("/foo/0", "#/foo/0"),
        ("/", "#/"),
        ("/a~1b", "#/a~1b"),
        ("/c%d", "#/c%25d"),
        ("/e^f", "#/e%5Ef"),
        ("/g|h", "#/g%7Ch"),
        ("/i\\j", "#/i%5Cj"),
        ('/k"l', "#/k%22l"),
        ("/ ", "#/%20"),
        ("/m~0n", "#/m~0n"),
        ("/\u00e9", "#/%C3%A9"),
        ("/a\x00", "#/a%00"),
    ],
)
def test_writes_a_pointer_as_a_uri_fragment(pointer: str, fragment: str) -> None:
    """RFC 6901, section 6, whose examples these are."""
    problem = problem_of(InvalidValue(pointer, "Bad."))

    assert problem.members["errors"][0]["pointer"] == fragment


@pytest.mark.parametrize(("version", "headers"), [(3, {"ETag": '"3"'}), (None, {})])
def test_tells_the_version_that_the_record_is_at(version: int | None, headers: dict[str, str]) -> None:
    problem = problem_of(PreconditionFailed("Record", RECORD, version))

    assert problem.members == {"current_version": version}
    assert problem.headers == headers


def test_names_the_parameter_of_a_bad_cursor() -> None:
    problem = problem_of(InvalidCursor("after"))

    assert problem.members == {"errors": [{"parameter": "after", "detail": problem.detail}]}


def test_says_when_to_try_again() -> None:
    assert problem_of(StoreUnavailable("The store is away.")).headers == {"Retry-After": "1"}


def test_answers_a_refused_request_with_its_own_problem() -> None:
    problem = Problem("unsupported_media_type", "XML is not taken.", {"errors": []}, {"Accept": "application/json"})

    refused = RequestRefused(problem)

    assert problem_of(refused) is problem
    assert refused.status_code == 415


@pytest.mark.parametrize(
    ("error", "found"),
    [
        (
            error_of("body", "payload"),
            {"pointer": "#/payload", "detail": "/payload: is required."},
        ),
        (
            error_of("body", "tags", 0, kind="string_type", message="Input should be a valid string"),
            {"pointer": "#/tags/0", "detail": "/tags/0: input should be a valid string."},
        ),
        (
            error_of("body", "a/b~c", kind="extra_forbidden", message="Extra inputs are not permitted"),
            {"pointer": "#/a~1b~0c", "detail": "/a~1b~0c: there is no such member or parameter."},
        ),
        (
            error_of("body", "k\ud800", kind="extra_forbidden", message="Extra inputs are not permitted"),
            {"detail": "/k\\ud800: there is no such member or parameter."},
        ),
        (
            error_of("body"),
            {"pointer": "#", "detail": "The body: is required."},
        ),
        (
            error_of("query", "limit", kind="int_parsing", message="Input should be a valid integer."),
            {"in": "query", "parameter": "limit", "detail": "limit: input should be a valid integer."},
        ),
        (
            error_of("path", "record_id", kind="uuid_parsing", message="Input should be a valid UUID"),
            {"in": "path", "parameter": "record_id", "detail": "record_id: input should be a valid UUID."},
        ),
        (
            error_of("query", kind="model_type", message="Input should be a valid dictionary"),
            {"in": "query", "parameter": "query", "detail": "query: input should be a valid dictionary."},
        ),
    ],
    ids=lambda part: "-".join(ascii(step) for step in part["loc"]) if "loc" in part else "",
)
def test_says_which_part_of_a_request_is_invalid(error: dict[str, object], found: dict[str, str]) -> None:
    problem = problem_of(RequestValidationError([error]))

    (told,) = problem.members["errors"]
    assert told.items() >= found.items()
    assert problem.detail == found["detail"]
    assert json.loads(bytes(problem.to_response().body))["errors"] == [told]


def test_says_everything_that_is_invalid_at_once() -> None:
    problem = problem_of(RequestValidationError([error_of("body", "payload"), error_of("query", "limit")]))

    assert problem.detail == "/payload: is required. limit: is required."
    assert len(problem.members["errors"]) == 2


def test_says_what_keeps_a_body_from_being_a_request() -> None:
    problem = malformed_body([{"type": "missing", "loc": ("query",), "msg": "Field required"}])

    assert (problem.code, problem.status) == ("malformed_request", 400)
    assert problem.detail == "/query: is required."
    assert problem.members == {"errors": [{"pointer": "#/query", "detail": "/query: is required."}]}


def test_keeps_the_headers_of_the_framework_s_errors() -> None:
    problem = problem_of(HTTPException(405, "Method Not Allowed", {"Allow": "GET, PUT"}))

    assert (problem.headers, problem.detail) == ({"Allow": "GET, PUT"}, "Method Not Allowed.")


def test_masks_and_logs_what_is_not_for_clients(caplog: pytest.LogCaptureFixture) -> None:
    error = RuntimeError(SECRET)

    with caplog.at_level(logging.ERROR, problem_of.__module__):
        problem = problem_of(error)

    (line,) = caplog.records
    assert SECRET not in json.dumps(problem.to_dict())
    assert problem.headers == {}
    assert (line.levelname, line.exc_info and line.exc_info[1]) == ("ERROR", error)


@pytest.mark.parametrize(
    "error", [RecordNotFound(RECORD), StoreUnavailable("The store is away."), HTTPException(404)], ids=ascii
)
def test_logs_nothing_about_what_clients_are_told(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, problem_of.__module__):
        problem_of(error)

    assert caplog.records == []


def test_answers_with_a_problem_document() -> None:
    problem = problem_of(PreconditionFailed("Record", RECORD, 3))

    response = problem.to_response()

    assert response.status_code == HTTPStatus.PRECONDITION_FAILED
    assert (response.headers["content-type"], response.headers["etag"]) == (MEDIA_TYPE, '"3"')
    assert json.loads(bytes(response.body)) == problem.to_dict()
    assert problem.to_dict()["current_version"] == 3


class Busy(Forbidden):
    code = "busy_unknown_to_the_service"
    retry_after = 2.5


class Odd(DomainError):
    code = "odd_unknown_to_the_service"


@pytest.mark.parametrize(
    ("cause", "status", "headers"),
    [
        (Busy("Busy."), 403, {"Retry-After": "3"}),
        (Odd("Odd."), 400, {}),
        (PreconditionFailed("Record", RECORD, 3), 412, {}),
    ],
)
def test_an_operation_is_refused_as_its_cause_is(cause: DomainError, status: int, headers: dict[str, str]) -> None:
    problem = problem_of(OperationRefused(1, cause))

    assert (problem.code, problem.status, problem.headers) == (cause.code, status, headers)


def test_a_name_that_is_taken_is_told_with_both_owners() -> None:
    problem = problem_of(NameTaken([Flaw("/api/type", "'Person' is taken.", "collection staff, api/type")])).to_dict()

    assert (problem["status"], problem["code"]) == (409, "name_taken")
    assert problem["errors"] == [
        {"pointer": "#/api/type", "detail": "'Person' is taken.", "owner": "collection staff, api/type"}
    ]
