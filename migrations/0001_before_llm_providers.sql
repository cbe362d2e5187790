-- The schema from before LLM Providers: one row of settings, and Ollama as the only provider there was.

CREATE TABLE user_preferences (
  id INTEGER PRIMARY KEY CHECK (id = 1),
  interests TEXT NOT NULL DEFAULT '',
  anti_interests TEXT NOT NULL DEFAULT '',
  ollama_host TEXT,
  ollama_categorization_model TEXT,
  ollama_scoring_model TEXT,
  ollama_use_separate_models INTEGER NOT NULL DEFAULT 0 CHECK (ollama_use_separate_models IN (0, 1)),
  ollama_thinking INTEGER NOT NULL DEFAULT 0 CHECK (ollama_thinking IN (0, 1)),
  updated_at TEXT NOT NULL
) STRICT;
