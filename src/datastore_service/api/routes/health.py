"""Health, for orchestrators."""

from fastapi import APIRouter

from datastore_service.api.dependencies import Probe
from datastore_service.api.json_requests import JsonRoute
from datastore_service.api.openapi import answers
from datastore_service.api.schemas import Health
from datastore_service.application.queries.check_readiness import CheckReadiness

router = APIRouter(prefix="/health", tags=["health"], route_class=JsonRoute)


@router.get("/live", responses=answers({200: Health}, [], [], database=False))
async def live() -> Health:
    """Tell that the process runs."""
    return Health(status="ok")


@router.get("/ready", description=CheckReadiness.__doc__, responses=answers({200: Health}, [], []))
async def ready(mediator: Probe) -> Health:
    await mediator.send(CheckReadiness())
    return Health(status="ok")
