-- Holds the number 0014 on this branch only.
SELECT 1;
