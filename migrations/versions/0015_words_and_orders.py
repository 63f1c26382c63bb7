"""Words as they are written, texts in the order of code points, and why an index could not be built."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Changes what is searched and what payloads are ordered by; `schema.upgrade` rebuilds the indexes afterwards.

    They are rebuilt outside of this transaction, concurrently, so that others read and write meanwhile.
    """
    op.add_column("payload_indexes", sa.Column("failure", sa.Text()))
    op.execute(ORDER)
    op.execute(RENAME_TIMES.format(former="records_payload_", new="records_order_"))
    # Other indexes on the former key keep their names, until those on the new one are there.
    op.execute("UPDATE payload_indexes SET index_name = replace(index_name, 'records_payload_', 'records_order_')")
    op.execute(WORDS)
    op.execute(QUERY)
    op.execute(CURRENT)
    op.execute(READER)


def downgrade() -> None:
    """Brings back the former functions and indexes; this blocks writes while the index of words is rebuilt."""
    op.execute(RENAME_TIMES.format(former="records_order_", new="records_payload_"))
    op.execute(DROP_ALL)
    op.execute("UPDATE payload_indexes SET index_name = replace(index_name, 'records_order_', 'records_payload_')")
    op.execute("DROP FUNCTION datastore_query(regconfig, text)")
    op.execute("DROP FUNCTION datastore_order(jsonb) CASCADE")
    op.execute(FORMER_WORDS)
    op.execute("COMMENT ON INDEX records_words_simple_idx IS NULL")
    op.execute("REINDEX INDEX records_words_simple_idx")
    op.drop_column("payload_indexes", "failure")


