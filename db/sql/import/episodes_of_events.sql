INSERT INTO main.episode BY NAME
SELECT e.observation_id, e.code AS episode, e.onset_ms, e.offset_ms
FROM main.event e JOIN main.coding c USING (observation_id, coder_id, behaviour_group, subject)
WHERE e.behaviour_group = 'episodes' AND e.code IN ('play', 'still_face', 'reunion') AND c.is_primary AND e.offset_ms > e.onset_ms
    AND e.observation_id NOT IN (SELECT observation_id FROM main.episode)
QUALIFY e.subject = min(e.subject) OVER (PARTITION BY e.observation_id)
