"""The metrics, for Prometheus."""

from fastapi import APIRouter, HTTPException, Request, Response, status

from datastore_service.api.routes.health import problems_of
from datastore_service.config.settings import Settings
from datastore_service.telemetry.metrics import CONTENT_TYPE, Metrics

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Returns the metrics of this process, unless the settings keep them back."""
    settings: Settings = request.app.state.settings
    if not settings.observability.metrics:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Metrics are turned off: observability.metrics.")
    kept: Metrics = request.app.state.metrics
    kept.checked(await problems_of(request))
    return Response(kept.exposition(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
