SELECT DISTINCT c.scheme, c.behaviour_group, c.subject, o.protocol
FROM coding c JOIN observation o USING (observation_id) WHERE c.is_primary
ORDER BY list_position(['infant', 'caregiver1', 'caregiver2', 'sibling'], c.subject), c.scheme, c.behaviour_group
