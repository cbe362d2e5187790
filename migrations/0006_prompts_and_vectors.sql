-- Prompts that a person has changed; a task and part without a row is sent as the product has it.
CREATE TABLE prompts (
  id INTEGER PRIMARY KEY,
  task TEXT NOT NULL CHECK (task IN ('categorization', 'scoring')),
  part TEXT NOT NULL CHECK (part IN ('system', 'user')),
  text TEXT NOT NULL CHECK (length(trim(text)) > 0),
  updated_at TEXT NOT NULL,
  UNIQUE (task, part)
) STRICT;

-- What the last real call for a vector measured; null: never measured, or not an embedding model.
ALTER TABLE llm_models ADD COLUMN embedding_json TEXT CHECK (embedding_json IS NULL OR json_valid(embedding_json));
