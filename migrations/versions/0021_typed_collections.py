"""Collections can have types: their names in GraphQL, since when their records fit, and what keeps writers waiting."""

from typing import Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the columns, the number of the schemas, the names that are claimed, and their views."""
    op.add_column("collections", sa.Column("api", JSONB()))
    op.add_column("collections", sa.Column("typed_since", sa.DateTime(timezone=True)))
    op.add_column("collections", sa.Column("schema_number", sa.BigInteger()))
    op.add_column("collections", sa.Column("gated_until", sa.DateTime(timezone=True)))
    op.create_check_constraint(op.f("collections_typed_check"), "collections", TYPED)
    op.create_index("collections_typed_idx", "collections", ["name"], postgresql_where=sa.text("api IS NOT NULL"))
    op.create_table(
        "schema_state",
        sa.Column("id", sa.Boolean(), primary_key=True, server_default=sa.true()),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("id", name=op.f("schema_state_one_row_check")),
    )
    op.create_table(
        "graphql_names",
        sa.Column("name", sa.Text(), primary_key=True),
        sa.Column(
            "collection_id",
            sa.Uuid(),
            sa.ForeignKey("collections.id", name="graphql_names_collection_id_fkey", ondelete="CASCADE"),
            primary_key=True,
        ),
        sa.Column("owner", sa.Text(), nullable=False),
        sa.Column("structure", sa.Text()),
    )
    op.create_index("graphql_names_collection_id_idx", "graphql_names", ["collection_id"])
    op.execute(
        "CREATE OR REPLACE VIEW collection_view AS SELECT id, name, created_at, schema, version, updated_at, "
        "kept_revisions, kept_days, api, typed_since, schema_number FROM collections"
    )
    op.execute("CREATE VIEW schema_state_view AS SELECT number FROM schema_state")
    op.execute("CREATE VIEW graphql_name_view AS SELECT name, collection_id, owner, structure FROM graphql_names")
    op.execute(BEGIN_CHANGES)
    for view in ("schema_state_view", "graphql_name_view"):
        op.execute(GRANT.format(view=view))


def downgrade() -> None:
    """Leaves collections with their schemas, without types."""
    op.execute(FORMER_BEGIN_CHANGES)
    op.execute("DROP VIEW graphql_name_view")
    op.execute("DROP VIEW schema_state_view")
    op.execute("DROP VIEW collection_view")
    op.drop_table("graphql_names")
    op.drop_table("schema_state")
    op.drop_index("collections_typed_idx", "collections")
    op.drop_constraint(op.f("collections_typed_check"), "collections")
    for column in ("gated_until", "schema_number", "typed_since", "api"):
        op.drop_column("collections", column)
    op.execute(
        "CREATE VIEW collection_view AS SELECT id, name, created_at, schema, version, updated_at, "
        "kept_revisions, kept_days FROM collections"
    )
    op.execute(GRANT.format(view="collection_view"))


TYPED: Final = (
    "(api IS NULL) = (typed_since IS NULL) AND (api IS NULL) = (schema_number IS NULL) "
    "AND (api IS NULL OR schema IS NOT NULL)"
)

# A session that holds this lock alone changes the types of a collection. Transactions with locks wait for it before
# they hold anything else, and let go of it at once: no deadlock, and a queue that is fair (adr/0106).
BEGIN_CHANGES: Final = """
CREATE OR REPLACE FUNCTION datastore_begin_changes(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  closed timestamptz;
  had boolean := pg_try_advisory_lock_shared(3025420);
BEGIN
  IF NOT had THEN
    PERFORM pg_advisory_lock_shared(3025420);
  END IF;
  had := pg_advisory_unlock_shared(3025420);
  closed := datastore_closed_time();
  LOOP
    IF at <= closed THEN
      -- Of another millisecond, and so under another lock than those that a reader of the closed time waits for.
      at := date_trunc('milliseconds', closed) + interval '1 millisecond';
    END IF;
    closed := datastore_hold_time(at);
    EXIT WHEN at > closed;
  END LOOP;
  RETURN at;
END
$$
"""

FORMER_BEGIN_CHANGES: Final = """
CREATE OR REPLACE FUNCTION datastore_begin_changes(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  closed timestamptz := datastore_closed_time();
BEGIN
  LOOP
    IF at <= closed THEN
      -- Of another millisecond, and so under another lock than those that a reader of the closed time waits for.
      at := date_trunc('milliseconds', closed) + interval '1 millisecond';
    END IF;
    closed := datastore_hold_time(at);
    EXIT WHEN at > closed;
  END LOOP;
  RETURN at;
END
$$
"""

GRANT: Final = """
DO $$ BEGIN GRANT SELECT ON {view} TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""
