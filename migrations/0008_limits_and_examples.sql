-- Limits and examples of the stored profile, as a profile file has them; null: those of the product.
ALTER TABLE user_preferences ADD COLUMN limits_json TEXT CHECK (limits_json IS NULL OR json_valid(limits_json));
ALTER TABLE user_preferences ADD COLUMN examples_json TEXT CHECK (examples_json IS NULL OR json_valid(examples_json));
