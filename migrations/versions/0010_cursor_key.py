"""The key that cursors are signed with, and the tags as a view that an index serves."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the key, once for all who serve this database, and the view."""
    op.create_table(
        "cursor_key",
        sa.Column("id", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("key", sa.LargeBinary(), nullable=False),
        sa.CheckConstraint("id", name="id"),
    )
    # gen_random_uuid draws from the strong source of randomness; 244 bits of it are more than the signature has.
    op.execute(
        "INSERT INTO cursor_key (key) "
        "SELECT sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8'))"
    )
    op.execute(
        "CREATE VIEW tag_view AS SELECT record_tags.record_id, tags.name AS tag "
        "FROM record_tags JOIN tags ON tags.id = record_tags.tag_id"
    )
    op.execute(
        "DO $$ BEGIN GRANT SELECT ON tag_view TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )


def downgrade() -> None:
    """Forgets the key: cursors that were given out are refused."""
    op.execute("DROP VIEW tag_view")
    op.drop_table("cursor_key")
