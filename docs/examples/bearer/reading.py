"""Queries, as far as somebody may read."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Final

from datastore_service.application.errors import Forbidden
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges
from datastore_service.application.feed.use_cases.read_changes import ReadChanges
from datastore_service.application.messages import Message
from datastore_service.application.read.criteria.record_criteria import RecordCriteria
from datastore_service.application.read.queries.aggregate_records import AggregateRecords
from datastore_service.application.read.queries.check_collection import CheckCollection
from datastore_service.application.read.queries.count_links import CountLinks
from datastore_service.application.read.queries.count_records import CountRecords
from datastore_service.application.read.queries.explain_records import ExplainRecords
from datastore_service.application.read.queries.export_records import ExportRecords
from datastore_service.application.read.queries.follow_links import FollowLinks
from datastore_service.application.read.queries.get_collection import GetCollection
from datastore_service.application.read.queries.get_record import GetRecord
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.read.queries.list_collections import ListCollections
from datastore_service.application.read.queries.list_indexes import ListIndexes
from datastore_service.application.read.queries.list_links import ListLinks
from datastore_service.application.read.queries.list_records import ListRecords
from datastore_service.application.read.queries.list_records_as_json import ListRecordsAsJson
from datastore_service.application.read.queries.list_revisions import ListRevisions
from datastore_service.application.read.queries.project_record import ProjectRecord
from datastore_service.application.read.queries.project_records import ProjectRecords

from .grants import Grants

READING: Final = (
    GetRecord, GetRecords, ListRevisions, ListLinks, FollowLinks, CountLinks, ListRecords, ListRecordsAsJson,
    CountRecords,
    ProjectRecord, ProjectRecords, ExplainRecords, AggregateRecords, ReadChanges, FollowChanges, ExportRecords,
    GetCollection, CheckCollection, ListIndexes, ListCollections,
)  # fmt: skip


def as_readable(message: Message[Any], grants: Grants) -> Message[Any]:
    """Returns the query, made to see only collections that may be read.

    Raises:
        Forbidden: It asks for another collection by its name, or cannot be made so.
    """
    if not isinstance(message, READING):
        raise Forbidden(f"{type(message).__name__} needs the scope admin.")
    if grants.reads is None:
        return message
    match message:
        case GetRecord() | GetRecords() | ProjectRecord() | ListRevisions():
            return replace(message, within=grants.reads)
        case ListLinks() | FollowLinks() | CountLinks():
            return replace(message, criteria=replace(message.criteria, within=grants.reads))
        case ListRecords() | ListRecordsAsJson() | CountRecords() | ProjectRecords() | ExplainRecords():
            criteria = _readable(message.criteria, grants)
            # What is as it was can still be read at once with the rest of a GraphQL document.
            return message if criteria is message.criteria else replace(message, criteria=criteria)
        case AggregateRecords():
            return replace(message, asked=replace(message.asked, records=_readable(message.asked.records, grants)))
        case _:
            for name in _collections(message):
                grants.expect_reads(name)
            return message


def _readable(criteria: RecordCriteria, grants: Grants) -> RecordCriteria:
    if criteria.collection is None:
        return replace(criteria, within=grants.reads)
    grants.expect_reads(criteria.collection)
    return criteria


def _collections(message: Message[Any]) -> Sequence[str]:
    match message:
        case ReadChanges() | FollowChanges() | ExportRecords() if message.collection is not None:
            return [message.collection]
        case GetCollection() | CheckCollection():
            return [message.name]
        case ListIndexes():
            return message.collections
        case _:
            raise Forbidden("All collections at once need the scope read:*; name one of yours.")
