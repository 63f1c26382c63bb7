"""Writers register the times of their changes with fewer statements: each group of writes does so."""

from typing import Final

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Puts functions that do the same in the place of those of 0016; a former version that still runs calls them."""
    op.execute(HOLD_TIME)
    op.execute(REGISTER_CHANGES)


def downgrade() -> None:
    """Puts the former ones back."""
    op.execute(FORMER_HOLD_TIME)
    op.execute(FORMER_REGISTER_CHANGES)


# A function that is called is set up anew for each call, and so is each statement that PL/pgSQL hands to the executor.
# Expressions are not: nobody holds these locks alone, so the one that is tried is had at once.
HOLD_TIME: Final = """
CREATE OR REPLACE FUNCTION datastore_hold_time(at timestamptz) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  key bigint :=
    (302541::bigint << 44) + least(greatest(floor(extract(epoch FROM at) * 1000)::bigint, 0), (1::bigint << 44) - 1);
  last bigint;
BEGIN
  IF NOT pg_try_advisory_xact_lock_shared(key) THEN
    PERFORM pg_advisory_xact_lock_shared(key);
  END IF;
  -- Only after the lock: a reader first moves the closed time, and then looks for locks.
  SELECT last_value INTO last FROM datastore_closed_time;
  RETURN timestamptz 'epoch' + last * interval '1 microsecond';
END
$$
"""

# What is closed already is refused and needs no lock, which would make readers wait for nothing.
REGISTER_CHANGES: Final = """
CREATE OR REPLACE FUNCTION datastore_register_changes(times timestamptz[]) RETURNS timestamptz
LANGUAGE plpgsql VOLATILE AS $$
DECLARE
  last bigint;
  closed timestamptz;
  earliest timestamptz;
  at timestamptz;
BEGIN
  SELECT last_value INTO last FROM datastore_closed_time;
  closed := timestamptz 'epoch' + last * interval '1 microsecond';
  FOREACH at IN ARRAY coalesce(times, '{}') LOOP
    IF at > closed THEN
      earliest := least(earliest, at);
    END IF;
  END LOOP;
  RETURN CASE WHEN earliest IS NULL THEN closed ELSE datastore_hold_time(earliest) END;
END
$$
"""

FORMER_HOLD_TIME: Final = """
CREATE OR REPLACE FUNCTION datastore_hold_time(at timestamptz) RETURNS timestamptz
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

FORMER_REGISTER_CHANGES: Final = """
CREATE OR REPLACE FUNCTION datastore_register_changes(times timestamptz[]) RETURNS timestamptz
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
