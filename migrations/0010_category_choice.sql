-- How many categories an item gets by the stored profile, as a profile file has it; null: as many as by the product's defaults.
ALTER TABLE user_preferences ADD COLUMN category_choice_json TEXT
  CHECK (category_choice_json IS NULL OR json_valid(category_choice_json));