# What no word has in it, of all characters that are not ASCII: punctuation, symbols, blanks, controls and formats
# (Unicode 15), and the marks that only dress up a symbol. Named one by one, as what a class such as [[:punct:]] has in
# it depends on the locale of the database.
SEPARATORS: Final = (
    r"\u0080-\u00a9\u00ab-\u00ac\u00ae-\u00b1\u00b4\u00b6-\u00b8\u00bb\u00bf\u00d7\u00f7\u02c2-\u02c5\u02d2-\u02df"
    r"\u02e5-\u02eb\u02ed\u02ef-\u02ff\u0375\u037e\u0384-\u0385\u0387\u03f6\u0482\u055a-\u055f\u0589-\u058f\u05be"
    r"\u05c0\u05c3\u05c6\u05f3-\u060f\u061b-\u061f\u066a-\u066d\u06d4\u06dd-\u06de\u06e9\u06fd-\u06fe\u0700-\u070f"
    r"\u07f6-\u07f9\u07fe-\u07ff\u0830-\u083e\u085e\u0888\u0890-\u0891\u08e2\u0964-\u0965\u0970\u09f2-\u09f3"
    r"\u09fa-\u09fb\u09fd\u0a76\u0af0-\u0af1\u0b70\u0bf3-\u0bfa\u0c77\u0c7f\u0c84\u0d4f\u0d79\u0df4\u0e3f\u0e4f"
    r"\u0e5a-\u0e5b\u0f01-\u0f17\u0f1a-\u0f1f\u0f34\u0f36\u0f38\u0f3a-\u0f3d\u0f85\u0fbe-\u0fc5\u0fc7-\u0fda"
    r"\u104a-\u104f\u109e-\u109f\u10fb\u1360-\u1368\u1390-\u1399\u1400\u166d-\u166e\u1680\u169b-\u169c"
    r"\u16eb-\u16ed\u1735-\u1736\u17d4-\u17d6\u17d8-\u17db\u1800-\u180a\u180e\u1940-\u1945\u19de-\u19ff"
    r"\u1a1e-\u1a1f\u1aa0-\u1aa6\u1aa8-\u1aad\u1b5a-\u1b6a\u1b74-\u1b7e\u1bfc-\u1bff\u1c3b-\u1c3f\u1c7e-\u1c7f"
    r"\u1cc0-\u1cc7\u1cd3\u1fbd\u1fbf-\u1fc1\u1fcd-\u1fcf\u1fdd-\u1fdf\u1fed-\u1fef\u1ffd-\u206f\u207a-\u207e"
    r"\u208a-\u208e\u20a0-\u20c0\u20dd-\u20e0\u20e3\u2100-\u2101\u2103-\u2106\u2108-\u2109\u2114\u2116-\u2118"
    r"\u211e-\u2123\u2125\u2127\u2129\u212e\u213a-\u213b\u2140-\u2144\u214a-\u214d\u214f\u218a-\u244a\u249c-\u24e9"
    r"\u2500-\u2775\u2794-\u2bff\u2ce5-\u2cea\u2cf9-\u2cfc\u2cfe-\u2cff\u2d70\u2e00-\u2e2e\u2e30-\u3004"
    r"\u3008-\u3020\u3030\u3036-\u3037\u303d-\u303f\u309b-\u309c\u30a0\u30fb\u3190-\u3191\u3196-\u319f"
    r"\u31c0-\u31e3\u3200-\u321e\u322a-\u3247\u3250\u3260-\u327f\u328a-\u32b0\u32c0-\u33ff\u4dc0-\u4dff"
    r"\ua490-\ua4c6\ua4fe-\ua4ff\ua60d-\ua60f\ua673\ua67e\ua6f2-\ua716\ua720-\ua721\ua789-\ua78a\ua828-\ua82b"
    r"\ua836-\ua839\ua874-\ua877\ua8ce-\ua8cf\ua8f8-\ua8fa\ua8fc\ua92e-\ua92f\ua95f\ua9c1-\ua9cd\ua9de-\ua9df"
    r"\uaa5c-\uaa5f\uaa77-\uaa79\uaade-\uaadf\uaaf0-\uaaf1\uab5b\uab6a-\uab6b\uabeb\ufb29\ufbb2-\ufbc2"
    r"\ufd3e-\ufd4f\ufdcf\ufdfc-\ufe19\ufe30-\ufe6b\ufeff-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
    r"\uffe0-\ufffd\U00010100-\U00010102\U00010137-\U0001013f\U00010179-\U00010189\U0001018c-\U000101fc\U0001039f"
    r"\U000103d0\U0001056f\U00010857\U00010877-\U00010878\U0001091f\U0001093f\U00010a50-\U00010a58\U00010a7f"
    r"\U00010ac8\U00010af0-\U00010af6\U00010b39-\U00010b3f\U00010b99-\U00010b9c\U00010ead\U00010f55-\U00010f59"
    r"\U00010f86-\U00010f89\U00011047-\U0001104d\U000110bb-\U000110c1\U000110cd\U00011140-\U00011143"
    r"\U00011174-\U00011175\U000111c5-\U000111c8\U000111cd\U000111db\U000111dd-\U000111df\U00011238-\U0001123d"
    r"\U000112a9\U0001144b-\U0001144f\U0001145a-\U0001145d\U000114c6\U000115c1-\U000115d7\U00011641-\U00011643"
    r"\U00011660-\U0001166c\U000116b9\U0001173c-\U0001173f\U0001183b\U00011944-\U00011946\U000119e2"
    r"\U00011a3f-\U00011a46\U00011a9a-\U00011a9c\U00011a9e-\U00011aa2\U00011b00-\U00011b09\U00011c41-\U00011c45"
    r"\U00011c70-\U00011c71\U00011ef7-\U00011ef8\U00011f43-\U00011f4f\U00011fd5-\U00011fff\U00012470-\U00012474"
    r"\U00012ff1-\U00012ff2\U00013430-\U0001343f\U00016a6e-\U00016a6f\U00016af5\U00016b37-\U00016b3f"
    r"\U00016b44-\U00016b45\U00016e97-\U00016e9a\U00016fe2\U0001bc9c\U0001bc9f-\U0001bca3\U0001cf50-\U0001d164"
    r"\U0001d16a-\U0001d16c\U0001d173-\U0001d17a\U0001d183-\U0001d184\U0001d18c-\U0001d1a9\U0001d1ae-\U0001d241"
    r"\U0001d245\U0001d300-\U0001d356\U0001d6c1\U0001d6db\U0001d6fb\U0001d715\U0001d735\U0001d74f\U0001d76f"
    r"\U0001d789\U0001d7a9\U0001d7c3\U0001d800-\U0001d9ff\U0001da37-\U0001da3a\U0001da6d-\U0001da74"
    r"\U0001da76-\U0001da83\U0001da85-\U0001da8b\U0001e14f\U0001e2ff\U0001e95e-\U0001e95f\U0001ecac\U0001ecb0"
    r"\U0001ed2e\U0001eef0-\U0001f0f5\U0001f10d-\U0001fbca\U000e0001-\U000e01ef"
)

