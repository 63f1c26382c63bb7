"""Applications to be tested, made quickly: FastAPI works the routes out once for all of them."""

from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import BaseRoute

from datastore_service import main
from datastore_service.config.settings import Settings

_INCLUDED: Final[dict[int, BaseRoute]] = {}


def create_app(settings: Settings, **more: Any) -> FastAPI:  # noqa: ANN401 - those of the function of the service
    """Makes an application as the service does.

    It includes the service's routers as the first application of this process does, for FastAPI takes a tenth of a
    second to work their routes out anew. So its `dependency_overrides` have no effect; everything else is its own.
    """
    app = main.create_app(settings, **more)
    app.router.routes[:] = [_included(route) for route in app.router.routes]
    return app


def _included(route: BaseRoute) -> BaseRoute:
    router = vars(route).get("original_router")
    return route if router is None else _INCLUDED.setdefault(id(router), route)
