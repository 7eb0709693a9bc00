DELETE FROM stage.typed t USING stage.identity i
WHERE t.source_id = i.source_id AND t.obs = i.obs AND t.coder = i.coder AND t.group_no = i.group_no AND i.part IN ('', t.subject) AND i.kept_source <> i.source_id
