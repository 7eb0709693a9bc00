CREATE TABLE stage.pair AS
SELECT t.source_id, t.line, t.obs, t.coder, t.subject, t.group_no, t.code_no, t.modifier, t.mark, t.onset_ms, t.stream, o.end_ms,
       lead(t.line) OVER sequence AS next_line, lead(t.mark) OVER sequence AS next_mark, lead(t.onset_ms) OVER sequence AS next_ms,
       lead(t.modifier) OVER sequence AS next_modifier, lag(t.mark) OVER sequence AS previous_mark
FROM stage.typed t JOIN stage.observation o USING (obs)
ANTI JOIN (SELECT source_id, line FROM stage.refused) r ON r.source_id = t.source_id AND r.line = t.line
WHERE t.reason = '' AND t.mark IN ('start', 'stop')
WINDOW sequence AS (PARTITION BY t.source_id, t.stream, t.code_no ORDER BY t.onset_ms, t.line)
