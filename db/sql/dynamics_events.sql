SELECT e.observation_id, e.code, e.onset_ms, e.offset_ms
FROM event e JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
WHERE c.is_primary AND c.scheme = $scheme AND c.behaviour_group = $behaviour_group AND c.subject = $subject
