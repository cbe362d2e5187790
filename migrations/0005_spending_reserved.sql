-- Money of a day that a process has set aside for calls under way, so that several processes keep one daily cap together.
-- In thousand-millionths of a US dollar: whole numbers add up exactly.

CREATE TABLE spending_reserved (
  id INTEGER PRIMARY KEY,
  day TEXT NOT NULL,
  provider TEXT NOT NULL,
  nano_usd INTEGER NOT NULL CHECK (nano_usd >= 0),
  UNIQUE (day, provider)
) STRICT;
