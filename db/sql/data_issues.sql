SELECT severity, kind, file, line, detail, action, count, observation_id, source_id, generation
FROM issue
WHERE (len($severities) = 0 OR list_contains($severities, severity)) AND (len($kinds) = 0 OR list_contains($kinds, kind))
ORDER BY list_position(['error', 'warning', 'info'], severity), kind, file, line, detail
LIMIT $most
