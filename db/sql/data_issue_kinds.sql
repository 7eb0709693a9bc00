SELECT kind, severity, count(*) AS issues, sum(count)::BIGINT AS places, count(DISTINCT file) AS files,
       arg_min(action, length(action)) AS action
FROM issue GROUP BY kind, severity
ORDER BY CASE severity WHEN 'error' THEN 1 WHEN 'warning' THEN 2 ELSE 3 END, places DESC, kind
