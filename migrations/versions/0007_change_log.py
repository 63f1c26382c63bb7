"""Followers find what is new in the log by transaction, and know which life of the log their cursors are of."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the index, the table of one row and its view."""
    op.create_index("revisions_xid_idx", "revisions", ["xid"])
    op.create_table(
        "change_log",
        sa.Column("id", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("epoch", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id", name="id"),
    )
    op.execute("INSERT INTO change_log (epoch) VALUES (floor(random() * 4294967296)::bigint)")
    op.execute("CREATE VIEW change_log_view AS SELECT epoch FROM change_log")
    op.execute(GRANT)


def downgrade() -> None:
    """Drops them; cursors that were given out are worth nothing then."""
    op.execute("DROP VIEW change_log_view")
    op.drop_table("change_log")
    op.drop_index("revisions_xid_idx")


GRANT = """
DO $$ BEGIN GRANT SELECT ON change_log_view TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""
