SELECT e.observation_id, e.code, e.onset_ms, e.offset_ms
FROM event e JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
WHERE c.scheme = $scheme AND e.behaviour_group = $behaviour_group AND e.subject = $subject AND e.kind = 'state'
  AND CASE WHEN $coder = '' THEN c.is_primary ELSE c.coder_id = $coder END
ORDER BY e.observation_id, e.onset_ms, e.offset_ms, e.code
