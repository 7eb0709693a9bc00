WITH shared AS (
    SELECT observation_id, scheme, behaviour_group, subject FROM coding GROUP BY ALL HAVING count(*) > 1)
SELECT e.observation_id, c.scheme, e.behaviour_group, e.subject, e.coder_id, e.code, e.kind, e.onset_ms, e.offset_ms
FROM event e JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
JOIN shared s ON s.observation_id = c.observation_id AND s.scheme = c.scheme
             AND s.behaviour_group = c.behaviour_group AND s.subject = c.subject
