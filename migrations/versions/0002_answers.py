"""The answers that are kept for requests with an Idempotency-Key."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "answers",
        sa.Column("actor", sa.Text(), primary_key=True),
        sa.Column("key", sa.Text(), primary_key=True),
        sa.Column("fingerprint", sa.LargeBinary(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("created_at", moment, nullable=False),
        sa.Column("expires_at", moment, nullable=False),
    )
    op.create_index("answers_expires_at_idx", "answers", ["expires_at"])


def downgrade() -> None:
    """Forgets the answers: a request that comes again is carried out again."""
    op.drop_table("answers")
