"""The bodies of checks of collections."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Response
from pydantic import BaseModel, Field

from datastore_service.api.http.json_requests import JSON
from datastore_service.application.collection_reports import CollectionReport
from datastore_service.domain.typed.changes import ChangeKind, Compatibility, Documents, Verdict


class SchemaChangeBody(BaseModel):
    """A difference between the schema that is there and the new one."""

    pointer: Annotated[str, Field(description="JSON Pointer into the new schema, or the old one for what is gone.")]
    kind: ChangeKind
    member: Annotated[str, Field(description="JSON Pointer into payloads; `*` stands for the items of an array.")]
    documents: Annotated[
        Documents, Field(description="Whether payloads that fit the old schema fit: proven, to be looked at, or none.")
    ]
    readers: Annotated[Compatibility, Field(description="Whether types that readers have generated go on to fit.")]
    writers: Annotated[Compatibility, Field(description="Whether inputs that writers have generated are still taken.")]
    help: Annotated[str | None, Field(description="What can be done about it.")]


class MisfitErrorBody(BaseModel):
    """What does not fit in a payload."""

    pointer: Annotated[str, Field(description="JSON Pointer into the payload.")]
    detail: str


class MisfitBody(BaseModel):
    """A record whose payload does not fit."""

    id: UUID
    version: int
    errors: list[MisfitErrorBody]


class DocumentsBody(BaseModel):
    """How the payloads that are there fit."""

    checked: int
    misfits: int
    samples: Annotated[list[MisfitBody], Field(description="The first of the misfits.")]
    as_of: Annotated[datetime | None, Field(description="When the payloads were so; null if none was looked at.")]


class TakenNameBody(BaseModel):
    """A name that something else has."""

    pointer: Annotated[str, Field(description="JSON Pointer into the body of the check.")]
    detail: str
    owner: Annotated[str, Field(description="What has the name.")]


class NamesBody(BaseModel):
    """The names in GraphQL."""

    claimed: list[str]
    taken: list[TakenNameBody]


class NoteBody(BaseModel):
    """What of the schema has no type."""

    pointer: Annotated[str, Field(description="JSON Pointer into the schema.")]
    detail: str


class CollectionReportBody(BaseModel):
    """What would come of a change of a collection."""

    verdict: Annotated[
        Verdict,
        Field(
            description="`same` and `fits` change nothing for documents and clients, `needs_documents` asks for "
            "documents to be changed or looked at first, `refused` breaks what `allow` does not name, or takes a name."
        ),
    ]
    changes: list[SchemaChangeBody]
    documents: DocumentsBody
    names: NamesBody
    notes: list[NoteBody]
    seconds: Annotated[float, Field(description="How long the check took.")]


def report_response(report: CollectionReport) -> Response:
    """Answers with the report."""
    return Response(report.text(), media_type=JSON)
