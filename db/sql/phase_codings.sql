SELECT c.observation_id, d.family_id, c.subject, c.coder_id, c.scheme, c.is_primary, o.start_ms, o.end_ms
FROM coding c JOIN coder k USING (coder_id) JOIN observation o USING (observation_id) JOIN dyad d USING (dyad_id)
WHERE k.kind = 'human' AND c.behaviour_group = $behaviour_group AND list_contains($subjects::VARCHAR[], c.subject)
ORDER BY c.observation_id, c.subject, c.coder_id
