SELECT observation_id, coder_id, subject, behaviour_group, code, onset_ms, confidence
FROM confidence WHERE $observation IS NULL OR observation_id = $observation
ORDER BY observation_id, coder_id, subject, behaviour_group, onset_ms
