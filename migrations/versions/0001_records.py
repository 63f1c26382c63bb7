"""Records, collections and tags; the views that are read; the role that reads them."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the tables, the views and the reader's role."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "collections",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
        sa.Column("created_at", moment, nullable=False),
    )
    op.create_table(
        "records",
        sa.Column("id", sa.Uuid(), primary_key=True),
        sa.Column("collection_id", sa.Uuid(), sa.ForeignKey("collections.id"), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("payload", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
        sa.Column("deleted_at", moment),
        sa.CheckConstraint("version >= 1", name="version"),
    )
    op.create_index("records_collection_id_id_idx", "records", ["collection_id", "id"])
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), primary_key=True),
        sa.Column("name", sa.Text(), nullable=False, unique=True),
    )
    op.create_table(
        "record_tags",
        sa.Column("record_id", sa.Uuid(), sa.ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("tag_id", sa.BigInteger(), sa.ForeignKey("tags.id"), primary_key=True),
    )
    op.create_index("record_tags_tag_id_idx", "record_tags", ["tag_id"])
    op.execute(RECORD_VIEW)
    op.execute(COLLECTION_VIEW)
    op.execute(READER)


def downgrade() -> None:
    """Drops the tables and views. The role stays: other databases of the same server may use it."""
    op.execute("DROP VIEW collection_view")
    op.execute("DROP VIEW record_view")
    for table in ("record_tags", "tags", "records", "collections"):
        op.drop_table(table)


RECORD_VIEW = """
CREATE VIEW record_view AS
SELECT
  records.id,
  collections.name AS collection,
  records.collection_id,
  records.version,
  records.payload,
  ARRAY(
    SELECT tags.name FROM record_tags JOIN tags ON tags.id = record_tags.tag_id
    WHERE record_tags.record_id = records.id ORDER BY tags.name COLLATE "C"
  ) AS tags,
  records.created_at,
  records.updated_at,
  records.deleted_at
FROM records JOIN collections ON collections.id = records.collection_id
"""

COLLECTION_VIEW = "CREATE VIEW collection_view AS SELECT id, name, created_at FROM collections"

# A user that may not create roles goes on without one: the service then says so when it starts (adr/0004).
READER = """
DO $$
BEGIN
  IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'datastore_reader') THEN
    BEGIN
      CREATE ROLE datastore_reader NOLOGIN;
    EXCEPTION
      WHEN duplicate_object OR unique_violation THEN NULL;  -- made meanwhile for another database of this server
    END;
  END IF;
  GRANT SELECT ON record_view, collection_view TO datastore_reader;
  -- PostgreSQL 16 tells being a member from being allowed to become the role.
  IF NOT pg_has_role(
    current_user, 'datastore_reader',
    CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END
  ) THEN
    GRANT datastore_reader TO CURRENT_USER;
  END IF;
EXCEPTION
  WHEN insufficient_privilege OR undefined_object OR invalid_grant_operation THEN
    RAISE WARNING 'the role datastore_reader could not be set up: %', SQLERRM;
END $$
"""
