CREATE TABLE records (
  id uuid PRIMARY KEY DEFAULT uuidv7(),
  collection text NOT NULL,
  version bigint NOT NULL DEFAULT 1,
  payload jsonb NOT NULL,
  tags text[] NOT NULL DEFAULT '{}',
  created_at timestamptz NOT NULL DEFAULT now(),
  updated_at timestamptz NOT NULL DEFAULT now(),
  -- PostGraphile filters by columns, and only by those that have an index.
  city text GENERATED ALWAYS AS (payload ->> 'city') STORED
);
CREATE INDEX ON records (collection, id);
CREATE INDEX ON records (city, id);

CREATE TABLE links (
  source_id uuid NOT NULL REFERENCES records,
  relation text NOT NULL,
  target_id uuid NOT NULL REFERENCES records,
  PRIMARY KEY (source_id, relation, target_id)
);
CREATE INDEX ON links (target_id);
