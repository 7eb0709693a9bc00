SELECT c.observation_id, c.coder_id, k.kind AS coder_kind, c.behaviour_group, g.title AS group_title, g.position,
       bool_or(c.subject = 'infant') AS infant, bool_or(starts_with(c.subject, 'caregiver')) AS caregiver
FROM coding c JOIN coder k USING (coder_id) JOIN behaviour_group g USING (scheme, behaviour_group)
GROUP BY ALL ORDER BY ALL
