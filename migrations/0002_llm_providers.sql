-- Providers, task routes and the audit log. Whoever used Ollama before keeps it, at the same address and with the same models.
-- `:now` is the instant of the upgrade, bound by the runner. The ollama_* columns stay for versions that still read them.

CREATE TABLE llm_provider_configs (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL UNIQUE,
  kind TEXT NOT NULL,
  enabled INTEGER NOT NULL DEFAULT 1 CHECK (enabled IN (0, 1)),
  config_json TEXT NOT NULL CHECK (json_valid(config_json)),
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE llm_task_routes (
  id INTEGER PRIMARY KEY,
  task TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT,
  options_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(options_json)),
  updated_at TEXT NOT NULL
) STRICT;

CREATE INDEX llm_task_routes_by_provider ON llm_task_routes (provider);

CREATE TABLE audit_log (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at TEXT NOT NULL,
  what TEXT NOT NULL,
  target TEXT NOT NULL,
  action TEXT NOT NULL,
  before_json TEXT CHECK (before_json IS NULL OR json_valid(before_json)),
  after_json TEXT CHECK (after_json IS NULL OR json_valid(after_json))
) STRICT;

ALTER TABLE user_preferences
  ADD COLUMN active_llm_provider TEXT REFERENCES llm_provider_configs (provider) ON DELETE SET NULL;

-- The old host was one text, with or without scheme, port, path or brackets. It is taken apart step by step:
-- scheme, authority (without credentials: those never belong here), path, host, port.
-- (Materialized: SQLite would otherwise write each step into every place that uses it, and those into the next.)
-- A host without a port keeps the one that its client used: 80 or 443 after an explicit scheme, else Ollama's own 11434.
WITH
  entered AS MATERIALIZED (
    SELECT *, trim(coalesce(ollama_host, ''), ' ' || char(9, 10, 13)) AS host FROM user_preferences
  ),
  bare AS MATERIALIZED (
    SELECT *,
      CASE WHEN instr(host, '#') > 0 THEN substr(host, 1, instr(host, '#') - 1) ELSE host END AS unanchored
    FROM entered
  ),
  cut AS MATERIALIZED (
    SELECT *,
      CASE WHEN instr(unanchored, '?') > 0 THEN substr(unanchored, 1, instr(unanchored, '?') - 1) ELSE unanchored END AS address
    FROM bare
  ),
  schemed AS MATERIALIZED (
    SELECT *,
      CASE WHEN instr(address, '://') > 0 THEN lower(substr(address, 1, instr(address, '://') - 1)) END AS scheme,
      CASE WHEN instr(address, '://') > 0 THEN substr(address, instr(address, '://') + 3) ELSE address END AS rest
    FROM cut
  ),
  pathed AS MATERIALIZED (
    SELECT *,
      CASE WHEN instr(rest, '/') > 0 THEN substr(rest, 1, instr(rest, '/') - 1) ELSE rest END AS authority,
      CASE WHEN instr(rest, '/') > 0 THEN rtrim(substr(rest, instr(rest, '/')), '/') ELSE '' END AS path
    FROM schemed
  ),
  anonymous AS MATERIALIZED (
    SELECT *,
      substr(authority, length(rtrim(authority, replace(authority, '@', ''))) + 1) AS place
    FROM pathed
  ),
  parted AS MATERIALIZED (
    SELECT *,
      CASE
        WHEN substr(place, 1, 1) = '[' THEN substr(place, 1, instr(place, ']'))
        WHEN length(place) - length(replace(place, ':', '')) > 1 THEN '[' || place || ']'
        WHEN instr(place, ':') > 0 THEN substr(place, 1, instr(place, ':') - 1)
        ELSE place
      END AS name,
      CASE
        WHEN substr(place, 1, 1) = '[' THEN substr(place, instr(place, ']') + 2)
        WHEN length(place) - length(replace(place, ':', '')) > 1 THEN ''
        WHEN instr(place, ':') > 0 THEN substr(place, instr(place, ':') + 1)
        ELSE ''
      END AS digits
    FROM anonymous
  ),
  endpoint AS MATERIALIZED (
    SELECT *,
      coalesce(scheme, 'http') || '://' || CASE WHEN name IN ('', '[]') THEN '127.0.0.1' ELSE name END || path AS base_url,
      CASE
        WHEN digits <> '' AND digits NOT GLOB '*[^0-9]*' AND CAST(digits AS INTEGER) BETWEEN 1 AND 65535
          THEN CAST(digits AS INTEGER)
        WHEN name IN ('', '[]') OR scheme IS NULL THEN 11434
        WHEN scheme = 'https' THEN 443
        ELSE 80
      END AS port
    FROM parted
  )
INSERT INTO llm_provider_configs (provider, kind, enabled, config_json, updated_at)
SELECT
  'ollama',
  'ollama',
  1,
  json_object(
    'base_url', base_url,
    'port', port,
    'categorization_model', nullif(trim(ollama_categorization_model), ''),
    'scoring_model', nullif(trim(ollama_scoring_model), ''),
    'use_separate_models', json(CASE ollama_use_separate_models WHEN 1 THEN 'true' ELSE 'false' END),
    'thinking', json(CASE ollama_thinking WHEN 1 THEN 'true' ELSE 'false' END)
  ),
  :now
FROM endpoint;

UPDATE user_preferences SET active_llm_provider = 'ollama';

INSERT INTO llm_task_routes (task, provider, model, updated_at)
SELECT 'categorization', 'ollama', nullif(trim(ollama_categorization_model), ''), :now FROM user_preferences;

INSERT INTO llm_task_routes (task, provider, model, updated_at)
SELECT
  'scoring',
  'ollama',
  coalesce(nullif(trim(ollama_scoring_model), ''), nullif(trim(ollama_categorization_model), '')),
  :now
FROM user_preferences;
