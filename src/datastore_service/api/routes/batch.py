"""Batches over REST."""

from fastapi import APIRouter, Response

from datastore_service.api.http.dependencies import Preferred, Send
from datastore_service.api.http.rest import JsonRoute
from datastore_service.api.routes.bodies.batches import BatchAnswer, BatchBody
from datastore_service.api.routes.bodies.responses import batch_response
from datastore_service.api.routes.openapi.openapi import answers
from datastore_service.application.write.commands.apply_batch import ApplyBatch

router = APIRouter(prefix="/batch", tags=["batch"], route_class=JsonRoute)

PROBLEMS = [
    "collection_mismatch",
    "link_not_found",
    "local_id_taken",
    "local_id_unknown",
    "malformed_patch",
    "patch_conflict",
    "patch_test_failed",
    "precondition_failed",
    "record_deleted",
    "record_exists",
    "record_linked",
    "record_not_found",
    "reference_misplaced",
    "schema_violated",
]


@router.post(
    "", description=ApplyBatch.__doc__, responses=answers({200: BatchAnswer}, [], PROBLEMS, body=True, writes=True)
)
async def apply_batch(body: BatchBody, mediator: Send, preferred: Preferred) -> Response:
    return batch_response(await mediator.send(body.message()), preferred)