# A key is a text that is compared by its bytes (COLLATE "C"), so all servers order keys alike. Its first character is
# for the type: null, text, number, false, true, array, object, nothing. A number goes on with its sign, and then with
# the exponent and the digits to the base of 10,000 as numeric_send writes them, or their complement if it is negative.
# Texts are cut, and numbers rounded, as `questions/orders.py` says. The function calls only what is in pg_catalog, as
# maintenance looks nowhere else. It evaluates its argument once: each evaluation would read a large payload again.
ORDER: Final = r"""
CREATE FUNCTION datastore_order(value jsonb) RETURNS text
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10 AS $$
DECLARE
  kind text := jsonb_typeof(value);
  number numeric;
  digits text;
BEGIN
  IF kind = 'string' THEN
    RETURN '1' || left(value #>> '{}', 200);
  ELSIF kind = 'number' THEN
    number := value;
    digits := encode(numeric_send(number), 'hex');
    IF length(digits) > 116 THEN
      -- To 100 significant digits, half away from zero.
      number := round(number, 100 - CASE
        WHEN abs(number) >= 1 THEN length(trunc(abs(number))::text)
        ELSE -length(substring(value::text from '^-?0\.(0*)'))
      END);
      digits := encode(numeric_send(number), 'hex');
    END IF;
    IF length(digits) = 16 THEN
      RETURN '21';
    END IF;
    digits := CASE WHEN get_byte(decode(substr(digits, 5, 2), 'hex'), 0) < 128 THEN '1' ELSE '0' END
      || substr(digits, 5, 4) || substr(digits, 17);
    IF number > 0 THEN
      RETURN '22' || digits;
    END IF;
    RETURN '20' || translate(digits, '0123456789abcdef', 'fedcba9876543210') || 'g';
  END IF;
  RETURN CASE
    WHEN kind IS NULL THEN '7'
    WHEN kind = 'null' THEN '0'
    WHEN kind = 'array' THEN '5'
    WHEN kind = 'object' THEN '6'
    WHEN value::boolean THEN '4'
    ELSE '3'
  END;
END
$$
"""

