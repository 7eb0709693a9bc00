DELETE FROM stage.candidate c USING stage.dirty d, stage.refused r
WHERE c.obs = d.obs AND c.coder = d.coder AND c.subject = d.subject AND c.group_no = d.group_no
  AND r.source_id = c.source_id AND r.line = c.line AND r.reason IN ('duplicate_row', 'overlap_in_group') AND r.subject = c.subject AND r.code_no = c.code_no
