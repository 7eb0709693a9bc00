-- Bouts of two strands of the analysed coding, clipped to their sessions, in all recordings.
SELECT e.observation_id, e.subject, e.behaviour_group, e.code, greatest(e.onset_ms, o.start_ms) AS onset_ms,
       least(e.offset_ms, o.end_ms) AS offset_ms
FROM event e JOIN coding c USING (observation_id, coder_id, behaviour_group, subject) JOIN observation o USING (observation_id)
WHERE (e.subject, e.behaviour_group, e.code) IN (($subject1, $group1, $code1), ($subject2, $group2, $code2)) AND c.is_primary
ORDER BY e.observation_id, e.onset_ms
