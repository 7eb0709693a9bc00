INSERT INTO main.event BY NAME
WITH closed AS (
    SELECT f.*, f.exclusive AND f.kind = 'state' AND list_contains(s.tool_steps, f.next_ms - f.offset_ms) AS gap_closed
    FROM stage.flow f JOIN stage.file s USING (source_id))
SELECT o.observation_id, d.coder_id, c.subject, k.behaviour_group, k.code, c.modifier, c.kind, c.onset_ms,
       CASE WHEN coalesce(gap_closed, false) THEN c.next_ms ELSE c.offset_ms END AS offset_ms,
       CASE WHEN coalesce(gap_closed, false) THEN concat_ws(', ', nullif(c.repaired, ''), 'gap_closed') ELSE c.repaired END AS repaired,
       c.source_id, c.line AS start_line, nullif(c.stop_line, c.line) AS stop_line
FROM closed c JOIN (SELECT code_no, behaviour_group, code FROM stage.code) k USING (code_no) JOIN stage.observation o USING (obs) JOIN stage.coder d USING (coder)
ORDER BY c.obs, c.coder, c.subject, c.group_no, c.onset_ms
