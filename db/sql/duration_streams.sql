SELECT c.observation_id, c.subject, c.coded_ms, c.unobservable_ms, o.end_ms - o.start_ms AS session_ms, c.events
FROM coding c JOIN observation o USING (observation_id)
WHERE c.is_primary AND c.scheme = $scheme AND c.behaviour_group = $behaviour_group
