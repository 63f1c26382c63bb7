"""The normalised tables of the write side; the migrations are checked against them."""

from datetime import datetime
from typing import ClassVar
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    DateTime,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    Text,
    Uuid,
    false,
    func,
    text,
    true,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from datastore_service.infrastructure.database.engine.transaction_ids import TransactionId
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, STORED


class Base(DeclarativeBase):
    """Settings of all tables: constraint names that do not depend on their creator, and times with a time zone."""

    metadata = MetaData(
        naming_convention={
            "ix": "%(table_name)s_%(column_0_N_name)s_idx",
            "uq": "%(table_name)s_%(column_0_N_name)s_key",
            "ck": "%(table_name)s_%(constraint_name)s_check",
            "fk": "%(table_name)s_%(column_0_N_name)s_fkey",
            "pk": "%(table_name)s_pkey",
        }
    )
    type_annotation_map: ClassVar = {datetime: DateTime(timezone=True), str: Text}
    __table__: ClassVar[Table]  # pyright: ignore[reportIncompatibleVariableOverride] - a mapped class has a Table


class CollectionRow(Base):
    """A collection of records."""

    __tablename__ = "collections"
    __table_args__ = (
        CheckConstraint("version >= 1", name="version"),
        CheckConstraint(
            "(api IS NULL) = (typed_since IS NULL) AND (api IS NULL) = (schema_number IS NULL) "
            "AND (api IS NULL OR schema IS NOT NULL)",
            name="typed",
        ),
        Index("collections_typed_idx", "name", postgresql_where=text("api IS NOT NULL")),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    schema: Mapped[object | None] = mapped_column(JSONB)
    version: Mapped[int] = mapped_column(BigInteger)
    updated_at: Mapped[datetime]
    kept_revisions: Mapped[int | None]
    kept_days: Mapped[int | None]
    api: Mapped[object | None] = mapped_column(JSONB)
    typed_since: Mapped[datetime | None]
    schema_number: Mapped[int | None] = mapped_column(BigInteger)
    gated_until: Mapped[datetime | None]


class SchemaStateRow(Base):
    """How often the types of collections have changed (adr/0107): one row, from the first change on."""

    __tablename__ = "schema_state"
    __table_args__ = (CheckConstraint("id", name="one_row"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    number: Mapped[int] = mapped_column(BigInteger)


class GraphqlNameRow(Base):
    """A name that a typed collection has. Several collections may have one type, with the same structure."""

    __tablename__ = "graphql_names"

    name: Mapped[str] = mapped_column(primary_key=True)
    collection_id: Mapped[UUID] = mapped_column(
        ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True, index=True
    )
    owner: Mapped[str]
    structure: Mapped[str | None]


class HorizonRow(Base):
    """The time since when the history of a collection's records is complete.

    The key is the name, because a deleted and recreated collection had records before.
    """

    __tablename__ = "horizons"

    collection: Mapped[str] = mapped_column(primary_key=True)
    horizon: Mapped[datetime]


class RecordRow(Base):
    """A record, or the tombstone of one."""

    __table__ = Table(
        "records",
        Base.metadata,
        Column("id", Uuid, primary_key=True),
        Column("collection_id", Uuid, ForeignKey("collections.id"), nullable=False),
        Column("version", BigInteger, nullable=False),
        *(column.column() for column in STORED),
        Column("created_at", DateTime(timezone=True), nullable=False),
        Column("updated_at", DateTime(timezone=True), nullable=False),
        Column("deleted_at", DateTime(timezone=True)),
        CheckConstraint("version >= 1", name="version"),
        Index(None, "collection_id", "id"),
        Index(None, "collection_id", "created_at", "id"),
        Index(None, "collection_id", "updated_at", "id"),
        Index(None, "deleted_at", postgresql_where=text("deleted_at IS NOT NULL")),
        Index(
            "records_words_simple_idx", text("datastore_words('simple'::regconfig, payload)"), postgresql_using="gin"
        ),
    )


class RevisionRow(Base):
    """The state of a record after a change: the change log (adr/0040).

    It has no foreign keys, which would cost each write two look-ups: its rows are inserted and deleted together with
    the
    record's own row.
    """

    __table__ = Table(
        "revisions",
        Base.metadata,
        Column("seq", BigInteger, Identity(always=True), index=True, nullable=False),
        Column("record_id", Uuid, primary_key=True),
        Column("collection_id", Uuid, nullable=False),
        Column("version", BigInteger, primary_key=True, autoincrement=False),
        Column("operation", Text, nullable=False),
        *(column.column() for column in CONTENT),
        Column("actor", Text, nullable=False),
        Column("correlation_id", Text),
        Column("xid", TransactionId, server_default=func.pg_current_xact_id(), index=True, nullable=False),
        Column("at", DateTime(timezone=True), nullable=False),
    )


class ChangeLogRow(Base):
    """The epoch of the log, a number that cursors carry, and the server that it is written on (adr/0044).

    There is one row. The server is NULL while a backup is being restored.
    """

    __tablename__ = "change_log"
    __table_args__ = (CheckConstraint("id", name="id"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    epoch: Mapped[int] = mapped_column(BigInteger)
    server: Mapped[str | None]


class ConsumerRow(Base):
    """A reader of the log, and the cursor up to which it has processed everything."""

    __tablename__ = "consumers"

    name: Mapped[str] = mapped_column(primary_key=True)
    cursor: Mapped[str]
    created_at: Mapped[datetime]
    acknowledged_at: Mapped[datetime]


class CursorKeyRow(Base):
    """The key that signs cursors: one row."""

    __tablename__ = "cursor_key"
    __table_args__ = (CheckConstraint("id", name="id"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=true())
    key: Mapped[bytes]


class WebhookRow(Base):
    """An address to which changes are posted, its position, and the process that posts at the moment."""

    __tablename__ = "webhooks"

    name: Mapped[str] = mapped_column(primary_key=True)
    url: Mapped[str]
    collection: Mapped[str | None]
    secret: Mapped[str]
    enabled: Mapped[bool]
    cursor: Mapped[str]
    failures: Mapped[int] = mapped_column(BigInteger)
    next_attempt_at: Mapped[datetime]
    last_error: Mapped[str | None]
    leased_by: Mapped[str | None]
    leased_until: Mapped[datetime | None]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class DeadLetterRow(Base):
    """A message that could not be delivered to a webhook."""

    __tablename__ = "dead_letters"
    __table_args__ = (Index(None, "webhook", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True)
    webhook: Mapped[str] = mapped_column(ForeignKey("webhooks.name", ondelete="CASCADE"))
    message_id: Mapped[str]
    body: Mapped[str]
    failures: Mapped[int] = mapped_column(BigInteger)
    error: Mapped[str]
    failed_at: Mapped[datetime]
    replaying: Mapped[bool]


class StoredResponseRow(Base):
    """The stored response to a request that may be repeated; its text is JSON (stored_responses.py)."""

    __tablename__ = "answers"

    actor: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[bytes]
    answer: Mapped[str]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class ImportRow(Base):
    """The progress of a named import."""

    __tablename__ = "imports"

    name: Mapped[str] = mapped_column(primary_key=True)
    mark: Mapped[str]
    lines: Mapped[int] = mapped_column(BigInteger, server_default="0")
    created: Mapped[int] = mapped_column(BigInteger, server_default="0")
    replaced: Mapped[int] = mapped_column(BigInteger, server_default="0")
    skipped: Mapped[int] = mapped_column(BigInteger, server_default="0")
    rejected: Mapped[int] = mapped_column(BigInteger, server_default="0")
    finished: Mapped[bool] = mapped_column(server_default=false())
    digest: Mapped[str] = mapped_column(server_default="")
    begun_at: Mapped[datetime]
    updated_at: Mapped[datetime]


class TagRow(Base):
    """A tag, shared by any number of records."""

    __tablename__ = "tags"

    id: Mapped[int] = mapped_column(BigInteger, Identity(always=True), primary_key=True)
    name: Mapped[str] = mapped_column(unique=True)


class RecordTagRow(Base):
    """A tag of a record."""

    __tablename__ = "record_tags"
    __table_args__ = (Index(None, "tag_id", "record_id"),)

    record_id: Mapped[UUID] = mapped_column(ForeignKey("records.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id"), primary_key=True)


class LinkRow(Base):
    """A link between two records."""

    __tablename__ = "links"
    __table_args__ = (
        Index(None, "source_id", "id"),
        Index(None, "source_id", "relation", "id"),
        Index(None, "target_id", "id"),
        Index(None, "target_id", "relation", "id"),
    )

    id: Mapped[UUID]
    source_id: Mapped[UUID] = mapped_column(ForeignKey("records.id", ondelete="CASCADE"), primary_key=True)
    relation: Mapped[str] = mapped_column(primary_key=True)
    target_id: Mapped[UUID] = mapped_column(ForeignKey("records.id", ondelete="CASCADE"), primary_key=True)
    created_at: Mapped[datetime]


class PayloadIndexRow(Base):
    """A requested index on a path; one index on `records` serves all collections that request the same path."""

    __tablename__ = "payload_indexes"

    collection_id: Mapped[UUID] = mapped_column(ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    index_name: Mapped[str] = mapped_column(index=True)
    created_at: Mapped[datetime]
    failure: Mapped[str | None]
