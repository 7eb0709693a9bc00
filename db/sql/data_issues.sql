SELECT severity, kind, file, line, detail, action, count, observation_id, source_id, generation
FROM issue
WHERE (len($severities) = 0 OR list_contains($severities, severity)) AND (len($kinds) = 0 OR list_contains($kinds, kind))
ORDER BY CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, kind, file, line, detail
LIMIT $most
