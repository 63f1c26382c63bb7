"""The functions that filters and orders compare with: what is short enough for an index, and times."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the functions. They are what indexes are made on: a changed one needs a new name."""
    op.execute(KEY)
    op.execute(MOMENT)
    op.execute(READER)


def downgrade() -> None:
    """Drops the functions, and with them the indexes on them."""
    op.execute("DROP FUNCTION datastore_moment(jsonb) CASCADE")
    op.execute("DROP FUNCTION datastore_key(jsonb) CASCADE")


# What is missing has a key as well, and a time, each the greatest: so keys can be compared row-wise.
# An entry of an index ends at some 2,700 bytes, and a cursor has to fit into an address (adr/0032). No value that is
# greater than another has a lesser key. All that is called here is immutable, so that it can be inlined, and
# none of it is of a schema that maintenance does not look into.
KEY = r"""
CREATE FUNCTION datastore_key(value jsonb) RETURNS jsonb
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE coalesce(jsonb_typeof(value), '')
  WHEN 'string' THEN CASE
    WHEN length(value #>> '{}') <= 200 THEN value
    ELSE jsonb_object(ARRAY['', left(value #>> '{}', 200)]) -> ''
  END
  WHEN 'number' THEN CASE
    WHEN length(value::text) <= 100 THEN value
    -- To 100 significant digits, half away from zero.
    ELSE round((value #>> '{}')::numeric, 100 - CASE
      WHEN abs((value #>> '{}')::numeric) >= 1 THEN length(trunc(abs((value #>> '{}')::numeric))::text)
      ELSE -length(substring(value #>> '{}' from '^-?0\.(0*)'))
    END)::text::jsonb
  END
  WHEN 'array' THEN '[null]'::jsonb
  WHEN 'object' THEN '{}'::jsonb
  WHEN '' THEN '{"": null}'::jsonb
  ELSE value
END
$$
"""

# It always has its offset, so no setting of a session has a part in it; immutable and inlined as the other one.
MOMENT = r"""
CREATE FUNCTION datastore_moment(value jsonb) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT coalesce(CASE
  WHEN jsonb_typeof(value) = 'string' THEN CASE
    WHEN value #>> '{}' ~ (
      '^(?!0000)[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]'
      '(\.[0-9]+)?([Zz]|[+-](0[0-9]|1[0-5]):[0-5][0-9])$'
    ) THEN CASE
      WHEN substr(value #>> '{}', 9, 2)::int <= extract(day FROM
        make_date(left(value #>> '{}', 4)::int, substr(value #>> '{}', 6, 2)::int, 1) + interval '1 month - 1 day'
      ) THEN (
        make_timestamp(
          left(value #>> '{}', 4)::int, substr(value #>> '{}', 6, 2)::int, substr(value #>> '{}', 9, 2)::int,
          substr(value #>> '{}', 12, 2)::int, substr(value #>> '{}', 15, 2)::int,
          substring(value #>> '{}' from '^.{17}([0-9]{2}(?:\.[0-9]{1,6})?)')::float8
        ) - CASE WHEN value #>> '{}' ~ '[Zz]$' THEN interval '0' ELSE make_interval(
          hours => left(right(value #>> '{}', 6), 3)::int,
          mins => (left(right(value #>> '{}', 6), 1) || right(value #>> '{}', 2))::int
        ) END
      ) AT TIME ZONE 'UTC'
    END
  END
END, 'infinity')
$$
"""

READER = """
DO $$ BEGIN
  GRANT EXECUTE ON FUNCTION datastore_key(jsonb), datastore_moment(jsonb)
  TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""
