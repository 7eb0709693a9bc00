INSERT INTO stage.flaw
SELECT source_id, line, stop_line, stream, code_no, subject, onset_ms, offset_ms, copied, before_line, state AND exclusive AND onset_ms < before_ms AS late,
       state AND exclusive AND list_contains(tool_steps, next_ms - offset_ms) AS gap, next_ms,
       state AND NOT exclusive AND onset_ms < before_ms AND copied IS NOT TRUE AS doubled
FROM (
    SELECT c.source_id, c.line, c.stop_line, c.stream, c.code_no, c.subject, c.onset_ms, c.offset_ms, f.tool_steps,
           k.exclusive, c.stream % 2 = 0 AS state,
           lag(c.onset_ms) OVER sequence = c.onset_ms AND lag(c.offset_ms) OVER sequence = c.offset_ms
               AND lag(c.code_no) OVER sequence = c.code_no AND lag(c.modifier) OVER sequence = c.modifier AS copied,
           lag(c.line) OVER sequence AS before_line, max(c.offset_ms) OVER before_it AS before_ms, lead(c.onset_ms) OVER sequence AS next_ms
    FROM stage.candidate c JOIN (SELECT code_no, exclusive FROM stage.code) k USING (code_no)
    JOIN (SELECT source_id, tool_steps FROM stage.file) f USING (source_id) SEMI JOIN stage.dirty d ON d.stream = c.stream
    WINDOW sequence AS (PARTITION BY c.stream ORDER BY c.onset_ms, c.offset_ms, c.code_no, hash(c.modifier), c.line),
           before_it AS (PARTITION BY c.stream ORDER BY c.onset_ms, c.offset_ms, c.code_no, hash(c.modifier), c.line
                         ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING))
WHERE copied OR (state AND (onset_ms < before_ms OR exclusive AND list_contains(tool_steps, next_ms - offset_ms)))
