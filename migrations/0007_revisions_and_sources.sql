-- How a file was read the last time that a person chose: its format and the fields of text and id. `source` is an absolute path.
CREATE TABLE source_settings (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL UNIQUE,
  settings_json TEXT NOT NULL CHECK (json_valid(settings_json)),
  updated_at TEXT NOT NULL
) STRICT;

-- A run may be paused, and is a revision of its source's results: `source_key` is the same for all runs of one source (null for a
-- text that has no file), `revision` counts them from 1, and `is_kept` marks the one whose results count.
CREATE TABLE runs_with_revisions (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('running', 'paused', 'completed', 'stopped', 'cancelled', 'interrupted')),
  request_json TEXT NOT NULL CHECK (json_valid(request_json)),
  view_json TEXT NOT NULL CHECK (json_valid(view_json)),
  owner_pid INTEGER,
  owner_host TEXT,
  owner_token TEXT,
  heartbeat_at TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  updated_at TEXT NOT NULL,
  source_key TEXT,
  revision INTEGER CHECK (revision >= 1),
  is_kept INTEGER NOT NULL DEFAULT 0 CHECK (is_kept IN (0, 1)),
  CHECK ((owner_pid IS NULL) = (owner_token IS NULL) AND (owner_host IS NULL) = (owner_token IS NULL)),
  CHECK ((source_key IS NULL) = (revision IS NULL) AND (is_kept = 0 OR source_key IS NOT NULL))
) STRICT;

INSERT INTO runs_with_revisions
  (id, run_id, state, request_json, view_json, owner_pid, owner_host, owner_token, heartbeat_at, started_at, finished_at, updated_at)
SELECT id, run_id, state, request_json, view_json, owner_pid, owner_host, owner_token, heartbeat_at, started_at, finished_at, updated_at
FROM runs;
DROP TABLE runs;
ALTER TABLE runs_with_revisions RENAME TO runs;

CREATE INDEX runs_by_state ON runs (state);
CREATE UNIQUE INDEX runs_by_revision ON runs (source_key, revision) WHERE source_key IS NOT NULL;
CREATE UNIQUE INDEX runs_one_kept ON runs (source_key) WHERE is_kept = 1;
