CREATE TABLE stage.flow AS
SELECT c.*, k.exclusive,
       coalesce(lag(c.onset_ms) OVER stream = c.onset_ms AND lag(c.offset_ms) OVER stream = c.offset_ms AND lag(c.code_no) OVER stream = c.code_no
           AND lag(c.modifier) OVER stream = c.modifier, false) AS copied,
       lag(c.line) OVER stream AS before_line,
       CASE WHEN k.exclusive AND c.kind = 'state' THEN max(c.offset_ms) OVER before_it END AS before_ms,
       lead(c.onset_ms) OVER stream AS next_ms
FROM stage.candidate c JOIN (SELECT code_no, exclusive FROM stage.code) k USING (code_no)
WINDOW stream AS (PARTITION BY c.obs, c.coder, c.subject, c.group_no, c.kind ORDER BY c.onset_ms, c.offset_ms, c.code_no, c.modifier, c.line),
       before_it AS (PARTITION BY c.obs, c.coder, c.subject, c.group_no, c.kind ORDER BY c.onset_ms, c.offset_ms, c.code_no, c.modifier, c.line
                     ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
