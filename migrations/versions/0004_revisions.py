"""The log: every change of a record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from datastore_service.infrastructure.database.engine.transaction_ids import TransactionId

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table and its view, with one revision of each record that is there."""
    op.create_table(
        "revisions",
        sa.Column("seq", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("record_id", sa.Uuid(), primary_key=True),
        sa.Column("collection_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("operation", sa.Text(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("tags", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("actor", sa.Text(), nullable=False),
        sa.Column("correlation_id", sa.Text()),
        sa.Column("xid", TransactionId(), nullable=False, server_default=sa.text("pg_current_xact_id()")),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
    )
    op.execute(WHAT_IS_THERE)
    op.create_index("revisions_seq_idx", "revisions", ["seq"])
    op.execute(REVISION_VIEW)
    op.execute(GRANT)


def downgrade() -> None:
    """Forgets the history."""
    op.execute("DROP VIEW revision_view")
    op.drop_table("revisions")


# What they were before is not known: a first revision with a version above 1 says so.
WHAT_IS_THERE = """
INSERT INTO revisions (record_id, collection_id, version, operation, payload, tags, actor, at)
SELECT
  id, collection_id, version,
  CASE WHEN deleted_at IS NOT NULL THEN 'delete' WHEN version = 1 THEN 'create' ELSE 'replace' END,
  payload, tags, 'anonymous', updated_at
FROM record_view ORDER BY updated_at, id
"""

REVISION_VIEW = """
CREATE VIEW revision_view AS
SELECT
  revisions.seq,
  revisions.record_id,
  revisions.collection_id,
  -- Not a join: who does not ask for the name does not pay for it.
  (SELECT collections.name FROM collections WHERE collections.id = revisions.collection_id) AS collection,
  revisions.version,
  revisions.operation,
  revisions.payload,
  revisions.tags,
  revisions.actor,
  revisions.correlation_id,
  revisions.xid,
  revisions.at
FROM revisions
"""

GRANT = """
DO $$ BEGIN GRANT SELECT ON revision_view TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""
