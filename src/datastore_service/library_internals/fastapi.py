"""What is not documented of FastAPI: what it found out about an endpoint, and how it reads parameters and bodies.

`api/http/binding.py` reads what endpoints are called with, `api/http/routing.py` finds them without asking one route
after the other, `api/http/rest.py` learns with what routers include them, and `api/http/query_strings.py` which
parameters have one value.
"""

from typing import Any, cast

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params, get_validation_alias, request_params_to_args
from fastapi.routing import (
    APIRoute,
    RouteContext,
    _effective_route_context_var,  # pyright: ignore[reportPrivateUsage]
    iter_route_contexts,
)
from pydantic import TypeAdapter

__all__ = [
    "Dependant",
    "RouteContext",
    "adapter_of",
    "described_route",
    "get_flat_params",
    "get_validation_alias",
    "iter_route_contexts",
    "request_params_to_args",
]


def adapter_of(field: object) -> TypeAdapter[Any]:
    """Returns what validates the values of a parameter or a body, as Pydantic does it.

    Args:
        field: A `ModelField`, a class that FastAPI does not document.
    """
    return cast("Any", field)._type_adapter


def described_route(route: APIRoute) -> Any:  # noqa: ANN401 - a class that FastAPI does not document
    """Returns a route as a router includes it, for which FastAPI asks the route for its handler just now."""
    included = _effective_route_context_var.get()
    return included if included is not None and included.original_route is route else route
