"""The codes of errors: what each means to REST and GraphQL."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

type Meaning = tuple[HTTPStatus, str]
"""The meaning of a code: its HTTP status and title."""

CATALOGUE: Final[Mapping[str, Meaning]] = {
    "PERSISTED_QUERY_NOT_FOUND": (HTTPStatus.BAD_REQUEST, "No document with this hash has been sent yet"),
    "PERSISTED_QUERY_NOT_SUPPORTED": (HTTPStatus.BAD_REQUEST, "Automatic persisted queries are turned off"),
    "answer_too_large": (HTTPStatus.BAD_REQUEST, "The response would be too large"),
    "as_of_not_settled": (HTTPStatus.SERVICE_UNAVAILABLE, "The state at this time is not final yet"),
    "collection_mismatch": (HTTPStatus.CONFLICT, "The record is in another collection"),
    "collection_not_empty": (HTTPStatus.CONFLICT, "The collection is in use"),
    "collection_exists": (HTTPStatus.CONFLICT, "The collection exists already"),
    "collection_not_found": (HTTPStatus.NOT_FOUND, "There is no such collection"),
    "content_too_large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    "forbidden": (HTTPStatus.FORBIDDEN, "The actor may not do this"),
    "idempotency_key_in_flight": (HTTPStatus.CONFLICT, "The first request with this key is still being carried out"),
    "idempotency_key_reused": (HTTPStatus.UNPROCESSABLE_ENTITY, "The idempotency key belongs to another request"),
    "document_not_trusted": (HTTPStatus.BAD_REQUEST, "The GraphQL document is not a trusted document"),
    "document_too_costly": (HTTPStatus.BAD_REQUEST, "The response to the GraphQL document could have too many fields"),
    "document_too_deep": (HTTPStatus.BAD_REQUEST, "The GraphQL document is nested too deeply"),
    "document_too_long": (HTTPStatus.BAD_REQUEST, "The GraphQL document is too long"),
    "consumer_ahead": (HTTPStatus.CONFLICT, "The consumer is already past this position"),
    "consumer_not_found": (HTTPStatus.NOT_FOUND, "There is no such consumer"),
    "cursor_expired": (HTTPStatus.GONE, "The log that the cursor belongs to no longer exists"),
    "deadline_exceeded": (HTTPStatus.SERVICE_UNAVAILABLE, "The request took too long"),
    "headers_too_large": (HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "The headers are too large"),
    "history_expired": (HTTPStatus.GONE, "The history of that time is no longer kept"),
    "host_not_allowed": (HTTPStatus.MISDIRECTED_REQUEST, "The service does not answer under this name"),
    "index_not_found": (HTTPStatus.NOT_FOUND, "There is no such index"),
    "internal_error": (HTTPStatus.INTERNAL_SERVER_ERROR, "The service failed"),
    "invalid_cursor": (HTTPStatus.BAD_REQUEST, "The service has not issued this cursor"),
    "keyword_invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "A keyword of the schema has no meaning there"),
    "link_not_found": (HTTPStatus.NOT_FOUND, "There is no such link"),
    "import_name_taken": (HTTPStatus.CONFLICT, "The import's name belongs to another source"),
    "import_superseded": (HTTPStatus.CONFLICT, "Another client continues the import"),
    "local_id_taken": (HTTPStatus.CONFLICT, "Two operations use the same local id"),
    "local_id_unknown": (HTTPStatus.NOT_FOUND, "No earlier operation creates a record with this local id"),
    "malformed_header": (HTTPStatus.BAD_REQUEST, "A header cannot be read"),
    "malformed_json": (HTTPStatus.BAD_REQUEST, "The body is not JSON that can be stored"),
    "malformed_line": (HTTPStatus.BAD_REQUEST, "A line does not follow its format"),
    "malformed_patch": (HTTPStatus.BAD_REQUEST, "The patch is not valid for its media type"),
    "malformed_request": (HTTPStatus.BAD_REQUEST, "The request cannot be read"),
    "method_not_allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "The resource does not have this method"),
    "method_not_implemented": (HTTPStatus.NOT_IMPLEMENTED, "No resource has this method"),
    "name_invalid": (HTTPStatus.UNPROCESSABLE_ENTITY, "A name cannot be one of GraphQL"),
    "name_taken": (HTTPStatus.CONFLICT, "Two things would have one name"),
    "not_acceptable": (HTTPStatus.NOT_ACCEPTABLE, "The service offers none of the accepted media types"),
    "not_found": (HTTPStatus.NOT_FOUND, "There is no such resource"),
    "patch_conflict": (HTTPStatus.CONFLICT, "The patch cannot be applied to the record"),
    "patch_test_failed": (HTTPStatus.CONFLICT, "A test operation of the patch failed"),
    "payload_misfit": (HTTPStatus.CONFLICT, "The payload does not fit the type"),
    "persisted_query_mismatch": (HTTPStatus.BAD_REQUEST, "The hash does not match the GraphQL document"),
    "origin_not_allowed": (HTTPStatus.FORBIDDEN, "Pages of this origin may not use the service"),
    "not_ready": (HTTPStatus.SERVICE_UNAVAILABLE, "The service cannot serve at the moment"),
    "overloaded": (HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are under way"),
    "precondition_failed": (HTTPStatus.PRECONDITION_FAILED, "The resource is not in the expected state"),
    "query_timeout": (HTTPStatus.GATEWAY_TIMEOUT, "The database takes too long to answer"),
    "record_deleted": (HTTPStatus.GONE, "The record was deleted"),
    "record_exists": (HTTPStatus.CONFLICT, "The id exists already"),
    "record_linked": (HTTPStatus.CONFLICT, "Other records link to the record"),
    "record_not_deleted": (HTTPStatus.CONFLICT, "The record is not deleted"),
    "record_not_found": (HTTPStatus.NOT_FOUND, "There is no such record"),
    "reference_misplaced": (HTTPStatus.CONFLICT, "A reference cannot be put into the payload"),
    "revision_not_found": (HTTPStatus.NOT_FOUND, "The record has never been at this version"),
    "schema_change_refused": (HTTPStatus.CONFLICT, "The change would break records or clients"),
    "schema_change_under_way": (HTTPStatus.CONFLICT, "The collection was changed at the same time"),
    "schema_not_found": (HTTPStatus.NOT_FOUND, "The collection has no schema"),
    "schema_too_large": (HTTPStatus.UNPROCESSABLE_ENTITY, "The schema has more than a typed collection may have"),
    "schema_violated": (HTTPStatus.CONFLICT, "The payload does not fit its collection's schema"),
    "request_timeout": (HTTPStatus.REQUEST_TIMEOUT, "The request arrives too slowly"),
    "shutting_down": (HTTPStatus.SERVICE_UNAVAILABLE, "The service is shutting down"),
    "starting": (HTTPStatus.SERVICE_UNAVAILABLE, "The service is starting"),
    "store_unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "The store cannot be reached"),
    "transfer_coding_not_implemented": (HTTPStatus.NOT_IMPLEMENTED, "The transfer coding is not implemented"),
    "as_of_in_future": (HTTPStatus.CONFLICT, "The time is in the future"),
    "unauthenticated": (HTTPStatus.UNAUTHORIZED, "The request is not authenticated"),
    "too_many_streams": (HTTPStatus.SERVICE_UNAVAILABLE, "Too many streams are open"),
    "too_many_aliases": (HTTPStatus.BAD_REQUEST, "The GraphQL operation has too many aliases"),
    "too_many_ids": (HTTPStatus.BAD_REQUEST, "Too many ids are requested at once"),
    "too_many_reverted": (HTTPStatus.CONFLICT, "Too many records would have to be reverted at once"),
    "too_many_root_fields": (HTTPStatus.BAD_REQUEST, "The GraphQL operation has too many fields at its root"),
    "too_many_values": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The request has too many values"),
    "type_not_then": (HTTPStatus.CONFLICT, "The collection did not have its types at this time"),
    "unsupported_media_type": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "The body's media type is not supported"),
    "uri_too_long": (HTTPStatus.REQUEST_URI_TOO_LONG, "The address is too long"),
    "webhook_not_found": (HTTPStatus.NOT_FOUND, "There is no such webhook"),
    "validation_failed": (HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid"),
}
"""Each code with its HTTP status and its title. Codes are stable: clients rely on them."""

_registered: Final[dict[str, Meaning]] = {}


def register(code: str, status: int, title: str) -> None:
    """Registers the meaning of an error code of your own, for both facades of this process.

    Args:
        code: The `code` of a `DomainError`, such as one that an authorization raises.
        status: From 400 to 499.
        title: A short description of the problem, the same for every occurrence.

    Raises:
        ValueError: The code has another meaning already, or the status is not that of a refusal.
    """
    if not HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ValueError(f"{code}: {status} is not the status of a refusal, which is from 400 to 499.")
    meaning = (HTTPStatus(status), title)
    if _registered.get(code, CATALOGUE.get(code, meaning)) != meaning:
        raise ValueError(f"{code}: the code has another meaning already; choose another one.")
    _registered[code] = meaning


def meaning_of(code: str) -> Meaning | None:
    """Returns the meaning of a code, or None."""
    return CATALOGUE.get(code) or _registered.get(code)
