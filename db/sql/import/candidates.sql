CREATE TABLE stage.candidate AS
WITH events AS (
    SELECT source_id, line, CASE WHEN next_mark = 'stop' THEN next_line END AS stop_line, obs, coder, subject, group_no, code_no, modifier, 'state' AS kind,
           onset_ms, CASE WHEN next_mark IS NULL THEN greatest(end_ms, onset_ms) ELSE next_ms END AS offset_ms,
           CASE WHEN next_mark IS NULL THEN 'closed_at_end' WHEN next_mark = 'start' THEN 'closed_at_next_start' ELSE '' END AS repaired
    FROM stage.pair WHERE mark = 'start'
    UNION ALL
    SELECT source_id, line, stop_line, obs, coder, subject, group_no, code_no, modifier, mark, onset_ms, offset_ms, ''
    FROM stage.typed WHERE reason = '' AND mark IN ('state', 'point'))
SELECT e.source_id, e.line, e.stop_line, e.obs, e.coder, e.subject, e.group_no, e.code_no, e.modifier, e.kind, e.onset_ms,
       least(e.offset_ms, o.end_ms) AS offset_ms, CASE WHEN e.offset_ms > o.end_ms THEN 'clipped' ELSE e.repaired END AS repaired, e.offset_ms AS written_ms
FROM events e JOIN stage.observation o USING (obs)
