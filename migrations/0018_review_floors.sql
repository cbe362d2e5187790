-- How sure a verdict with this category has to be: one that is less sure waits in the review. Null: as sure as the parent says, or no floor.
ALTER TABLE categories ADD COLUMN review_below REAL CHECK (review_below BETWEEN 0 AND 1);
