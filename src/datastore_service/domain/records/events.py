"""What has happened to records."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from datastore_service.domain.immutable import immutable
from datastore_service.domain.records.content import Content, HasContent

type Operation = Literal["create", "replace", "patch", "delete", "restore", "revert"]


@immutable
class RecordChanged(HasContent):
    """A record has become another version.

    Attributes:
        version: The version that it has become; 1 is its creation.
        content: What it holds since; of a deleted record, what it held.
    """

    record_id: UUID
    collection: str
    version: int
    operation: Operation
    content: Content
    at: datetime
