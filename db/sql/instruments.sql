SELECT instrument, title, short_title, items, low, high, missing_rule, citation FROM instrument ORDER BY instrument
