"""JSON bodies: read strictly, and with all digits of their numbers."""

from collections.abc import Sequence
from typing import Final, override

from fastapi import Request
from starlette.requests import ClientDisconnect

from datastore_service.api.http.body_codings import TAKEN
from datastore_service.api.http.json_texts import decoded
from datastore_service.api.http.leniency import Location, query_without
from datastore_service.api.http.negotiation import preferred
from datastore_service.api.http.problems import Problem, RequestRefused, too_large
from datastore_service.api.http.request_head import RequestHead
from datastore_service.application.json_codec import MalformedJson, TooManyValues
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.json_value import Json

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"

_READING: Final = ("GET", "HEAD", "OPTIONS")
_CODINGS: Final = ("", "identity", "x-gzip", *TAKEN)
# The values that most clients send.
_TAKE_ANYTHING: Final = ("", "*/*", JSON)


def media_type(request: Request) -> str:
    """Returns the media type of the request's body, in lower case and without parameters; empty if there is none."""
    # If there are two that differ, neither counts.
    given = RequestHead.of(request.scope).get(b"content-type") or ""
    return (given if "," in given else given.partition(";")[0]).strip().lower()


def expect_media_type(request: Request, *taken: str) -> None:
    """Refuses a body of another media type, or in a content coding that the service cannot decompress.

    Raises:
        RequestRefused: The media type or the coding is not accepted, or missing (RFC 9110, section 8.4).
    """
    coding = (RequestHead.of(request.scope).get(b"content-encoding") or "").strip().lower()
    if coding not in _CODINGS:
        detail = f"The body is coded as {coding}; accepted are {', '.join(TAKEN)} or no Content-Encoding."
        raise RequestRefused(
            Problem("unsupported_media_type", detail, headers={"Accept-Encoding": ", ".join((*TAKEN, "identity"))})
        )
    given = media_type(request)
    if given not in taken:
        detail = f"The body is {given or 'without a media type'}; {' or '.join(taken)} is accepted."
        headers = {"Accept-Patch" if MERGE_PATCH in taken else "Accept": ", ".join(taken)}
        raise RequestRefused(Problem("unsupported_media_type", detail, headers=headers))


def expect_no_form(request: Request) -> None:
    """Refuses a change without a body that could come from a form of another site's page.

    Raises:
        RequestRefused: The request has a body that is not JSON.
    """
    if request.method in _READING:
        return
    given = media_type(request)
    if given and given != JSON and not given.endswith("+json"):
        expect_media_type(request, JSON)


def expect_acceptance(request: Request, given: Sequence[str]) -> None:
    """Refuses a request whose Accept header excludes every media type that the resource offers.

    Raises:
        RequestRefused: It accepts none of them.
    """
    accept = RequestHead.of(request.scope).get(b"accept") or ""
    if accept not in _TAKE_ANYTHING and preferred(accept, given) is None:
        detail = f"Accept: {accept} takes none of {', '.join(given)}."
        raise RequestRefused(Problem("not_acceptable", detail))


class JsonRequest(Request):
    """A request whose body is read strictly and within the limits."""

    _whole: bytes | None = None

    @classmethod
    def of(cls, request: Request) -> "JsonRequest":
        """Returns the request as a `JsonRequest`."""
        return request if isinstance(request, cls) else cls(request.scope, request.receive)

    @override
    async def body(self) -> bytes:
        """Reads the body.

        Raises:
            RequestRefused: The body is too large.
            ClientDisconnect: The client left before the body was complete.
        """
        if self._whole is None:
            limit = self._limits.body_bytes
            chunks: list[bytes] = []
            size, arrives = 0, True
            while arrives:
                message = await self.receive()
                if message["type"] == "http.disconnect":
                    raise ClientDisconnect
                chunks.append(message.get("body", b""))
                size += len(chunks[-1])
                if size > limit:
                    raise RequestRefused(too_large(limit))
                arrives = message.get("more_body", False)
            self._whole = b"".join(chunks)
        return self._whole

    @override
    async def json(self) -> Json:
        """Reads the body as JSON.

        Raises:
            RequestRefused: The body is too large, has too many values, or is not JSON that the service accepts.
        """
        try:
            return await decoded(await self.body(), self._limits)
        except TooManyValues as error:
            raise RequestRefused(Problem("too_many_values", str(error))) from error
        except MalformedJson as error:
            raise RequestRefused(Problem("malformed_json", str(error))) from error

    def without(self, unknown: Sequence[Location]) -> "JsonRequest":
        """Returns the same request without the parameters of the query that are not known."""
        query = query_without(self.scope["query_string"], unknown)
        request = JsonRequest({**self.scope, "query_string": query}, self.receive)
        request._whole = self._whole
        return request

    @property
    def _limits(self) -> LimitSettings:
        return self.app.state.settings.limits
