DELETE FROM main.event e USING stage.again a
WHERE e.source_id = a.source_id AND e.observation_id = a.observation_id AND e.coder_id = a.coder_id AND e.behaviour_group = a.behaviour_group AND e.subject = a.subject
