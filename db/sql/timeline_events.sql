SELECT coder_id, subject, behaviour_group, code, modifier, kind, onset_ms, offset_ms, repaired
FROM event
WHERE observation_id = $observation
ORDER BY coder_id, subject, behaviour_group, onset_ms, offset_ms, code
