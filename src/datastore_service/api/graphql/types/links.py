"""The type of a single link, and of mutations of links; lists of links are in `records.py`."""

from collections.abc import Sequence
from datetime import datetime
from typing import Self
from uuid import UUID

import strawberry

from datastore_service.api.graphql.context import Info
from datastore_service.api.graphql.loaders import loaded
from datastore_service.api.graphql.types.records import Record
from datastore_service.api.graphql.types.user_errors import UserError
from datastore_service.api.http import descriptions
from datastore_service.application.mediator import Sender
from datastore_service.application.read.queries.get_records import GetRecords
from datastore_service.application.views import LinkView, RecordView
from datastore_service.application.write.commands.link_records import LinkRecords
from datastore_service.application.write.commands.unlink_records import UnlinkRecords
from datastore_service.domain.errors import DomainError, RecordDeleted, RecordNotFound


@strawberry.type(description="A link from one record to another.")
class Link:
    source_id: UUID = strawberry.field(description=descriptions.LINK_SOURCE)
    relation: str = strawberry.field(description=descriptions.RELATION)
    target_id: UUID = strawberry.field(description=descriptions.LINK_TARGET)
    created_at: datetime = strawberry.field(description="When the records were linked.")

    @strawberry.field(description="The record that the link leads from; null if it has been deleted meanwhile.")
    async def source(self, info: Info) -> Record | None:
        return await _record(info, self.source_id)

    @strawberry.field(description="The record that the link leads to; null if it has been deleted meanwhile.")
    async def target(self, info: Info) -> Record | None:
        return await _record(info, self.target_id)

    @classmethod
    def of(cls, link: LinkView) -> Self:
        return cls(source_id=link.source, relation=link.relation, target_id=link.target, created_at=link.created_at)


@strawberry.input(description="Two records and the relation between them.")
class LinkInput:
    source: UUID = strawberry.field(description=descriptions.LINK_SOURCE)
    relation: str = strawberry.field(description=descriptions.RELATION)
    target: UUID = strawberry.field(description=descriptions.LINK_TARGET)

    def link(self) -> LinkRecords:
        return LinkRecords(source=self.source, relation=self.relation, target=self.target)

    def unlink(self) -> UnlinkRecords:
        return UnlinkRecords(source=self.source, relation=self.relation, target=self.target)

    def user_error(self, error: DomainError) -> UserError:
        """Translates a refusal, and names the record of the two that it is about."""
        refusal = UserError.of(error)
        if isinstance(error, RecordNotFound | RecordDeleted):
            refusal.path = ["target" if error.record_id == str(self.target) else "source"]
        return refusal


@strawberry.type(description="The result of `linkRecords`.")
class LinkRecordsPayload:
    link: Link | None = strawberry.field(
        default=None, description="The link as it is now; null if the mutation was refused."
    )
    created: bool | None = strawberry.field(
        default=None, description="Whether the link is new; null if the mutation was refused."
    )
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )


@strawberry.type(description="The result of `unlinkRecords`.")
class UnlinkRecordsPayload:
    removed: bool = strawberry.field(default=False, description="Whether the link existed and was removed.")
    user_errors: list[UserError] = strawberry.field(
        default_factory=list[UserError], description="Why the mutation was refused; empty if it was carried out."
    )


async def _record(info: Info, record_id: UUID) -> Record | None:
    view = await loaded(info, _records, record_id)
    return view and Record.of(view)


async def _records(mediator: Sender, ids: Sequence[UUID]) -> Sequence[RecordView | None]:
    return await mediator.send(GetRecords(ids=ids))
