-- Conversations. A thread's provider is a name, not a reference: when the provider goes, the thread stays and says so. A provider of null
-- is the default one. Texts that are long stand in files beside the database; their column is null then.
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
