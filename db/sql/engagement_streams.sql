SELECT c.observation_id, c.coder_id, k.kind AS coder_kind, c.scheme, c.behaviour_group, c.subject, c.is_primary, g.title
FROM coding c JOIN coder k USING (coder_id) JOIN behaviour_group g USING (scheme, behaviour_group)
WHERE c.behaviour_group <> 'episodes'
ORDER BY list_position(['infant', 'caregiver1', 'caregiver2', 'sibling'], c.subject), g.scheme, g.position, c.observation_id,
         c.coder_id
