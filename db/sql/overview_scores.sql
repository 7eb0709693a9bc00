SELECT s.person_id, s.instrument, s.wave, s.phase, s.total, p.family_id, p.role
FROM score s JOIN person p USING (person_id)
WHERE s.person_id IN (SELECT caregiver_id FROM dyad)
ORDER BY ALL
