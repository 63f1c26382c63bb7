"""The words of payloads, and the index that finds records by them."""

from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Makes the function, and the index for the language that is the default."""
    op.execute(WORDS)
    op.execute("CREATE INDEX records_words_simple_idx ON records USING gin (datastore_words('simple', payload))")
    op.execute(
        "DO $$ BEGIN GRANT EXECUTE ON FUNCTION datastore_words(regconfig, jsonb) TO datastore_reader; "
        "EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$"
    )


def downgrade() -> None:
    """Drops the function, and with it the indexes on it."""
    op.execute("DROP FUNCTION datastore_words(regconfig, jsonb) CASCADE")


# PostgreSQL refuses more than 1 MB of words, and no payload may be refused for what it says: of a large one, only the
# texts at its beginning can be found.
WORDS = """
CREATE FUNCTION datastore_words(language regconfig, payload jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN octet_length(payload::text) <= 150000 THEN jsonb_to_tsvector(language, payload, '["string"]')
  ELSE to_tsvector(
    language, left(jsonb_path_query_array(payload, 'strict $.** ? (@.type() == "string")')::text, 30000)
  )
END
$$
"""
