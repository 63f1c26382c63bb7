"""What is not documented of FastAPI: what it found out about an endpoint, and how it reads parameters and bodies.

`api/http/direct_calls.py` calls endpoints with it, `api/http/direct_routes.py` finds them without asking one route
after the other, and `api/http/query_strings.py` learns which parameters have one value.
"""

from typing import Any, cast

from fastapi.dependencies.models import Dependant
from fastapi.dependencies.utils import get_flat_params, get_validation_alias, request_params_to_args
from fastapi.routing import RouteContext, iter_route_contexts
from pydantic import TypeAdapter

__all__ = [
    "Dependant",
    "RouteContext",
    "adapter_of",
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