# Whatever joins words in PostgreSQL's parser becomes a blank, so that the parts of addresses, paths and the like are
# words of their own, in the text as in what is searched for; in a row they are the whole. What the parser takes for a
# separator in any case is left: so the array of texts stays JSON. No phrase goes over two texts, as the parser is given
# one after the other. PostgreSQL refuses more than 1 MB of words, and no payload may be refused for what it says: of a
# payload above 150,000 bytes, only the texts at its beginning can be found.
WORDS: Final = rf"""
CREATE OR REPLACE FUNCTION datastore_words(language regconfig, payload jsonb) RETURNS tsvector
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 100 AS $$
DECLARE
  texts text := payload::text;
  is_large boolean := octet_length(texts) > 150000;
BEGIN
  IF is_large THEN
    -- The strings that no colon follows; a query of the payload would make a list of all that is in it.
    SELECT '[' || string_agg(piece[1], ', ') INTO texts
    FROM regexp_matches(left(texts, 2000000), '("(?:[^"\\]|\\.)*(?:"|$))(:?)', 'g') AS piece WHERE piece[2] = '';
    texts := regexp_replace(left(coalesce(texts, '['), 30000), '\\+(u[0-9a-f]{{0,3}})?$', '');
  ELSE
    texts := jsonb_path_query_array(payload, 'strict $.** ? (@.type() == "string")')::text;
  END IF;
  IF strpos(texts, '\') > 0 THEN
    texts := replace(replace(replace(replace(texts, '\\', ' '), '\"', ' '), '\n', ' '), '\t', ' ');
    IF strpos(texts, '\') > 0 THEN
      texts := regexp_replace(texts, '\\(u[0-9a-f]{{4}}|.)', ' ', 'g');
    END IF;
  END IF;
  IF is_large THEN
    texts := CASE
      WHEN (length(texts) - length(replace(texts, '"', ''))) % 2 = 1 THEN texts || '"]'
      ELSE rtrim(texts, ', ') || ']'
    END;
  END IF;
  texts := replace(replace(replace(replace(texts, '-', ' '), '.', ' '), '/', ' '), '@', ' ');
  texts := replace(replace(replace(texts, '+', ' '), '<', ' '), '&', ' ');
  IF octet_length(texts) > length(texts) THEN
    IF texts IS NOT NFC NORMALIZED THEN
      texts := normalize(texts, NFC);
    END IF;
    texts := regexp_replace(replace(texts, U&'\00AD', ''), '[{SEPARATORS}]+', ' ', 'g');
  END IF;
  RETURN jsonb_to_tsvector(language, texts::jsonb, '["string"]');
END
$$
"""  # noqa: S608 - the separators are constants

# Of what is searched for each part is in double quotes, and signs in it are none but those (`questions/words.py`).
QUERY: Final = rf"""
CREATE FUNCTION datastore_query(language regconfig, words text) RETURNS tsquery
LANGUAGE plpgsql IMMUTABLE PARALLEL SAFE COST 10 AS $$
BEGIN
  IF octet_length(words) > length(words) THEN
    words := regexp_replace(replace(normalize(words, NFC), U&'\00AD', ''), '[{SEPARATORS}]+', ' ', 'g');
  END IF;
  RETURN websearch_to_tsquery(language, words);
END
$$
"""

# `indexes/words.py` rebuilds the indexes that do not say that they are those of this function.
CURRENT: Final = """
DO $$ BEGIN
  IF NOT EXISTS (SELECT FROM records) THEN
    COMMENT ON INDEX records_words_simple_idx IS 'datastore_words 2';
  END IF;
END $$
"""

READER: Final = """
DO $$ BEGIN
  GRANT EXECUTE ON FUNCTION datastore_order(jsonb), datastore_query(regconfig, text) TO datastore_reader;
EXCEPTION WHEN insufficient_privilege OR undefined_object THEN NULL; END $$
"""

# What a time is has not changed.
RENAME_TIMES: Final = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT DISTINCT index_name FROM payload_indexes WHERE path LIKE '%::time' LOOP
    EXECUTE format('ALTER INDEX IF EXISTS %I RENAME TO %I', name, replace(name, '{former}', '{new}'));
  END LOOP;
END $$
"""

DROP_ALL: Final = """
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT DISTINCT index_name FROM payload_indexes LOOP
    EXECUTE format('DROP INDEX IF EXISTS %I', name);
  END LOOP;
END $$
"""

FORMER_WORDS: Final = """
CREATE OR REPLACE FUNCTION datastore_words(language regconfig, payload jsonb) RETURNS tsvector
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
SELECT CASE
  WHEN octet_length(payload::text) <= 150000 THEN jsonb_to_tsvector(language, payload, '["string"]')
  ELSE to_tsvector(
    language, left(jsonb_path_query_array(payload, 'strict $.** ? (@.type() == "string")')::text, 30000)
  )
END
$$
"""
