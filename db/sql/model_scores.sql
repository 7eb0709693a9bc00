SELECT s.person_id, s.instrument, s.wave, s.phase, s.total, p.family_id, p.role
FROM score s JOIN person p USING (person_id)
WHERE p.role NOT IN ('infant', 'sibling')
ORDER BY ALL
