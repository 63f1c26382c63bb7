"""A member of a record is everywhere that a record is: the failure names the place that lacks it.

The members of `RecordView` are the measure. docs/how-to/add-a-field.md says how one is added.
"""

from collections.abc import Iterable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

import pytest
from strawberry.types import get_object_definition

from datastore_service.api.graphql.types.batches import BatchCreateInput, BatchReplaceInput
from datastore_service.api.graphql.types.changes import Change as ChangeType
from datastore_service.api.graphql.types.filters import RecordFilter
from datastore_service.api.graphql.types.inputs import CreateRecordInput, ReplaceRecordInput
from datastore_service.api.graphql.types.records import Record as RecordType
from datastore_service.api.graphql.types.revisions import Revision as RevisionType
from datastore_service.api.http.contents import content_members
from datastore_service.api.routes.bodies.change_schemas import ChangeBody
from datastore_service.api.routes.bodies.responses import record_members
from datastore_service.api.routes.bodies.revisions import RevisionBody
from datastore_service.api.routes.bodies.schemas import (
    MERGE_PATCH_SCHEMA,
    NewRecord,
    ProjectedRecordBody,
    RecordBody,
    RecordContent,
)
from datastore_service.api.routes.bulk.ndjson import KNOWN_MEMBERS
from datastore_service.api.routes.openapi.filter_schema import FILTER_SCHEMA
from datastore_service.application.feed.change import Change
from datastore_service.application.fields import Attribute
from datastore_service.application.read.history import RevisionView
from datastore_service.application.views import RECORD_MEMBERS, ContentView, RecordView
from datastore_service.application.write.commands.create_record import CreateRecord
from datastore_service.application.write.commands.replace_record import ReplaceRecord
from datastore_service.application.write.ports.imports import Draft
from datastore_service.domain.records.content import Content, GivenContent, HasContent
from datastore_service.domain.records.record import Record
from datastore_service.infrastructure.database.read.readers.exports import CSV_MEMBERS
from datastore_service.infrastructure.database.schema.models import RecordRow, RevisionRow
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, RECORD, STORED
from datastore_service.infrastructure.database.schema.views import record_view, revision_view
from datastore_service.infrastructure.database.write.changes import ADD, WRITE, WRITE_LOCKED


def names(kind: type[Any]) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


def graphql_names(kind: type[Any]) -> frozenset[str]:
    definition = get_object_definition(kind, strict=True)
    return frozenset(field.python_name for field in definition.fields)


def columns(found: Iterable[Any]) -> frozenset[str]:
    return frozenset(column.name for column in found)


def properties(described: Any) -> frozenset[str]:  # noqa: ANN401 - a JSON Schema
    return frozenset(described["properties"])


def inserted(statement: str, table: str) -> frozenset[str]:
    return frozenset(statement.partition(f"INSERT INTO {table} (")[2].partition(")")[0].split(", "))


NOON: Final = datetime(2026, 1, 1, tzinfo=UTC)
TOMBSTONE: Final = Record(
    id=UUID(int=1),
    collection="c",
    version=1,
    content=Content.of(GivenContent(payload=1)),
    created_at=NOON,
    updated_at=NOON,
    deleted_at=NOON,
)
VIEW: Final = RecordView.of(TOMBSTONE)

MEMBERS: Final = names(RecordView)
HELD: Final = names(ContentView)

OF_RECORDS: Final[Mapping[str, frozenset[Any]]] = {
    "application/views.py: RECORD_MEMBERS": frozenset(RECORD_MEMBERS),
    "application/fields.py: Attribute": frozenset(Attribute) | {"payload"},
    "schema/record_columns.py: RECORD": columns(RECORD),
    "schema/views.py: record_view": columns(record_view.columns),
    "readers/exports.py: CSV": frozenset(CSV_MEMBERS) | {"deleted_at"},
    "REST's responses: record_members": frozenset(record_members(VIEW)),
    "REST's document: RecordBody": frozenset(RecordBody.model_fields),
    "REST's document: ProjectedRecordBody": frozenset(ProjectedRecordBody.model_fields),
    "REST's document: Filter": properties(FILTER_SCHEMA) | {"payload"},
    "bulk/ndjson.py: known members": KNOWN_MEMBERS | {"deleted_at"},
    "GraphQL: Record": graphql_names(RecordType),
    "GraphQL: RecordFilter": graphql_names(RecordFilter),
}
OF_CONTENT: Final[Mapping[str, frozenset[Any]]] = {
    "domain: GivenContent": names(GivenContent),
    "domain: Content": names(Content),
    "domain: HasContent": frozenset(name for name in vars(HasContent) if isinstance(vars(HasContent)[name], property)),
    "domain: what patches apply to": frozenset(TOMBSTONE.content.document()),
    "views: what differences are of": frozenset(VIEW.document()),
    "commands: CreateRecord": names(CreateRecord),
    "commands: ReplaceRecord": names(ReplaceRecord),
    "imports: Draft": names(Draft),
    "histories: RevisionView": names(RevisionView),
    "feed: Change": names(Change),
    "schema/record_columns.py: CONTENT": columns(CONTENT),
    "schema/models.py: revisions": columns(RevisionRow.__table__.columns),
    "schema/views.py: revision_view": columns(revision_view.columns),
    "REST's responses: content_members": frozenset(content_members(VIEW)),
    "REST's document: NewRecord": frozenset(NewRecord.model_fields),
    "REST's document: RecordContent": frozenset(RecordContent.model_fields),
    "REST's document: RevisionBody": frozenset(RevisionBody.model_fields),
    "REST's document: ChangeBody": frozenset(ChangeBody.model_fields),
    "REST's document: MergePatch": properties(MERGE_PATCH_SCHEMA),
    "GraphQL: CreateRecordInput": graphql_names(CreateRecordInput),
    "GraphQL: ReplaceRecordInput": graphql_names(ReplaceRecordInput),
    "GraphQL: BatchCreateInput": graphql_names(BatchCreateInput),
    "GraphQL: BatchReplaceInput": graphql_names(BatchReplaceInput),
    "GraphQL: Revision": graphql_names(RevisionType),
    "GraphQL: Change": graphql_names(ChangeType),
}


@pytest.mark.parametrize("place", OF_RECORDS)
def test_has_each_member_of_a_record(place: str) -> None:
    assert MEMBERS - OF_RECORDS[place] == frozenset()


@pytest.mark.parametrize("place", OF_CONTENT)
def test_has_each_member_that_clients_set(place: str) -> None:
    assert HELD - OF_CONTENT[place] == frozenset()


@pytest.mark.parametrize("statement", [WRITE, WRITE_LOCKED, ADD])
def test_writes_each_member_to_the_record_and_to_its_revision(statement: str) -> None:
    record, revision = (
        statement.partition(f"INSERT INTO {table} (")[2].partition(")")[0].split(", ")
        for table in ("records", "revisions")
    )

    assert columns(STORED) <= set(record)
    assert set(revision) >= HELD


def test_records_have_a_column_for_each_member_that_is_not_normalised() -> None:
    assert columns(STORED) <= columns(RecordRow.__table__.columns)


@pytest.mark.parametrize("kind", [ContentView, RecordView, Content])
def test_has_no_defaults_so_that_the_type_checker_names_what_is_left_out(kind: type[Any]) -> None:
    has_default = [each.name for each in fields(kind) if each.default is not MISSING]

    assert has_default == []
