SELECT kind, severity, count(*) AS issues, sum(count)::BIGINT AS places, count(DISTINCT file) AS files, arg_min(action, length(action)) AS action
FROM issue GROUP BY ALL
ORDER BY list_position(['error', 'warning', 'info'], severity), places DESC, kind
