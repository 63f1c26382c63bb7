"""Metrics for Prometheus."""

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response, status
from starlette.datastructures import State

from datastore_service.api.http.rest import ServiceRoute
from datastore_service.api.routes.health import problems_of
from datastore_service.application.errors import StoreUnavailable
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers
from datastore_service.application.feed.use_cases.measure_webhooks import MeasureWebhooks
from datastore_service.application.mediator import Mediator
from datastore_service.config.settings import Settings
from datastore_service.domain.errors import DomainError
from datastore_service.telemetry.exposition import content_type
from datastore_service.telemetry.metrics import Metrics

_SECONDS: Final = 2.0
"""The time limit for measuring consumers and webhooks, so that a scrape does not wait long."""

router = APIRouter(include_in_schema=False, route_class=ServiceRoute)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Returns the metrics of all workers in a format that the client accepts; 404 if the settings turn them off."""
    settings: Settings = request.app.state.settings
    if not settings.observability.metrics:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Metrics are turned off: observability.metrics.")
    accept = ",".join(request.headers.getlist("accept"))
    told = await request.app.state.tell_metrics(accept)
    headers = {"Content-Type": content_type(accept), "Cache-Control": "no-store", "Vary": "Accept"}
    return Response(told, headers=headers)


async def metrics_of(state: State, accept: str, **labels: str) -> str:
    """Returns the metrics of this process.

    Args:
        state: The application's state.
        accept: The formats that the client accepts.
        labels: Labels that identify this process among others.
    """
    kept: Metrics = state.metrics
    problems = await problems_of(state)
    kept.checked(problems)
    if not any(problems.values()):
        mediator: Mediator = state.mediator
        # On a failure, the gauges keep their last values.
        with suppress(DomainError, StoreUnavailable, TimeoutError):
            async with asyncio.timeout(_SECONDS):
                consumers, webhooks = await mediator.send(ListConsumers()), await mediator.send(MeasureWebhooks())
            kept.consumers_seen([(consumer.lag_changes, consumer.lag_seconds) for consumer in consumers])
            kept.webhooks_seen(webhooks.webhooks, webhooks.lag_changes, webhooks.lag_seconds, webhooks.dead_letters)
    return kept.exposition(accept, **labels)
