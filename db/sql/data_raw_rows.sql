SELECT line, outcome, reason, raw FROM raw_row
WHERE source_id = $source_id AND line BETWEEN $line - $around AND $line + $around
ORDER BY line
