CREATE VIEW stage.candidate AS
WITH events AS (
    SELECT source_id, line, CASE WHEN next_mark = 'stop' THEN next_line END AS stop_line, obs, coder, subject, group_no, code_no, modifier,
           'state' AS kind, stream, onset_ms, CASE WHEN next_mark IS NULL THEN greatest(end_ms, onset_ms) ELSE next_ms END AS offset_ms,
           CASE WHEN next_mark IS NULL THEN 'closed_at_end' WHEN next_mark = 'start' THEN 'closed_at_next_start' ELSE '' END AS repaired
    FROM stage.pair WHERE mark = 'start'
    UNION ALL
    SELECT source_id, line, stop_line, obs, coder, subject, group_no, code_no, modifier, mark, stream, onset_ms, offset_ms, ''
    FROM stage.typed WHERE reason = '' AND mark IN ('state', 'point'))
SELECT e.* REPLACE (least(e.offset_ms, c.offset_ms, o.end_ms) AS offset_ms,
                    CASE WHEN c.offset_ms IS NOT NULL THEN 'cut_at_next' WHEN e.offset_ms > o.end_ms THEN 'clipped' ELSE e.repaired END AS repaired),
       e.offset_ms AS written_ms
FROM events e JOIN stage.observation o USING (obs)
LEFT JOIN stage.cut c ON c.source_id = e.source_id AND c.line = e.line AND c.code_no = e.code_no AND c.subject = e.subject
ANTI JOIN (SELECT * FROM stage.refused WHERE reason IN ('duplicate_row', 'overlap_in_group')) r
    ON r.source_id = e.source_id AND r.line = e.line AND r.code_no = e.code_no AND r.subject = e.subject
