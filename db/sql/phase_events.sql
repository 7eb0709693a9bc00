SELECT e.observation_id, e.subject, e.coder_id, e.code, e.onset_ms, e.offset_ms
FROM event e JOIN coder k USING (coder_id)
WHERE k.kind = 'human' AND e.kind = 'state' AND e.behaviour_group = $behaviour_group AND list_contains($subjects::VARCHAR[], e.subject)
ORDER BY e.observation_id, e.subject, e.coder_id, e.onset_ms, e.offset_ms
