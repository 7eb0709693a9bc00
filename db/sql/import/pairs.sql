CREATE TABLE stage.pair AS
WITH kept AS (
    SELECT t.*, o.end_ms, count(*) FILTER (mark = 'start') OVER moment > 0 AND count(*) FILTER (mark = 'stop') OVER moment > 0 AS mixed
    FROM stage.typed t JOIN stage.observation o USING (obs)
    ANTI JOIN (SELECT source_id, line FROM stage.refused) r ON r.source_id = t.source_id AND r.line = t.line
    WHERE t.reason = '' AND t.mark IN ('start', 'stop')
    WINDOW moment AS (PARTITION BY t.source_id, t.stream, t.code_no, t.onset_ms)),
opened AS (
    SELECT *, coalesce(max_by(mark, onset_ms) FILTER (NOT mixed) OVER (
        PARTITION BY source_id, stream, code_no ORDER BY onset_ms RANGE BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) = 'start', false) AS open
    FROM kept)
SELECT source_id, line, obs, coder, subject, group_no, code_no, modifier, mark, onset_ms, stream, end_ms,
       lead(line) OVER sequence AS next_line, lead(mark) OVER sequence AS next_mark, lead(onset_ms) OVER sequence AS next_ms,
       lead(modifier) OVER sequence AS next_modifier, lag(mark) OVER sequence AS previous_mark
FROM opened
WINDOW sequence AS (PARTITION BY source_id, stream, code_no ORDER BY onset_ms, (mark = 'start') = open, line)
