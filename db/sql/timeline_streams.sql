SELECT c.coder_id, k.kind AS coder_kind, c.subject, c.scheme, c.behaviour_group, c.is_primary, c.coded_ms, c.unobservable_ms,
       c.events, g.title, g.exclusive, g.exhaustive
FROM coding c JOIN coder k USING (coder_id) JOIN behaviour_group g USING (scheme, behaviour_group)
WHERE c.observation_id = $observation
ORDER BY list_position(['infant', 'caregiver1', 'caregiver2', 'sibling'], c.subject), g.scheme, g.position, c.is_primary DESC,
         c.coder_id
