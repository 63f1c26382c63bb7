"""Indexes for lists by time and by tag, and those that operators ask for."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the indexes and the table of those to come."""
    for moment in ("created_at", "updated_at"):
        op.create_index(f"records_collection_id_{moment}_id_idx", "records", ["collection_id", moment, "id"])
    op.create_index("record_tags_tag_id_record_id_idx", "record_tags", ["tag_id", "record_id"])
    op.drop_index("record_tags_tag_id_idx", "record_tags")
    for view in VIEWS:
        op.execute(view)
    op.execute(
        "DO $$ BEGIN GRANT SELECT ON record_tag_view, tag_name_view TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )
    op.create_table(
        "payload_indexes",
        sa.Column("collection_id", sa.Uuid(), sa.ForeignKey("collections.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("path", sa.Text(), primary_key=True),
        sa.Column("index_name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index("payload_indexes_index_name_idx", "payload_indexes", ["index_name"])


def downgrade() -> None:
    """Drops them, and the indexes that operators have asked for."""
    op.execute(DROP_ALL)
    op.drop_table("payload_indexes")
    for view in ("record_tag_view", "tag_name_view"):
        op.execute(f"DROP VIEW {view}")
    op.create_index("record_tags_tag_id_idx", "record_tags", ["tag_id"])
    op.drop_index("record_tags_tag_id_record_id_idx", "record_tags")
    for moment in ("created_at", "updated_at"):
        op.drop_index(f"records_collection_id_{moment}_id_idx", "records")


VIEWS = (
    "CREATE VIEW record_tag_view AS SELECT record_id, tag_id FROM record_tags",
    "CREATE VIEW tag_name_view AS SELECT id, name FROM tags",
)

DROP_ALL = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT DISTINCT index_name FROM payload_indexes LOOP
    EXECUTE format('DROP INDEX IF EXISTS %I', name);
  END LOOP;
END $$
"""
