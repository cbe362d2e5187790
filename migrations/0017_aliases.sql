-- Stable names for models. A route that was chosen by one has it beside its provider and model, which follow when the alias changes.
CREATE TABLE aliases (
  id INTEGER PRIMARY KEY,
  alias TEXT NOT NULL UNIQUE,
  provider TEXT NOT NULL REFERENCES llm_provider_configs (provider),
  model TEXT NOT NULL,
  updated_at TEXT NOT NULL
) STRICT;

ALTER TABLE llm_task_routes ADD COLUMN alias TEXT;
