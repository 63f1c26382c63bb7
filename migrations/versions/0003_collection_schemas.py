"""Collections have a version and, where one is set, a JSON Schema."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns to the table and to its view."""
    op.add_column("collections", sa.Column("schema", postgresql.JSONB()))
    op.add_column("collections", sa.Column("version", sa.BigInteger(), nullable=False, server_default="1"))
    op.add_column("collections", sa.Column("updated_at", sa.DateTime(timezone=True)))
    op.execute("UPDATE collections SET updated_at = created_at")
    op.alter_column("collections", "updated_at", nullable=False)
    op.alter_column("collections", "version", server_default=None)
    op.create_check_constraint("version", "collections", "version >= 1")
    op.execute(
        "CREATE OR REPLACE VIEW collection_view AS "
        "SELECT id, name, created_at, schema, version, updated_at FROM collections"
    )


def downgrade() -> None:
    """Forgets the schemas."""
    op.execute("DROP VIEW collection_view")
    for column in ("updated_at", "version", "schema"):
        op.drop_column("collections", column)
    op.execute("CREATE VIEW collection_view AS SELECT id, name, created_at FROM collections")
    op.execute(
        "DO $$ BEGIN GRANT SELECT ON collection_view TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )
