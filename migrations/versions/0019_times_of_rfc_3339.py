"""Times in payloads have the grammar that times in requests have: offsets up to 23:59, and years 1 to 9999 in UTC."""

from typing import Final

from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds the new function; `schema.upgrade` rebuilds the indexes on times afterwards, concurrently.

    The former function stays, and until then its indexes under another name, for a former version that still runs.
    """
    op.execute(TIME)
    op.execute(READER)
    op.execute(RENAME_INDEXES.format(former="records_order_", new="records_payload_"))


def downgrade() -> None:
    """Drops the function with its indexes; what is left of the former indexes gets its name back."""
    op.execute("DROP FUNCTION datastore_time(jsonb) CASCADE")
    op.execute(RENAME_INDEXES.format(former="records_payload_", new="records_order_"))


_TEXT: Final = "(value #>> '{}')"

# Never a time zone of the session, so that it is immutable. Everything here can be inlined.
_IN_UTC: Final = f"""(
  make_timestamp(
    left({_TEXT}, 4)::int, substr({_TEXT}, 6, 2)::int, substr({_TEXT}, 9, 2)::int,
    substr({_TEXT}, 12, 2)::int, substr({_TEXT}, 15, 2)::int,
    substring({_TEXT} from '^.{{17}}([0-9]{{2}}(?:\\.[0-9]{{1,6}})?)')::float8
  ) - CASE WHEN {_TEXT} ~ '[Zz]$' THEN interval '0' ELSE make_interval(
    hours => left(right({_TEXT}, 6), 3)::int,
    mins => (left(right({_TEXT}, 6), 1) || right({_TEXT}, 2))::int
  ) END
)"""

# As `application/times.py` has it. What is not a time is missing, and a missing time is the greatest. The driver sends
# the first time of Python as the infinity before all times, and reads it so.
TIME: Final = f"""
CREATE FUNCTION datastore_time(value jsonb) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(CASE
  WHEN jsonb_typeof(value) = 'string' THEN CASE
    WHEN {_TEXT} ~ (
      '^(?!0000)[0-9]{{4}}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
      '(\\.[0-9]+)?([Zz]|[+-]([01][0-9]|2[0-3]):[0-5][0-9])$'
    ) THEN CASE
      WHEN substr({_TEXT}, 9, 2)::int <= extract(day FROM
        make_date(left({_TEXT}, 4)::int, substr({_TEXT}, 6, 2)::int, 1) + interval '1 month - 1 day'
      ) THEN CASE
        WHEN left({_TEXT}, 10) NOT IN ('0001-01-01', '9999-12-31') THEN {_IN_UTC} AT TIME ZONE 'UTC'
        WHEN {_IN_UTC} = make_timestamp(1, 1, 1, 0, 0, 0) THEN '-infinity'
        WHEN {_IN_UTC} BETWEEN make_timestamp(1, 1, 1, 0, 0, 0) AND make_timestamp(9999, 12, 31, 23, 59, 59.999999)
        THEN least({_IN_UTC}, make_timestamp(9999, 12, 31, 23, 59, 59.999998)) AT TIME ZONE 'UTC'
      END
    END
  END
END, 'infinity')
$$
"""  # noqa: S608 - constants

READER: Final = """
DO $$ BEGIN
  GRANT EXECUTE ON FUNCTION datastore_time(jsonb) TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""

RENAME_INDEXES: Final = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT DISTINCT index_name FROM payload_indexes WHERE path LIKE '%::time' LOOP
    EXECUTE format(
      'ALTER INDEX IF EXISTS %I RENAME TO %I',
      replace(name, 'records_order_', '{former}'), replace(name, 'records_order_', '{new}')
    );
  END LOOP;
END $$
"""
