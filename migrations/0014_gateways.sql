-- LiteLLM proxies that mirror the active models marked `sync`. Providers and models are names, not references: an entry stays known until
-- it is gone at the gateway. No column holds a key.
ALTER TABLE llm_models ADD COLUMN sync INTEGER NOT NULL DEFAULT 0 CHECK (sync IN (0, 1));

CREATE TABLE gateways (
  id INTEGER PRIMARY KEY,
  gateway TEXT NOT NULL UNIQUE,
  url TEXT NOT NULL UNIQUE,
  mark TEXT NOT NULL UNIQUE,
  key_env TEXT,
  keys TEXT NOT NULL CHECK (keys IN ('variables', 'values')),
  allow_plain_http INTEGER NOT NULL DEFAULT 0 CHECK (allow_plain_http IN (0, 1)),
  confirmed_json TEXT NOT NULL CHECK (json_valid(confirmed_json)),
  checked_at TEXT,
  reason_json TEXT CHECK (reason_json IS NULL OR json_valid(reason_json)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE gateway_entries (
  id INTEGER PRIMARY KEY,
  gateway TEXT NOT NULL REFERENCES gateways (gateway) ON DELETE CASCADE,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  uuid TEXT NOT NULL UNIQUE,
  is_there INTEGER NOT NULL DEFAULT 0 CHECK (is_there IN (0, 1)),
  intent TEXT CHECK (intent IN ('make', 'replace', 'remove')),
  reason_json TEXT CHECK (reason_json IS NULL OR json_valid(reason_json)),
  seen_at TEXT,
  UNIQUE (gateway, provider, model)
) STRICT;
