"""The story of a request to REST, in the order in which it happens; GraphQL's is api/graphql/transport/endpoint.py.

A request comes here when api/edge/admission.py has admitted it, and api/http/routing.py has found its route.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Any, ClassVar, override

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from datastore_service.api.http.advice import advised
from datastore_service.api.http.binding import Binding, Described
from datastore_service.api.http.json_requests import (
    JSON,
    JSON_PATCH,
    MERGE_PATCH,
    JsonRequest,
    expect_acceptance,
    expect_media_type,
    expect_no_form,
)
from datastore_service.api.http.leniency import body_without, unknown_parts
from datastore_service.api.http.preferences import Preferences, preferences
from datastore_service.api.http.problems import Problem, RequestRefused, replay_marked
from datastore_service.api.http.query_strings import expect_once, single_parameters
from datastore_service.domain.json_value import Json
from datastore_service.library_internals.fastapi import described_route

type Answer = Callable[[Request], Awaitable[Response]]


class ServiceRoute(APIRoute):
    """A route that FastAPI describes and `Binding` calls; the endpoint itself handles media types."""

    def answering(self, route: Described) -> Answer:
        """Returns what answers the requests of this route, as a router includes it.

        Raises:
            TypeError: Its endpoint requests something that `Binding` cannot provide.
        """
        binding, endpoint = Binding(route), route.endpoint

        async def answer(request: Request) -> Response:
            known = await binding.dependencies_of(request)
            return await endpoint(**binding.arguments_of(request, None, known))

        return answer

    @override
    def get_route_handler(self) -> Any:
        """Makes FastAPI answer in the same way if it finds the route itself."""
        return self.answering(described_route(self))


class JsonRoute(ServiceRoute):
    """A route whose request body, if it has one, and response are JSON."""

    takes: ClassVar[Sequence[str]] = (JSON,)
    gives: ClassVar[Sequence[str]] = (JSON,)

    @override
    def answering(self, route: Described) -> Answer:
        binding, send = Binding(route), route.endpoint
        agree = self._agreement(route, has_body=binding.has_body)

        async def answer(received: Request) -> Response:
            request = JsonRequest.of(received)
            agree(request)
            body = await read(request) if binding.has_body else None
            wished = preferences(request)
            authenticated = await binding.dependencies_of(request)
            arguments = bind(binding, request, body, authenticated, wished)
            response = await send(**arguments)
            return complete(request, response, wished)

        return answer

    def _agreement(self, route: Described, *, has_body: bool) -> Callable[[JsonRequest], None]:
        singles = single_parameters(route.dependant)
        has_content = route.status_code != HTTPStatus.NO_CONTENT

        def agree(request: JsonRequest) -> None:
            """Refuses a request whose media types the service does not accept, or cannot offer.

            Raises:
                RequestRefused: A media type is not acceptable.
            """
            if request.scope["query_string"]:
                expect_once(request.query_params, singles, "validation_failed")
            if has_content:
                expect_acceptance(request, self.gives)
            if has_body:
                expect_media_type(request, *self.takes)
            else:
                expect_no_form(request)

        return agree


class PatchRoute(JsonRoute):
    """A route whose body is a JSON Merge Patch (RFC 7396) or a JSON Patch (RFC 6902)."""

    takes = (MERGE_PATCH, JSON_PATCH)


class MergePatchRoute(JsonRoute):
    """A route whose body is a JSON Merge Patch (RFC 7396)."""

    takes = (MERGE_PATCH,)


async def read(request: JsonRequest) -> Json:
    """Reads the body.

    Raises:
        RequestRefused: It is empty, too large, has too many values, or is not JSON that the service accepts.
    """
    if not await request.body():
        raise RequestRefused(Problem("malformed_json", "The body is empty."))
    return await request.json()


def bind(
    binding: Binding, request: JsonRequest, body: Json, authenticated: dict[str, Any], wished: Preferences
) -> dict[str, Any]:
    """Returns the endpoint's arguments; for a lenient client, unknown members and parameters are left out.

    Raises:
        RequestValidationError: The parameters or the body are invalid.
        RequestRefused: The body has more errors than can be described.
    """
    try:
        return binding.arguments_of(request, body, authenticated)
    except RequestValidationError as error:
        unknown = unknown_parts(error.errors()) if wished.lenient else None
        if unknown is None:
            raise
        return binding.arguments_of(request.without(unknown), body_without(body, unknown), authenticated)


def complete(request: Request, response: Response, wished: Preferences) -> Response:
    """Adds headers: whether the response is repeated, which indexes are missing, and which preferences apply."""
    return wished.note(advised(request, replay_marked(request, response)))
