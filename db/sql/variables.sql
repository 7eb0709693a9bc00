SELECT name, label, kind, level, unit, levels FROM variable ORDER BY position
