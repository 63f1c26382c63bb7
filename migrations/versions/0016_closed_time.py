"""The closed time: until when the past can no longer change, and which transactions may still change it."""

from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the sequence that holds the closed time, and the functions that writers and readers call."""
    op.execute("CREATE SEQUENCE datastore_closed_time AS bigint MINVALUE 0 START WITH 0")
    for function in (CLOSED_TIME, HOLD_TIME, REGISTER_CHANGES, BEGIN_CHANGES, CLOSE_TIME):
        op.execute(function)


def downgrade() -> None:
    """Drops them."""
    op.execute("DROP FUNCTION datastore_close_time(timestamptz)")
    op.execute("DROP FUNCTION datastore_begin_changes(timestamptz)")
    op.execute("DROP FUNCTION datastore_register_changes(timestamptz[])")
    op.execute("DROP FUNCTION datastore_hold_time(timestamptz)")
    op.execute("DROP FUNCTION datastore_closed_time()")
    op.execute("DROP SEQUENCE datastore_closed_time")


# The functions are VOLATILE, so that each statement in them sees what was done before it began, and not only what was
# done before the calling statement began. A sequence is not transactional: everybody sees a new value at once.
# The keys of the advisory locks are 302541 << 44, plus the millisecond since 1970 in the lower 44 bits.
CLOSED_TIME = """
CREATE FUNCTION datastore_closed_time() RETURNS timestamptz
LANGUAGE sql VOLATILE AS $$
  SELECT timestamptz 'epoch' + last_value * interval '1 microsecond' FROM datastore_closed_time
$$
"""

HOLD_TIME = """
CREATE FUNCTION datastore_hold_time(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
BEGIN
  PERFORM pg_advisory_xact_lock_shared(
    (302541::bigint << 44) + least(greatest(floor(extract(epoch FROM at) * 1000)::bigint, 0), (1::bigint << 44) - 1)
  );
  -- Only after the lock: a reader first moves the closed time, and then looks for locks.
  RETURN datastore_closed_time();
END
$$
"""

# What is closed already is refused and needs no lock, which would make readers wait for nothing.
REGISTER_CHANGES = """
CREATE FUNCTION datastore_register_changes(times timestamptz[]) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  closed timestamptz := datastore_closed_time();
  earliest timestamptz;
BEGIN
  SELECT min(at) INTO earliest FROM unnest(times) AS at WHERE at > closed;
  RETURN CASE WHEN earliest IS NULL THEN closed ELSE datastore_hold_time(earliest) END;
END
$$
"""

BEGIN_CHANGES = """
CREATE FUNCTION datastore_begin_changes(at timestamptz) RETURNS timestamptz
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

CLOSE_TIME = """
CREATE FUNCTION datastore_close_time(
  until timestamptz, OUT closed timestamptz, OUT wal_position pg_lsn, OUT now timestamptz
)
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  wanted bigint := greatest((extract(epoch FROM until) * 1000000)::bigint, 0);
  present bigint;
  oldest bigint;
BEGIN
  SELECT last_value INTO present FROM datastore_closed_time;
  IF present < wanted THEN
    -- One at a time, so that the closed time only grows.
    PERFORM pg_advisory_xact_lock(302540::bigint << 44);
    SELECT last_value INTO present FROM datastore_closed_time;
    IF present < wanted THEN
      present := setval('datastore_closed_time', wanted);
    END IF;
  END IF;
  SELECT min(((classid::bigint & 4095) << 32) | objid::bigint) * 1000 INTO oldest
  FROM pg_locks
  WHERE locktype = 'advisory' AND objsubid = 1 AND granted AND classid::bigint >> 12 = 302541
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database());
  closed := timestamptz 'epoch' + least(present, oldest - 1) * interval '1 microsecond';
  -- What was committed until now stands before this position.
  wal_position := pg_current_wal_insert_lsn();
  now := clock_timestamp();
END
$$
"""
