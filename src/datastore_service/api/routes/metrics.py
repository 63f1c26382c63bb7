"""The metrics, for Prometheus."""

import asyncio
from contextlib import suppress
from typing import Final

from fastapi import APIRouter, HTTPException, Request, Response, status

from datastore_service.api.dependencies import mediator_of
from datastore_service.api.routes.health import problems_of
from datastore_service.application.queries.list_consumers import ListConsumers
from datastore_service.application.queries.measure_webhooks import MeasureWebhooks
from datastore_service.config.settings import Settings
from datastore_service.domain.errors import DomainError
from datastore_service.telemetry.metrics import CONTENT_TYPE, Metrics

_SECONDS: Final = 2.0
"""That looking at the consumers and webhooks may take: who scrapes does not wait for long."""

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
async def metrics(request: Request) -> Response:
    """Returns the metrics of this process, unless the settings keep them back."""
    settings: Settings = request.app.state.settings
    if not settings.observability.metrics:
        raise HTTPException(status.HTTP_404_NOT_FOUND, "Metrics are turned off: observability.metrics.")
    kept: Metrics = request.app.state.metrics
    problems = await problems_of(request)
    kept.checked(problems)
    if not any(problems.values()):
        # What cannot be told now is as it was told last.
        with suppress(DomainError, TimeoutError):
            async with asyncio.timeout(_SECONDS):
                mediator = mediator_of(request)
                consumers, webhooks = await mediator.send(ListConsumers()), await mediator.send(MeasureWebhooks())
            kept.consumers_seen([(consumer.lag_changes, consumer.lag_seconds) for consumer in consumers])
            kept.webhooks_seen(webhooks.webhooks, webhooks.lag_changes, webhooks.lag_seconds, webhooks.dead_letters)
    return Response(kept.exposition(), headers={"Content-Type": CONTENT_TYPE, "Cache-Control": "no-store"})
