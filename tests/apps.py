"""Applications to be tested, made quickly: FastAPI works the routes out once for all of them."""

from typing import Any, Final

from fastapi import FastAPI
from starlette.routing import BaseRoute

from datastore_service import main
from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings

_INCLUDED: Final[dict[int, BaseRoute]] = {}
_SHARED: Final[list[tuple[Settings, FastAPI]]] = []


def create_app(settings: Settings, **more: Any) -> FastAPI:  # noqa: ANN401 - those of the function of the service
    """Makes an application as the service does.

    It includes the service's routers as the first application of this process does, for FastAPI takes a tenth of a
    second to work their routes out anew.
    """
    app = main.create_app(settings, **more)
    app.router.routes[:] = [_included(route) for route in app.router.routes]
    return app


def shared_app(settings: Settings, mediator: Mediator) -> FastAPI:
    """Returns the application of this process with these settings, sending to this mediator from now on.

    It is for tests that look at answers to requests. Those that change the application, such as by stopping it, or look
    at what it counts or keeps, make one of their own.
    """
    app = next((made for its, made in _SHARED if its == settings), None)
    if app is None:
        app = create_app(settings)
        _SHARED.append((settings, app))
    app.state.mediator = mediator
    return app


def own_app(settings: Settings, mediator: Mediator) -> FastAPI:
    """Makes an application for one test, which sends to this mediator."""
    app = create_app(settings)
    app.state.mediator = mediator
    return app


def _included(route: BaseRoute) -> BaseRoute:
    router = vars(route).get("original_router")
    return route if router is None else _INCLUDED.setdefault(id(router), route)
