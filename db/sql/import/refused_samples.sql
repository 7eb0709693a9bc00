INSERT INTO stage.refused BY NAME
SELECT s.source_id, s.line, CASE WHEN s.fault IS NOT NULL THEN s.fault WHEN s.observation IS NULL AND s.onset IS NULL THEN 'blank' ELSE 'unknown_observation' END AS reason
FROM stage.staged s JOIN stage.file f USING (source_id)
LEFT JOIN stage.name n ON n.source_id = s.source_id AND n.name = coalesce(s.observation, '')
LEFT JOIN stage.observation o ON o.observation_id = n.observation_id
WHERE f.layout = 'samples' AND (s.fault IS NOT NULL OR o.obs IS NULL)
