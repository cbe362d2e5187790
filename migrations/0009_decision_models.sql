-- A model may be one that answers typed questions and writes no text. A check cannot be changed, so the table is made anew.
CREATE TABLE llm_models_of_three_types (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('embedding', 'generation', 'decision')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'deprecated')),
  parameters_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parameters_json)),
  capabilities_json TEXT CHECK (capabilities_json IS NULL OR json_valid(capabilities_json)),
  deprecated_at TEXT,
  shutdown_at TEXT,
  replacement TEXT,
  lifecycle_source TEXT CHECK (lifecycle_source IN ('live', 'bundled')),
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  updated_at TEXT NOT NULL,
  embedding_json TEXT CHECK (embedding_json IS NULL OR json_valid(embedding_json)),
  UNIQUE (provider, model),
  CHECK (is_default = 0 OR status <> 'inactive')
) STRICT;

INSERT INTO llm_models_of_three_types
  (id, provider, model, type, status, parameters_json, capabilities_json, deprecated_at, shutdown_at, replacement, lifecycle_source, is_default, updated_at, embedding_json)
SELECT id, provider, model, type, status, parameters_json, capabilities_json, deprecated_at, shutdown_at, replacement, lifecycle_source, is_default, updated_at, embedding_json
FROM llm_models;
DROP TABLE llm_models;
ALTER TABLE llm_models_of_three_types RENAME TO llm_models;

CREATE UNIQUE INDEX llm_models_one_default ON llm_models (type) WHERE is_default = 1;
