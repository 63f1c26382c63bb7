"""The table of all use cases: each message with its handler, in alphabetical order."""

from collections.abc import Mapping
from typing import Any, Final

from datastore_service.application.feed.use_cases.delete_consumer import DeleteConsumer, DeleteConsumerHandler
from datastore_service.application.feed.use_cases.delete_webhook import DeleteWebhook, DeleteWebhookHandler
from datastore_service.application.feed.use_cases.follow_changes import FollowChanges, FollowChangesHandler
from datastore_service.application.feed.use_cases.get_consumer import GetConsumer, GetConsumerHandler
from datastore_service.application.feed.use_cases.get_webhook import GetWebhook, GetWebhookHandler
from datastore_service.application.feed.use_cases.list_consumers import ListConsumers, ListConsumersHandler
from datastore_service.application.feed.use_cases.list_dead_letters import ListDeadLetters, ListDeadLettersHandler
from datastore_service.application.feed.use_cases.list_webhooks import ListWebhooks, ListWebhooksHandler
from datastore_service.application.feed.use_cases.measure_webhooks import MeasureWebhooks, MeasureWebhooksHandler
from datastore_service.application.feed.use_cases.patch_consumer import PatchConsumer, PatchConsumerHandler
from datastore_service.application.feed.use_cases.patch_webhook import PatchWebhook, PatchWebhookHandler
from datastore_service.application.feed.use_cases.put_consumer import PutConsumer, PutConsumerHandler
from datastore_service.application.feed.use_cases.put_webhook import PutWebhook, PutWebhookHandler
from datastore_service.application.feed.use_cases.read_changes import ReadChanges, ReadChangesHandler
from datastore_service.application.feed.use_cases.replay_dead_letters import ReplayDeadLetters, ReplayDeadLettersHandler
from datastore_service.application.messages import Command, Handler, Message, Query
from datastore_service.application.read.queries.aggregate_records import AggregateRecords, AggregateRecordsHandler
from datastore_service.application.read.queries.check_collection import CheckCollection, CheckCollectionHandler
from datastore_service.application.read.queries.check_readiness import CheckReadiness, CheckReadinessHandler
from datastore_service.application.read.queries.count_links import CountLinks, CountLinksHandler
from datastore_service.application.read.queries.count_purgeable import CountPurgeable, CountPurgeableHandler
from datastore_service.application.read.queries.count_records import CountRecords, CountRecordsHandler
from datastore_service.application.read.queries.explain_records import ExplainRecords, ExplainRecordsHandler
from datastore_service.application.read.queries.export_records import ExportRecords, ExportRecordsHandler
from datastore_service.application.read.queries.follow_links import FollowLinks, FollowLinksHandler
from datastore_service.application.read.queries.get_collection import GetCollection, GetCollectionHandler
from datastore_service.application.read.queries.get_record import GetRecord, GetRecordHandler
from datastore_service.application.read.queries.get_records import GetRecords, GetRecordsHandler
from datastore_service.application.read.queries.list_collections import ListCollections, ListCollectionsHandler
from datastore_service.application.read.queries.list_indexes import ListIndexes, ListIndexesHandler
from datastore_service.application.read.queries.list_links import ListLinks, ListLinksHandler
from datastore_service.application.read.queries.list_records import ListRecords, ListRecordsHandler
from datastore_service.application.read.queries.list_records_as_json import ListRecordsAsJson, ListRecordsAsJsonHandler
from datastore_service.application.read.queries.list_revisions import ListRevisions, ListRevisionsHandler
from datastore_service.application.read.queries.project_record import ProjectRecord, ProjectRecordHandler
from datastore_service.application.read.queries.project_records import ProjectRecords, ProjectRecordsHandler
from datastore_service.application.read.queries.read_selection import ReadSelection, ReadSelectionHandler
from datastore_service.application.write.commands.apply_batch import ApplyBatch, ApplyBatchHandler
from datastore_service.application.write.commands.create_index import CreateIndex, CreateIndexHandler
from datastore_service.application.write.commands.create_record import CreateRecord, CreateRecordHandler
from datastore_service.application.write.commands.delete_collection import DeleteCollection, DeleteCollectionHandler
from datastore_service.application.write.commands.delete_record import DeleteRecord, DeleteRecordHandler
from datastore_service.application.write.commands.drop_index import DropIndex, DropIndexHandler
from datastore_service.application.write.commands.import_records import ImportRecords, ImportRecordsHandler
from datastore_service.application.write.commands.link_records import LinkRecords, LinkRecordsHandler
from datastore_service.application.write.commands.patch_collection import PatchCollection, PatchCollectionHandler
from datastore_service.application.write.commands.patch_record import PatchRecord, PatchRecordHandler
from datastore_service.application.write.commands.purge_revisions import PurgeRevisions, PurgeRevisionsHandler
from datastore_service.application.write.commands.purge_tombstones import PurgeTombstones, PurgeTombstonesHandler
from datastore_service.application.write.commands.put_collection import PutCollection, PutCollectionHandler
from datastore_service.application.write.commands.replace_record import ReplaceRecord, ReplaceRecordHandler
from datastore_service.application.write.commands.restore_record import RestoreRecord, RestoreRecordHandler
from datastore_service.application.write.commands.revert_collection import RevertCollection, RevertCollectionHandler
from datastore_service.application.write.commands.revert_record import RevertRecord, RevertRecordHandler
from datastore_service.application.write.commands.unlink_records import UnlinkRecords, UnlinkRecordsHandler

