-- What a profile file may say besides, for the stored profile: its own criteria with the range of the score, what a model has to reach
-- on the labels, and the language of reasoning. Null: as a file that says nothing of it.
ALTER TABLE user_preferences ADD COLUMN criteria_json TEXT
  CHECK (criteria_json IS NULL OR json_valid(criteria_json));
ALTER TABLE user_preferences ADD COLUMN score_json TEXT
  CHECK (score_json IS NULL OR json_valid(score_json));
ALTER TABLE user_preferences ADD COLUMN gate_json TEXT
  CHECK (gate_json IS NULL OR json_valid(gate_json));
ALTER TABLE user_preferences ADD COLUMN language TEXT;
