"""Health checks for orchestrators."""

from typing import Final

from fastapi import APIRouter, Request, Response
from starlette.datastructures import State

from datastore_service.api.http.json_requests import JSON
from datastore_service.api.http.problems import Problem, RequestRefused
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.schemas import Health, Readiness
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.lifecycle import Lifecycle
from datastore_service.application.mediator import Mediator
from datastore_service.application.read.queries.check_readiness import CheckReadiness

router = APIRouter(prefix="/health", tags=["health"], route_class=JsonRoute)

_OK: Final = "ok"


@router.get("/live", responses=answers({200: Health}, [], [], database=False))
async def live() -> Response:
    """Report that the process runs, whether or not it can serve."""
    return Response(Health(status=_OK).model_dump_json(), media_type=JSON)


@router.get("/ready", description=CheckReadiness.__doc__, responses=answers({200: Readiness}, [], ["not_ready"]))
async def ready(request: Request) -> Response:
    problems = await problems_of(request.app.state)
    checks = {name: problem or _OK for name, problem in problems.items()}
    if any(problems.values()):
        detail = " ".join(problem for problem in problems.values() if problem)
        raise RequestRefused(Problem("not_ready", detail, {"checks": checks}, {"Retry-After": "1"}))
    return Response(Readiness(status=_OK, checks=checks).model_dump_json(), media_type=JSON)


async def problems_of(state: State) -> dict[str, str | None]:
    """Returns, by the name of each check, why the service cannot serve, or None."""
    lifecycle: Lifecycle = state.lifecycle
    problems = {"service": lifecycle.problem}
    if lifecycle.serves:
        mediator: Mediator = state.mediator
        problems |= (await mediator.send(CheckReadiness())).checks
    return problems
