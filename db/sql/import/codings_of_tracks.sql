INSERT INTO main.coding BY NAME
SELECT t.observation_id, t.coder_id, g.behaviour_group, t.subject, g.scheme, t.source_id, false AS is_primary, '' AS primary_reason,
       0 AS coded_ms, 0 AS unobservable_ms, 0 AS events
FROM main.track t JOIN main.behaviour_group g ON g.behaviour_group = 'smile_phases'
ANTI JOIN main.coding c ON c.observation_id = t.observation_id AND c.coder_id = t.coder_id AND c.subject = t.subject AND c.behaviour_group = 'smile_phases'
WHERE t.unfit = ''
