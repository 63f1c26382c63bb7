"""How far imports have come."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the table."""
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "imports",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column("mark", sa.Text(), nullable=False),
        *(
            sa.Column(count, sa.BigInteger(), nullable=False, server_default="0")
            for count in ("lines", "created", "replaced", "skipped", "rejected")
        ),
        sa.Column("finished", sa.Boolean(), nullable=False, server_default=sa.false()),
        sa.Column("begun_at", moment, nullable=False),
        sa.Column("updated_at", moment, nullable=False),
    )


def downgrade() -> None:
    """Forgets the imports: one that was interrupted begins anew."""
    op.drop_table("imports")
