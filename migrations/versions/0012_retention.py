"""Collections say how much history they keep, and since when it is whole; tombstones are found by their age."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns, the table of horizons and their views."""
    op.add_column("collections", sa.Column("kept_revisions", sa.Integer()))
    op.add_column("collections", sa.Column("kept_days", sa.Integer()))
    op.create_table(
        "horizons",
        sa.Column("collection", sa.Text(), primary_key=True),
        sa.Column("horizon", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_index(
        "records_deleted_at_idx", "records", ["deleted_at"], postgresql_where=sa.text("deleted_at IS NOT NULL")
    )
    op.execute(BEFORE_THE_LOG)
    op.execute(
        "CREATE OR REPLACE VIEW collection_view AS "
        "SELECT id, name, created_at, schema, version, updated_at, kept_revisions, kept_days FROM collections"
    )
    op.execute("CREATE VIEW horizon_view AS SELECT collection, horizon FROM horizons")
    op.execute(GRANT.format(view="horizon_view"))


def downgrade() -> None:
    """Forgets them."""
    op.execute("DROP VIEW horizon_view")
    op.execute("DROP VIEW collection_view")
    op.drop_index("records_deleted_at_idx", "records")
    op.drop_table("horizons")
    op.drop_column("collections", "kept_days")
    op.drop_column("collections", "kept_revisions")
    op.execute(
        "CREATE VIEW collection_view AS SELECT id, name, created_at, schema, version, updated_at FROM collections"
    )
    op.execute(GRANT.format(view="collection_view"))


# Of records that were changed before there was a log, what they were before is not known.
BEFORE_THE_LOG = """
INSERT INTO horizons (collection, horizon)
SELECT collections.name, max(first.at)
FROM (SELECT DISTINCT ON (record_id) * FROM revisions ORDER BY record_id, version) AS first
JOIN collections ON collections.id = first.collection_id
WHERE first.version > 1
GROUP BY collections.name
"""

GRANT = """
DO $$ BEGIN GRANT SELECT ON {view} TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""
