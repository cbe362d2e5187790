-- The model registry, the accounts of tokens and money, and pauses of providers that outlive a restart.
-- `capabilities_json` is what a probe measured of a model; null: never measured.

CREATE TABLE llm_models (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT NOT NULL,
  type TEXT NOT NULL CHECK (type IN ('embedding', 'generation')),
  status TEXT NOT NULL DEFAULT 'active' CHECK (status IN ('active', 'inactive', 'deprecated')),
  parameters_json TEXT NOT NULL DEFAULT '{}' CHECK (json_valid(parameters_json)),
  capabilities_json TEXT CHECK (capabilities_json IS NULL OR json_valid(capabilities_json)),
  deprecated_at TEXT,
  shutdown_at TEXT,
  replacement TEXT,
  lifecycle_source TEXT CHECK (lifecycle_source IN ('live', 'bundled')),
  is_default INTEGER NOT NULL DEFAULT 0 CHECK (is_default IN (0, 1)),
  updated_at TEXT NOT NULL,
  UNIQUE (provider, model),
  CHECK (is_default = 0 OR status <> 'inactive')
) STRICT;

CREATE UNIQUE INDEX llm_models_one_default ON llm_models (type) WHERE is_default = 1;

-- Sums, never single calls. History outlives its provider, so nothing refers to it.
CREATE TABLE usage_daily (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  task TEXT NOT NULL,
  calls INTEGER NOT NULL DEFAULT 0,
  items INTEGER NOT NULL DEFAULT 0,
  input_tokens INTEGER NOT NULL DEFAULT 0,
  output_tokens INTEGER NOT NULL DEFAULT 0,
  cached_tokens INTEGER NOT NULL DEFAULT 0,
  reasoning_tokens INTEGER NOT NULL DEFAULT 0,
  cost_usd REAL NOT NULL DEFAULT 0,
  unpriced_calls INTEGER NOT NULL DEFAULT 0,
  UNIQUE (day, provider, model, task)
) STRICT;

ALTER TABLE provider_health ADD COLUMN failures INTEGER NOT NULL DEFAULT 0;
ALTER TABLE provider_health ADD COLUMN paused_until TEXT;
