-- The schema as it is after all migrations, for readers: written by `npm run migrations`, never run against a user's data.

CREATE TABLE schema_migrations (
  number INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sha256 TEXT NOT NULL,
  applied_at TEXT NOT NULL
) STRICT;

CREATE TABLE user_preferences (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  interests TEXT NOT NULL DEFAULT '',
  anti_interests TEXT NOT NULL DEFAULT '',
  updated_at TEXT NOT NULL,
  active_llm_provider TEXT REFERENCES llm_provider_configs (provider) ON DELETE SET NULL,
  limits_json TEXT CHECK (limits_json IS NULL OR json_valid(limits_json)),
  examples_json TEXT CHECK (examples_json IS NULL OR json_valid(examples_json)),
  category_choice_json TEXT CHECK (category_choice_json IS NULL OR json_valid(category_choice_json)),
  criteria_json TEXT CHECK (criteria_json IS NULL OR json_valid(criteria_json)),
  score_json TEXT CHECK (score_json IS NULL OR json_valid(score_json)),
  gate_json TEXT CHECK (gate_json IS NULL OR json_valid(gate_json)),
  language TEXT
) STRICT;

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
  updated_at TEXT NOT NULL,
  alias TEXT
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

CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL CHECK (length(trim(name)) > 0),
  description TEXT,
  parent TEXT REFERENCES categories (slug) CHECK (parent IS NOT slug),
  weight TEXT CHECK (weight IN ('block', 'reduce', 'normal', 'boost', 'max')),
  hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
  approved INTEGER NOT NULL DEFAULT 1 CHECK (approved IN (0, 1)),
  updated_at TEXT NOT NULL,
  review_below REAL CHECK (review_below BETWEEN 0 AND 1)
) STRICT;

CREATE UNIQUE INDEX categories_by_name ON categories (name COLLATE NOCASE);

CREATE INDEX categories_by_parent ON categories (parent);

CREATE TRIGGER categories_two_levels_insert BEFORE INSERT ON categories
WHEN new.parent IS NOT NULL AND (SELECT parent FROM categories WHERE slug = new.parent) IS NOT NULL
BEGIN
  SELECT raise(ABORT, 'categories have two levels: the parent is a child itself');
END;

CREATE TRIGGER categories_two_levels_update BEFORE UPDATE OF parent, slug ON categories
WHEN new.parent IS NOT NULL AND (
  (SELECT parent FROM categories WHERE slug = new.parent) IS NOT NULL
  OR EXISTS (SELECT 1 FROM categories WHERE parent = old.slug)
)
BEGIN
  SELECT raise(ABORT, 'categories have two levels: a child can not have children');
END;

CREATE TABLE provider_health (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL UNIQUE REFERENCES llm_provider_configs (provider) ON DELETE CASCADE,
  health_json TEXT NOT NULL CHECK (json_valid(health_json)),
  models_json TEXT NOT NULL CHECK (json_valid(models_json)),
  updated_at TEXT NOT NULL,
  failures INTEGER NOT NULL DEFAULT 0,
  paused_until TEXT
) STRICT;

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

CREATE TABLE spending_reserved (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  nano_usd INTEGER NOT NULL CHECK (nano_usd >= 0),
  UNIQUE (day, provider)
) STRICT;

CREATE TABLE prompts (
  id INTEGER PRIMARY KEY,
  task TEXT NOT NULL CHECK (task IN ('categorization', 'scoring')),
  part TEXT NOT NULL CHECK (part IN ('system', 'user')),
  text TEXT NOT NULL CHECK (length(trim(text)) > 0),
  updated_at TEXT NOT NULL,
  UNIQUE (task, part)
) STRICT;

CREATE TABLE source_settings (
  id INTEGER PRIMARY KEY,
  source TEXT NOT NULL UNIQUE,
  settings_json TEXT NOT NULL CHECK (json_valid(settings_json)),
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE runs (
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

CREATE INDEX runs_by_state ON runs (state);

CREATE UNIQUE INDEX runs_by_revision ON runs (source_key, revision) WHERE source_key IS NOT NULL;

CREATE UNIQUE INDEX runs_one_kept ON runs (source_key) WHERE is_kept = 1;

CREATE TABLE profile_choices (
  id INTEGER PRIMARY KEY,
  folder TEXT NOT NULL UNIQUE,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE threads (
  id INTEGER PRIMARY KEY,
  thread_id TEXT NOT NULL UNIQUE,
  title TEXT NOT NULL,
  provider TEXT,
  model TEXT,
  about_json TEXT CHECK (about_json IS NULL OR json_valid(about_json)),
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

CREATE TABLE messages (
  id INTEGER PRIMARY KEY,
  message_id TEXT NOT NULL UNIQUE,
  thread_id TEXT NOT NULL REFERENCES threads (thread_id) ON DELETE CASCADE,
  role TEXT NOT NULL CHECK (role IN ('user', 'assistant')),
  text TEXT,
  material TEXT,
  has_material INTEGER NOT NULL CHECK (has_material IN (0, 1)),
  answers TEXT,
  provider TEXT,
  kind TEXT,
  model TEXT,
  parameters_json TEXT CHECK (parameters_json IS NULL OR json_valid(parameters_json)),
  usage_json TEXT CHECK (usage_json IS NULL OR json_valid(usage_json)),
  cost_usd REAL,
  latency_ms REAL,
  state TEXT NOT NULL CHECK (state IN ('complete', 'stopped', 'failed')),
  reason_json TEXT CHECK (reason_json IS NULL OR json_valid(reason_json)),
  context_json TEXT CHECK (context_json IS NULL OR json_valid(context_json)),
  created_at TEXT NOT NULL
) STRICT;

CREATE INDEX messages_by_thread ON messages (thread_id, id);

CREATE TABLE knowledge_bases (
  id INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE,
  sources_json TEXT NOT NULL CHECK (json_valid(sources_json)),
  embed_provider TEXT NOT NULL,
  embed_model TEXT NOT NULL,
  generation_provider TEXT,
  generation_model TEXT,
  dimensions INTEGER,
  chunks INTEGER NOT NULL DEFAULT 0,
  files INTEGER NOT NULL DEFAULT 0,
  built_at TEXT,
  created_at TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

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

CREATE TABLE llm_models (
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

CREATE UNIQUE INDEX llm_models_one_default ON llm_models (type) WHERE is_default = 1;

CREATE TABLE latency_daily (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  model TEXT NOT NULL,
  classes_json TEXT NOT NULL CHECK (json_valid(classes_json)),
  UNIQUE (provider, model, day)
) STRICT;

CREATE TABLE aliases (
  id INTEGER PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;
