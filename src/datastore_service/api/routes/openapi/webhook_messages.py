"""The messages that webhooks receive, for the section `webhooks` of the OpenAPI document (3.1)."""

from datetime import datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import FastAPI, Header
from pydantic import BaseModel, ConfigDict, Field

from datastore_service.api.routes.bodies.change_schemas import ChangedRecord


class WebhookMessageBody(BaseModel):
    """A message to a webhook (Standard Webhooks 1.0)."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "type": "record.create",
                    "timestamp": "2026-11-25T09:30:00.098745Z",
                    "data": {
                        "operation": "create",
                        "record_id": "01890a5d-ac96-774b-bcce-b302099a8057",
                        "collection": "people",
                        "version": 1,
                        "tags": ["mathematician"],
                        "at": "2026-11-25T09:30:00.098745Z",
                        "actor": "anonymous",
                        "correlation_id": "01890a5d-ac96-774b-bcce-b302099a8058",
                        "payload": {"name": "Ada Lovelace", "born": 1815},
                    },
                }
            ]
        }
    )

    type: Annotated[str, Field(description="`record.` and the operation.", pattern=r"^record\.")]
    timestamp: Annotated[datetime, Field(description="When the record was changed.")]
    data: ChangedRecord


async def record_changed(
    message: WebhookMessageBody,
    webhook_id: Annotated[str, Header(description="The id of the message, the same in each attempt.")],
    webhook_timestamp: Annotated[int, Header(description="The time of this attempt, in seconds since 1970.")],
    webhook_signature: Annotated[
        str,
        Header(
            description="`v1,` and the Base64 of the HMAC-SHA256 of `{id}.{timestamp}.{body}`, keyed with the secret."
        ),
    ],
) -> None:
    """Receive a change of a record. Any response except 2xx is a failure, and the message is sent again later."""


def install(app: FastAPI) -> None:
    """Adds the webhooks' messages to the document."""
    app.webhooks.add_api_route(
        "recordChanged",
        record_changed,
        methods=["POST"],
        operation_id="recordChanged",
        tags=["changes"],
        status_code=HTTPStatus.NO_CONTENT,
        response_description="The message is accepted. Any other 2xx means the same.",
        responses={
            "default": {
                "description": "The message is sent again later; after the last attempt it becomes a dead letter."
            }
        },
    )
