"""JSON bodies as the store needs them: strictly read, and with all the digits of their numbers."""

from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final, override

from fastapi import Request, Response
from fastapi.routing import APIRoute

from datastore_service.api.problems import Problem, RequestRefused
from datastore_service.application.json_codec import MalformedJson, decode
from datastore_service.config.settings import LimitSettings
from datastore_service.domain.json_value import Json

JSON: Final = "application/json"
MERGE_PATCH: Final = "application/merge-patch+json"
JSON_PATCH: Final = "application/json-patch+json"


def media_type(request: Request) -> str:
    """Returns the media type of the request's body, in lower case and without parameters; empty where it has none."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def expect_media_type(request: Request, *taken: str) -> None:
    """Makes sure that the request's body is of a media type that is taken.

    Raises:
        RequestRefused: It is of another one, or of none.
    """
    given = media_type(request)
    if given not in taken:
        detail = f"The body is {given or 'of no media type'}; {' or '.join(taken)} is taken here."
        headers = {"Accept-Patch" if MERGE_PATCH in taken else "Accept": ", ".join(taken)}
        raise RequestRefused(Problem("unsupported_media_type", detail, headers=headers))


class JsonRequest(Request):
    """A request whose body is read within the limits, and strictly."""

    @override
    async def body(self) -> bytes:
        """Reads the body.

        Raises:
            RequestRefused: It is too large.
        """
        if not hasattr(self, "_body"):
            limit = self._limits.body_bytes
            chunks: list[bytes] = []
            size = 0
            async for chunk in self.stream():
                size += len(chunk)
                if size > limit:
                    raise RequestRefused(Problem("content_too_large", f"The body is larger than {limit} bytes."))
                chunks.append(chunk)
            self._body = b"".join(chunks)
        return self._body

    @override
    async def json(self) -> Json:
        """Reads the body as JSON.

        Raises:
            RequestRefused: It is too large, or not JSON that this service takes.
        """
        try:
            return decode(await self.body(), max_depth=self._limits.json_depth)
        except MalformedJson as error:
            raise RequestRefused(Problem("malformed_json", str(error))) from error

    @property
    def _limits(self) -> LimitSettings:
        return self.app.state.settings.limits


class JsonRoute(APIRoute):
    """A route whose body, where it has one, is JSON."""

    takes: ClassVar[tuple[str, ...]] = (JSON,)

    @override
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Puts the strict reading in front of FastAPI's own."""
        handle = super().get_route_handler()

        async def handle_strictly(request: Request) -> Response:
            strict = JsonRequest(request.scope, request.receive)
            if self.body_field is not None:
                expect_media_type(request, *self.takes)
                if not await strict.body():
                    raise RequestRefused(Problem("malformed_json", "The body is empty."))
            return await handle(strict)

        return handle_strictly


class PatchRoute(JsonRoute):
    """A route whose body is a JSON Merge Patch (RFC 7396) or a JSON Patch (RFC 6902)."""

    takes = (MERGE_PATCH, JSON_PATCH)
