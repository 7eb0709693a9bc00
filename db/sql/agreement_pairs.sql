SELECT row_number() OVER (ORDER BY a.scheme, a.behaviour_group, a.observation_id, a.subject, ka.kind, a.coder_id, kb.kind, b.coder_id) - 1 AS pair,
       a.scheme, a.behaviour_group, a.observation_id, a.subject, a.coder_id AS first, b.coder_id AS second,
       ka.kind AS first_kind, kb.kind AS second_kind, o.start_ms, o.end_ms
FROM coding a JOIN coding b USING (observation_id, scheme, behaviour_group, subject)
JOIN coder ka ON ka.coder_id = a.coder_id JOIN coder kb ON kb.coder_id = b.coder_id JOIN observation o USING (observation_id)
WHERE (ka.kind, a.coder_id) < (kb.kind, b.coder_id)
ORDER BY pair
