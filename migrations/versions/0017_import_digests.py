"""What the lines said that an import has dealt with."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Keeps a digest with each import; of those that there are, it is not known."""
    op.add_column("imports", sa.Column("digest", sa.Text(), nullable=False, server_default=""))


def downgrade() -> None:
    """Goes back to telling imports by their first line."""
    op.drop_column("imports", "digest")
