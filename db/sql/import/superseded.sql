INSERT INTO stage.again BY NAME
SELECT DISTINCT e.source_id, i.source_id AS new_source, e.observation_id, e.coder_id, e.behaviour_group, e.subject
FROM main.event e
JOIN (SELECT DISTINCT i.source_id, o.observation_id, d.coder_id, k.behaviour_group, i.part
      FROM stage.identity i JOIN stage.observation o USING (obs) JOIN stage.coder d USING (coder)
      JOIN (SELECT DISTINCT group_no, behaviour_group FROM stage.code) k USING (group_no)
      WHERE i.source_id = i.kept_source) i USING (observation_id, coder_id, behaviour_group)
WHERE e.source_id <> i.source_id AND i.part IN ('', e.subject)
