CREATE TABLE stage.pair AS
SELECT t.source_id, t.line, t.obs, t.coder, t.subject, t.group_no, t.code_no, t.modifier, t.mark, t.onset_ms, o.end_ms,
       lead(t.line) OVER stream AS next_line, lead(t.mark) OVER stream AS next_mark, lead(t.onset_ms) OVER stream AS next_ms,
       lead(t.modifier) OVER stream AS next_modifier, lag(t.mark) OVER stream AS previous_mark
FROM stage.typed t JOIN stage.observation o USING (obs)
ANTI JOIN (SELECT source_id, line FROM stage.refused) r USING (source_id, line)
WHERE t.reason = '' AND t.mark IN ('start', 'stop')
WINDOW stream AS (PARTITION BY t.source_id, t.obs, t.coder, t.subject, t.code_no ORDER BY t.onset_ms, t.line)
