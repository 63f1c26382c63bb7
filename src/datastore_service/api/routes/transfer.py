"""Records in bulk over REST: streams in and out."""

from collections.abc import AsyncGenerator
from contextlib import aclosing
from email.message import Message
from typing import Annotated, Any, Final, cast, override

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope
from starlette.types import Send as SendMessage

from datastore_service.api.http.dependencies import Send
from datastore_service.api.http.idempotency import HEADER as IDEMPOTENCY_KEY
from datastore_service.api.http.json_requests import JSON, expect_acceptance, expect_media_type, media_type
from datastore_service.api.http.negotiation import preferred
from datastore_service.api.http.problems import Problem, RequestRefused, error_body
from datastore_service.api.http.request_head import RequestHead
from datastore_service.api.http.rest import ServiceRoute
from datastore_service.api.routes.bodies.criteria import parameters_named
from datastore_service.api.routes.bulk.csv_lines import CSV
from datastore_service.api.routes.bulk.csv_rows import delimiter_of
from datastore_service.api.routes.bulk.encodings import UTF_8, UnknownEncoding, encoding_of
from datastore_service.api.routes.bulk.ndjson import NDJSON, NDJSON_TYPES
from datastore_service.api.routes.bulk.reports import ExportQuery, ImportQuery, ImportReport, Rejections
from datastore_service.api.routes.bulk.sources import Reading, SourceForm, open_source
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.read.queries.export_records import ExportRecords
from datastore_service.application.write.commands.import_records import ImportRecords

router = APIRouter(tags=["bulk"], route_class=ServiceRoute)

_FORMS: Final[dict[str, SourceForm]] = {**dict.fromkeys(NDJSON_TYPES, "ndjson"), CSV: "csv"}
_CONTENT: Final[dict[str, Any]] = {form: {"schema": {"type": "string"}} for form in _FORMS}


class _Export(StreamingResponse):
    """A streamed response that closes its source at any end: until then, the source holds a database connection."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: SendMessage) -> None:
        async with aclosing(cast("AsyncGenerator[bytes]", self.body_iterator)):
            await super().__call__(scope, receive, send)


@router.post(
    "/import",
    description=f"{ImportRecords.__doc__.partition('.')[0]}. If the body is cut off, what has arrived is stored."
    if ImportRecords.__doc__
    else None,
    responses=answers(
        {200: ImportReport}, [], ["import_name_taken", "import_superseded", "malformed_line", "unsupported_media_type"]
    ),
    openapi_extra={"requestBody": {"required": True, "content": _CONTENT}},
)
async def import_records(query: Annotated[ImportQuery, Query()], mediator: Send, request: Request) -> Response:
    expect_acceptance(request, [JSON])
    expect_media_type(request, *_FORMS)
    _expect_no_key(request)
    limits = request.app.state.settings.limits
    reading = Reading(
        form=_FORMS[media_type(request)],
        line_bytes=limits.body_bytes,
        json_depth=limits.json_depth,
        json_values=limits.json_values,
        delimiter=delimiter_of(query.delimiter),
        encoding=_encoding_of(request),
        **query.model_dump(include={"collection", "payloads", "typed", "decimal"}),
    )
    with parameters_named():
        source = await open_source(request.stream(), reading)
    rejections = Rejections()
    done = await mediator.send(
        ImportRecords(
            lines=source.lines,
            reader=source.reader,
            name=query.name,
            mark=source.mark,
            former_marks=(source.former_mark,),
            on_conflict=query.on_conflict,
            observer=rejections,
        )
    )
    return Response(error_body(rejections.report(done)), media_type=JSON)


@router.get(
    "/export",
    description=ExportRecords.__doc__,
    response_class=StreamingResponse,
    responses={200: {"description": "The records.", "content": _CONTENT}}
    | answers({}, [], ["not_acceptable", "malformed_header"]),
)
async def export_records(query: Annotated[ExportQuery, Query()], mediator: Send, request: Request) -> Response:
    expect_acceptance(request, list(_FORMS))
    accepted = preferred(RequestHead.of(request.scope).get(b"accept"), list(_FORMS)) or NDJSON
    form = _FORMS[accepted]
    pieces = await mediator.send(ExportRecords(collection=query.collection, form=form))
    name = f'attachment; filename="{query.collection or "records"}.{form}"'
    return _Export(pieces, media_type=accepted, headers={"Content-Disposition": name})


def _encoding_of(request: Request) -> str:
    """Returns the encoding of the body from the parameter charset of its media type.

    Raises:
        RequestRefused: It is not supported.
    """
    head = Message()
    head["content-type"] = RequestHead.of(request.scope).get(b"content-type") or ""
    try:
        return encoding_of(head.get_content_charset(UTF_8))
    except UnknownEncoding as error:
        raise RequestRefused(Problem("unsupported_media_type", f"Content-Type: charset {error}")) from error


def _expect_no_key(request: Request) -> None:
    """Refuses an Idempotency-Key: an import may be too large for the transaction that would store its response.

    Raises:
        RequestRefused: The request has an Idempotency-Key.
    """
    if request.state.idempotency_key is not None:
        detail = f"{IDEMPOTENCY_KEY}: an import is identified by its `name`, not by a key."
        raise RequestRefused(
            Problem("malformed_header", detail, {"errors": [{"header": IDEMPOTENCY_KEY, "detail": detail}]})
        )
