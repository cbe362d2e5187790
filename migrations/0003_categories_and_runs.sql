-- The category tree with its fresh profile, runs, what is known of providers, and the provider that needs no set-up.

CREATE TABLE categories (
  id INTEGER PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL CHECK (length(trim(name)) > 0),
  description TEXT,
  parent TEXT REFERENCES categories (slug) CHECK (parent IS NOT slug),
  weight TEXT CHECK (weight IN ('block', 'reduce', 'normal', 'boost', 'max')),
  hidden INTEGER NOT NULL DEFAULT 0 CHECK (hidden IN (0, 1)),
  approved INTEGER NOT NULL DEFAULT 1 CHECK (approved IN (0, 1)),
  updated_at TEXT NOT NULL
) STRICT;

-- A model answers with names, so two categories can not share one.
CREATE UNIQUE INDEX categories_by_name ON categories (name COLLATE NOCASE);
CREATE INDEX categories_by_parent ON categories (parent);

-- Two levels: a parent is a root, and whoever has children has no parent.
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

INSERT INTO categories (slug, name, description, parent, updated_at) VALUES
  ('technology', 'Technology', 'Computers, the internet, devices and the companies and people who build them.', NULL, :now),
  ('science', 'Science', 'Research, discoveries, experiments and studies in the natural sciences and mathematics.', NULL, :now),
  ('business', 'Business', 'Companies, markets, trade, management, work and the economy.', NULL, :now),
  ('entertainment', 'Entertainment', 'Leisure and show: celebrities, music, streaming, comedy, sport as a spectacle.', NULL, :now),
  ('culture', 'Culture', 'Art, history, language, religion, design, museums and the way people live together.', NULL, :now),
  ('health', 'Health', 'Medicine, diseases, hospitals, patients, fitness, food and well-being.', NULL, :now),
  ('politics', 'Politics', 'Governments, parties, elections, diplomacy, conflicts and public policy.', NULL, :now),
  ('education', 'Education', 'Schools, universities, teachers, students, teaching and learning.', NULL, :now);

INSERT INTO categories (slug, name, description, parent, updated_at) VALUES
  ('software-development', 'Software Development', 'Programming languages, libraries, tools, bugs, releases, code review and testing.', 'technology', :now),
  ('artificial-intelligence', 'Artificial Intelligence', 'Machine learning, language models, neural networks, training, prompts and AI agents.', 'technology', :now),
  ('cybersecurity', 'Cybersecurity', 'Vulnerabilities, attacks, malware, passwords, encryption, privacy and data leaks.', 'technology', :now),
  ('hardware', 'Hardware', 'Chips, processors, laptops, phones, sensors, robots and other devices.', 'technology', :now),
  ('space', 'Space', 'Astronomy, planets, telescopes, rockets, satellites and missions.', 'science', :now),
  ('environment', 'Environment', 'Climate change, weather, energy, pollution, animals, plants and conservation.', 'science', :now),
  ('finance', 'Finance', 'Banks, investing, stocks, interest rates, taxes, currencies and personal money.', 'business', :now),
  ('startups', 'Startups', 'Founders, young companies, venture capital, funding rounds and product launches.', 'business', :now),
  ('games', 'Games', 'Video games, consoles, board games, studios and players.', 'entertainment', :now),
  ('film-and-television', 'Film and Television', 'Movies, series, actors, directors, cinemas and streaming releases.', 'entertainment', :now),
  ('books', 'Books', 'Novels, authors, publishers, poetry, reading and literary criticism.', 'culture', :now),
  ('mental-health', 'Mental Health', 'Stress, sleep, depression, anxiety, therapy, mindfulness and burnout.', 'health', :now),
  ('law-and-policy', 'Law and Policy', 'Courts, lawsuits, legislation, regulation, rights and enforcement.', 'politics', :now),
  ('online-learning', 'Online Learning', 'Courses, tutorials, certificates, study tools and teaching on the internet.', 'education', :now);

-- `view_json` is what clients see. The process that works on a run owns it; a token goes with the process id, which may be given
-- to another process later, and a heartbeat tells other machines that share this folder that the owner lives.
CREATE TABLE runs (
  id INTEGER PRIMARY KEY,
  run_id TEXT NOT NULL UNIQUE,
  state TEXT NOT NULL CHECK (state IN ('running', 'completed', 'stopped', 'cancelled', 'interrupted')),
  request_json TEXT NOT NULL CHECK (json_valid(request_json)),
  view_json TEXT NOT NULL CHECK (json_valid(view_json)),
  owner_pid INTEGER,
  owner_host TEXT,
  owner_token TEXT,
  heartbeat_at TEXT,
  started_at TEXT NOT NULL,
  finished_at TEXT,
  updated_at TEXT NOT NULL,
  CHECK ((owner_pid IS NULL) = (owner_token IS NULL) AND (owner_host IS NULL) = (owner_token IS NULL))
) STRICT;

CREATE INDEX runs_by_state ON runs (state);

-- The last check and the last good model list, so that a terminal knows what an editor found out.
CREATE TABLE provider_health (
  id INTEGER PRIMARY KEY,
  provider TEXT NOT NULL UNIQUE REFERENCES llm_provider_configs (provider) ON DELETE CASCADE,
  health_json TEXT NOT NULL CHECK (json_valid(health_json)),
  models_json TEXT NOT NULL CHECK (json_valid(models_json)),
  updated_at TEXT NOT NULL
) STRICT;

INSERT INTO llm_provider_configs (provider, kind, enabled, config_json, updated_at)
VALUES ('builtin', 'builtin', 1, '{}', :now)
ON CONFLICT (provider) DO NOTHING;

-- A fresh install: nothing was routed before, so everything works through `builtin` from the first minute.
INSERT INTO user_preferences (id, active_llm_provider, updated_at)
SELECT 1, 'builtin', :now WHERE NOT EXISTS (SELECT 1 FROM llm_task_routes)
ON CONFLICT (id) DO NOTHING;

INSERT INTO llm_task_routes (task, provider, model, updated_at)
SELECT fresh.task, 'builtin', NULL, :now
FROM (SELECT 'categorization' AS task UNION ALL SELECT 'scoring') AS fresh
WHERE NOT EXISTS (SELECT 1 FROM llm_task_routes);
