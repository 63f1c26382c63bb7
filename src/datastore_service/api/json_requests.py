"""JSON bodies as the store needs them: strictly read, and with all the digits of their numbers."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final

from fastapi import Request, Response
from fastapi.routing import APIRoute

from datastore_service.api.problems import Problem, RequestRefused
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.domain.json_value import Json

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"


def media_type(request: Request) -> str:
    """Returns the media type of the request's body, in lower case and without parameters; empty where it has none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


async def read_json(request: Request) -> Json:
    """Reads the request's body.

    Raises:
        RequestRefused: It is not JSON that this service takes.
    """
    try:
        return decode(await request.body(), max_depth=request.app.state.settings.limits.json_depth)
    except MalformedJson as error:
        raise RequestRefused(Problem("malformed_json", str(error))) from error


class JsonRoute(APIRoute):
    """A route whose body, where it has one, is JSON."""

    takes: ClassVar[str] = JSON

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Puts the strict reading in front of FastAPI's own."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            if self.body_field is not None and media_type(request) != self.takes:
                raise self._unsupported(media_type(request))
            return await handle(_StrictRequest(request.scope, request.receive))

        return handle_strictly

    def _unsupported(self, given: str) -> RequestRefused:
        headers = {"Accept-Patch": self.takes} if self.takes == MERGE_PATCH else {"Accept": self.takes}
        detail = f"The body is {given or 'of no media type'}; {self.takes} is taken here."
        return RequestRefused(Problem("unsupported_media_type", detail, headers=headers))


class MergePatchRoute(JsonRoute):
    """A route whose body is a JSON Merge Patch (RFC 7396)."""

    takes = MERGE_PATCH


class _StrictRequest(Request):
    async def json(self) -> Json:
        return await read_json(self)
