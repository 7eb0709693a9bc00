INSERT INTO main.coder BY NAME
SELECT coder_id, CASE WHEN coder_id LIKE 'model:%' OR coder_id IN (SELECT coder_id FROM main.track) THEN 'model' ELSE 'human' END AS kind,
       count(DISTINCT observation_id)::INTEGER AS observations
FROM main.coding GROUP BY ALL ORDER BY ALL
