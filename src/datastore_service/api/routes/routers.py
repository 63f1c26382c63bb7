"""The resources of REST, in one table."""

from typing import Final

from fastapi import APIRouter

from datastore_service.api.routes import (
    batch,
    changes,
    collection_records,
    collection_schemas,
    collections,
    consumers,
    health,
    history,
    indexes,
    links,
    metrics,
    problems,
    records,
    transfer,
    webhooks,
)

ROUTERS: Final[tuple[APIRouter, ...]] = (
    records.router,
    records.patches,
    links.router,
    history.router,
    batch.router,
    collection_records.router,
    collection_records.patches,
    collections.router,
    collection_schemas.router,
    collections.patches,
    indexes.router,
    changes.router,
    consumers.router,
    consumers.patches,
    webhooks.router,
    webhooks.patches,
    transfer.router,
    health.router,
    metrics.router,
    problems.router,
)
"""All routers, in the order of the documentation."""
