"""Links between records, and the view that they are read from."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table and the view."""
    op.create_table(
        "links",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("source_id", sa.Uuid(), sa.ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("relation", sa.Text(), primary_key=True),
        sa.Column("target_id", sa.Uuid(), sa.ForeignKey("records.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
    )
    for end in ("source_id", "target_id"):
        op.create_index(f"links_{end}_id_idx", "links", [end, "id"])
        op.create_index(f"links_{end}_relation_id_idx", "links", [end, "relation", "id"])
    op.execute(
        "CREATE VIEW link_view AS SELECT id, source_id AS source, relation, target_id AS target, created_at FROM links"
    )
    op.execute(
        "DO $$ BEGIN GRANT SELECT ON link_view TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )


def downgrade() -> None:
    """Forgets the links."""
    op.execute("DROP VIEW link_view")
    op.drop_table("links")
