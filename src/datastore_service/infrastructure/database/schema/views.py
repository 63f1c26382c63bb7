"""The read side's contract: the columns of the views. The migrations define the views themselves."""

from typing import Final

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid
from sqlalchemy.dialects.postgresql import JSONB

from datastore_service.infrastructure.database.engine.transaction_ids import TransactionId
from datastore_service.infrastructure.database.schema.record_columns import CONTENT, RECORD

_views = MetaData()

record_view = Table(
    "record_view",
    _views,
    *(column.column() for column in RECORD),
    Column("collection_id", Uuid, nullable=False),
)
"""Each record and each tombstone, with the name of its collection and its sorted tags."""

collection_view = Table(
    "collection_view",
    _views,
    Column("id", Uuid, nullable=False),
    Column("name", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("schema", JSONB),
    Column("version", BigInteger, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Column("kept_revisions", Integer),
    Column("kept_days", Integer),
    Column("api", JSONB),
    Column("typed_since", DateTime(timezone=True)),
    Column("schema_number", BigInteger),
)
"""Each collection. A list looks up a collection's id here, so that one index serves both its filter and its order."""

schema_state_view = Table("schema_state_view", _views, Column("number", BigInteger, nullable=False))
"""How often the types of collections have changed; no row before the first change."""

graphql_name_view = Table(
    "graphql_name_view",
    _views,
    Column("name", Text, nullable=False),
    Column("collection_id", Uuid, nullable=False),
    Column("owner", Text, nullable=False),
    Column("structure", Text),
)
"""Each name that a typed collection has."""

horizon_view = Table(
    "horizon_view",
    _views,
    Column("collection", Text, nullable=False),
    Column("horizon", DateTime(timezone=True), nullable=False),
)
"""The time since when the history of a collection's records is complete, if it is not complete from the beginning."""

revision_view = Table(
    "revision_view",
    _views,
    Column("seq", BigInteger, nullable=False),
    Column("record_id", Uuid, nullable=False),
    Column("collection_id", Uuid, nullable=False),
    Column("collection", Text, nullable=False),
    Column("version", BigInteger, nullable=False),
    Column("operation", Text, nullable=False),
    *(column.column() for column in CONTENT),
    Column("actor", Text, nullable=False),
    Column("correlation_id", Text),
    Column("xid", TransactionId, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
)
"""Each change of a record with the state after it, which readers saw until the next change."""

link_view = Table(
    "link_view",
    _views,
    Column("id", Uuid, nullable=False),
    Column("source", Uuid, nullable=False),
    Column("relation", Text, nullable=False),
    Column("target", Uuid, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
)
"""Each link; the records at both ends are in `record_view`, and are not tombstones."""
change_log_view = Table(
    "change_log_view",
    _views,
    Column("epoch", BigInteger, nullable=False),
    Column("server", Text),
    Column("present_server", Text),
)
"""The epoch of the change log, the server that it is written on, and the server that answers (adr/0044)."""

tag_view = Table(
    "tag_view",
    _views,
    Column("record_id", Uuid, nullable=False),
    Column("tag", Text, nullable=False),
)
"""Each tag of each record, like `record_view.tags`, in a form for which an index finds records."""

record_tag_view = Table(
    "record_tag_view",
    _views,
    Column("record_id", Uuid, nullable=False),
    Column("tag_id", BigInteger, nullable=False),
)
"""The pair of a record and a tag, at most once, so that PostgreSQL may start from the tag in the order of ids."""

tag_name_view = Table(
    "tag_name_view", _views, Column("id", BigInteger, nullable=False), Column("name", Text, nullable=False)
)
"""The names of the tags, each once."""

VIEWS: Final = tuple(_views.tables.values())
"""All views above, which the reader's role must be able to read. Defined last, so that none is missing."""
