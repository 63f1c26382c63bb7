"""The log of changes knows the server and the timeline that it is written on, so that a failover is noticed."""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the function and the column, and shows both in the view."""
    op.execute(SERVER)
    op.add_column("change_log", sa.Column("server", sa.Text()))
    op.execute("UPDATE change_log SET server = datastore_server()")
    op.execute(
        "CREATE OR REPLACE VIEW change_log_view AS "
        "SELECT epoch, server, datastore_server() AS present_server FROM change_log"
    )
    op.execute(
        "DO $$ BEGIN GRANT EXECUTE ON FUNCTION datastore_server() TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )


def downgrade() -> None:
    """Drops them; a failover is not noticed then."""
    op.execute("DROP VIEW change_log_view")
    op.drop_column("change_log", "server")
    op.execute("DROP FUNCTION datastore_server()")
    op.execute("CREATE VIEW change_log_view AS SELECT epoch FROM change_log")
    op.execute(
        "DO $$ BEGIN GRANT SELECT ON change_log_view TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )


# NULL on a standby. Where a server does not tell its timeline, the time of its start stands for it: it is another one
# on every server, and another one after every restart as well. VOLATILE: it is called once for the one row, whatever
# that row is joined with. SECURITY DEFINER: all roles get the same answer.
SERVER = """
CREATE FUNCTION datastore_server() RETURNS text LANGUAGE plpgsql
VOLATILE SECURITY DEFINER SET search_path = pg_catalog AS $$
BEGIN
  IF pg_is_in_recovery() THEN
    RETURN NULL;
  END IF;
  RETURN (SELECT system_identifier FROM pg_control_system())
    || '/' || left(pg_walfile_name(pg_current_wal_insert_lsn()), 8);
EXCEPTION
  WHEN insufficient_privilege OR feature_not_supported OR undefined_function OR object_not_in_prerequisite_state THEN
    RETURN 'started ' || extract(epoch FROM pg_postmaster_start_time());
END
$$
"""
