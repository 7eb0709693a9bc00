INSERT INTO main.event BY NAME
SELECT o.observation_id, d.coder_id, c.subject, k.behaviour_group, k.code, c.modifier, c.kind, c.onset_ms, coalesce(g.next_ms, c.offset_ms) AS offset_ms,
       CASE WHEN g.next_ms IS NULL THEN c.repaired ELSE concat_ws(', ', nullif(c.repaired, ''), 'gap_closed') END AS repaired,
       c.source_id, c.line AS start_line, nullif(c.stop_line, c.line) AS stop_line
FROM stage.candidate c JOIN (SELECT code_no, behaviour_group, code FROM stage.code) k USING (code_no)
JOIN (SELECT obs, observation_id FROM stage.observation) o USING (obs) JOIN stage.coder d USING (coder)
LEFT JOIN (SELECT * FROM stage.flaw WHERE gap) g ON g.stream = c.stream AND g.source_id = c.source_id AND g.line = c.line AND g.code_no = c.code_no
