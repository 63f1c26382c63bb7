"""The table of contents of the application: each message and the handler that answers it."""

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
from datastore_service.application.messages import Handler, Message
from datastore_service.application.read.queries.aggregate_records import AggregateRecords, AggregateRecordsHandler
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

HANDLERS: Final[Mapping[type[Message[Any]], type[Handler[Any, Any]]]] = {
    ApplyBatch: ApplyBatchHandler,
    CreateRecord: CreateRecordHandler,
    ReplaceRecord: ReplaceRecordHandler,
    PatchRecord: PatchRecordHandler,
    DeleteRecord: DeleteRecordHandler,
    RestoreRecord: RestoreRecordHandler,
    RevertRecord: RevertRecordHandler,
    RevertCollection: RevertCollectionHandler,
    PurgeTombstones: PurgeTombstonesHandler,
    PurgeRevisions: PurgeRevisionsHandler,
    LinkRecords: LinkRecordsHandler,
    UnlinkRecords: UnlinkRecordsHandler,
    ImportRecords: ImportRecordsHandler,
    PutCollection: PutCollectionHandler,
    PatchCollection: PatchCollectionHandler,
    DeleteCollection: DeleteCollectionHandler,
    GetRecord: GetRecordHandler,
    GetRecords: GetRecordsHandler,
    ListRecords: ListRecordsHandler,
    ListRecordsAsJson: ListRecordsAsJsonHandler,
    ListRevisions: ListRevisionsHandler,
    CountPurgeable: CountPurgeableHandler,
    GetCollection: GetCollectionHandler,
    ListCollections: ListCollectionsHandler,
    ExplainRecords: ExplainRecordsHandler,
    CountRecords: CountRecordsHandler,
    CreateIndex: CreateIndexHandler,
    DropIndex: DropIndexHandler,
    ListIndexes: ListIndexesHandler,
    AggregateRecords: AggregateRecordsHandler,
    ProjectRecord: ProjectRecordHandler,
    ProjectRecords: ProjectRecordsHandler,
    ListLinks: ListLinksHandler,
    FollowLinks: FollowLinksHandler,
    CountLinks: CountLinksHandler,
    ReadSelection: ReadSelectionHandler,
    ReadChanges: ReadChangesHandler,
    FollowChanges: FollowChangesHandler,
    PutConsumer: PutConsumerHandler,
    PatchConsumer: PatchConsumerHandler,
    DeleteConsumer: DeleteConsumerHandler,
    GetConsumer: GetConsumerHandler,
    ListConsumers: ListConsumersHandler,
    PutWebhook: PutWebhookHandler,
    PatchWebhook: PatchWebhookHandler,
    DeleteWebhook: DeleteWebhookHandler,
    ReplayDeadLetters: ReplayDeadLettersHandler,
    GetWebhook: GetWebhookHandler,
    ListWebhooks: ListWebhooksHandler,
    MeasureWebhooks: MeasureWebhooksHandler,
    ListDeadLetters: ListDeadLettersHandler,
    ExportRecords: ExportRecordsHandler,
    CheckReadiness: CheckReadinessHandler,
}
