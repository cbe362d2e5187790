-- Models that find names in texts, prices of one's own, and how long calls took. A check cannot be changed, so the table is made anew.
CREATE TABLE llm_models_of_four_types (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('embedding', 'generation', 'decision', 'ner')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'deprecated')),
  parameters_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parameters_json)),
  price_json TEXT CHECK (price_json IS NULL OR json_valid(price_json)),
  capabilities_json TEXT CHECK (capabilities_json IS NULL OR json_valid(capabilities_json)),
  deprecated_at TEXT,
  shutdown_at TEXT,
  replacement TEXT,
  lifecycle_source TEXT CHECK (lifecycle_source IN ('live', 'bundled')),
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  updated_at TEXT NOT NULL,
  embedding_json TEXT CHECK (embedding_json IS NULL OR json_valid(embedding_json)),
  sync INTEGER NOT NULL DEFAULT 0 CHECK (sync IN (0, 1)),
  UNIQUE (provider, model),
  CHECK (is_default = 0 OR status <> 'inactive')
) STRICT;

INSERT INTO llm_models_of_four_types
  (id, provider, model, type, status, parameters_json, capabilities_json, deprecated_at, shutdown_at, replacement, lifecycle_source, is_default, updated_at, embedding_json, sync)
SELECT id, provider, model, type, status, parameters_json, capabilities_json, deprecated_at, shutdown_at, replacement, lifecycle_source, is_default, updated_at, embedding_json, sync
FROM llm_models;
DROP TABLE llm_models;
ALTER TABLE llm_models_of_four_types RENAME TO llm_models;

CREATE UNIQUE INDEX llm_models_one_default ON llm_models (type) WHERE is_default = 1;

-- One row a day and model that answered: how many calls took about how long, by classes of duration. Rows of the last 30 days are kept.
CREATE TABLE latency_daily (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  classes_json TEXT NOT NULL CHECK (json_valid(classes_json)),
  UNIQUE (provider, model, day)
) STRICT;

-- 0002 has read the settings from before LLM Providers into the provider "ollama" and its routes. The upgrades from 0002 to 0014 left the
-- columns where they were; nothing reads them any more.
ALTER TABLE user_preferences DROP COLUMN ollama_host;
ALTER TABLE user_preferences DROP COLUMN ollama_categorization_model;
ALTER TABLE user_preferences DROP COLUMN ollama_scoring_model;
ALTER TABLE user_preferences DROP COLUMN ollama_use_separate_models;
ALTER TABLE user_preferences DROP COLUMN ollama_thinking;
