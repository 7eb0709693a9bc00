SELECT is_primary, primary_reason, count(*) AS streams, count(DISTINCT observation_id) AS observations
FROM coding GROUP BY ALL ORDER BY is_primary DESC, streams DESC, primary_reason
