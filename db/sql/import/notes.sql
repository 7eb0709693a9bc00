SELECT n.*, o.observation_id, k.code, coalesce(k.behaviour_group, g.behaviour_group) AS behaviour_group,
       row_number() OVER (PARTITION BY n.source_id, n.reason ORDER BY n.line, o.observation_id) AS nth, count(*) OVER (PARTITION BY n.source_id, n.reason) AS total
FROM stage.noted n LEFT JOIN stage.observation o ON o.obs = n.obs LEFT JOIN stage.code k ON k.code_no = n.code_no
LEFT JOIN (SELECT DISTINCT group_no, behaviour_group FROM stage.code) g ON g.group_no = n.group_no
QUALIFY nth <= $most ORDER BY n.source_id, n.line
