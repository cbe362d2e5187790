-- Named sets of texts that are searched by meaning. Providers are names, not references: a base stays when its provider goes. Vectors and
-- chunks stand in files beside the database.
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
