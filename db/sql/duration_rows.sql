SELECT d.* EXCLUDE (coder_id, behaviour_group)
FROM duration d JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
WHERE c.is_primary AND c.scheme = $scheme AND c.behaviour_group = $behaviour_group
