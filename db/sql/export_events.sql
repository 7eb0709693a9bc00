SELECT e.observation_id, e.coder_id, e.subject, e.behaviour_group, e.code, e.modifier, e.kind, e.onset_ms, e.offset_ms, g.title, g.exclusive
FROM event e JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
JOIN behaviour_group g ON g.scheme = c.scheme AND g.behaviour_group = e.behaviour_group
WHERE (($coder IS NULL AND c.is_primary) OR e.coder_id = $coder) AND ($behaviour_group IS NULL OR e.behaviour_group = $behaviour_group)
ORDER BY e.observation_id, e.onset_ms, e.offset_ms, e.subject, e.behaviour_group, e.code, e.modifier, e.coder_id