COMMANDS: Final[Mapping[type[Command[Any]], type[Handler[Any, Any]]]] = {
    ApplyBatch: ApplyBatchHandler,
    CreateIndex: CreateIndexHandler,
    CreateRecord: CreateRecordHandler,
    DeleteCollection: DeleteCollectionHandler,
    DeleteRecord: DeleteRecordHandler,
    DropIndex: DropIndexHandler,
    ImportRecords: ImportRecordsHandler,
    LinkRecords: LinkRecordsHandler,
    PatchCollection: PatchCollectionHandler,
    PatchRecord: PatchRecordHandler,
    PurgeRevisions: PurgeRevisionsHandler,
    PurgeTombstones: PurgeTombstonesHandler,
    PutCollection: PutCollectionHandler,
    ReplaceRecord: ReplaceRecordHandler,
    RestoreRecord: RestoreRecordHandler,
    RevertCollection: RevertCollectionHandler,
    RevertRecord: RevertRecordHandler,
    UnlinkRecords: UnlinkRecordsHandler,
}
"""The command side: what changes the store."""

QUERIES: Final[Mapping[type[Query[Any]], type[Handler[Any, Any]]]] = {
    AggregateRecords: AggregateRecordsHandler,
    CheckCollection: CheckCollectionHandler,
    CheckReadiness: CheckReadinessHandler,
    CountLinks: CountLinksHandler,
    CountPurgeable: CountPurgeableHandler,
    CountRecords: CountRecordsHandler,
    ExplainRecords: ExplainRecordsHandler,
    ExportRecords: ExportRecordsHandler,
    FollowLinks: FollowLinksHandler,
    GetCollection: GetCollectionHandler,
    GetRecord: GetRecordHandler,
    GetRecords: GetRecordsHandler,
    ListCollections: ListCollectionsHandler,
    ListIndexes: ListIndexesHandler,
    ListLinks: ListLinksHandler,
    ListRecords: ListRecordsHandler,
    ListRecordsAsJson: ListRecordsAsJsonHandler,
    ListRevisions: ListRevisionsHandler,
    ProjectRecord: ProjectRecordHandler,
    ProjectRecords: ProjectRecordsHandler,
    ReadSelection: ReadSelectionHandler,
}
"""The query side: what only reads."""

CHANGE_FEED: Final[Mapping[type[Message[Any]], type[Handler[Any, Any]]]] = {
    DeleteConsumer: DeleteConsumerHandler,
    DeleteWebhook: DeleteWebhookHandler,
    FollowChanges: FollowChangesHandler,
    GetConsumer: GetConsumerHandler,
    GetWebhook: GetWebhookHandler,
    ListConsumers: ListConsumersHandler,
    ListDeadLetters: ListDeadLettersHandler,
    ListWebhooks: ListWebhooksHandler,
    MeasureWebhooks: MeasureWebhooksHandler,
    PatchConsumer: PatchConsumerHandler,
    PatchWebhook: PatchWebhookHandler,
    PutConsumer: PutConsumerHandler,
    PutWebhook: PutWebhookHandler,
    ReadChanges: ReadChangesHandler,
    ReplayDeadLetters: ReplayDeadLettersHandler,
}
"""The change feed: who follows the changes, and what they are told."""

HANDLERS: Final[Mapping[type[Message[Any]], type[Handler[Any, Any]]]] = {**COMMANDS, **QUERIES, **CHANGE_FEED}
