CREATE OR REPLACE TABLE stage.overlap AS
WITH late AS (SELECT * FROM stage.flaw WHERE late AND copied IS NOT TRUE),
rows_of_it AS (
    SELECT c.*, l.line IS NOT NULL AS late, x.line IS NOT NULL AS copy
    FROM stage.candidate c SEMI JOIN late ON late.stream = c.stream
    LEFT JOIN late l ON l.stream = c.stream AND l.source_id = c.source_id AND l.line = c.line AND l.code_no = c.code_no
    LEFT JOIN (SELECT * FROM stage.flaw WHERE copied) x ON x.stream = c.stream AND x.source_id = c.source_id AND x.line = c.line AND x.code_no = c.code_no),
pairs AS (
    SELECT b.source_id, b.line, b.stop_line, b.obs, b.subject, b.group_no, b.code_no, b.stream, b.onset_ms, b.offset_ms, a.line AS other_line,
           a.code_no AS other_code_no, a.onset_ms AS u0, a.offset_ms AS u1, a.source_id AS other_source, f.later_wins,
           row_number() OVER (PARTITION BY b.source_id, b.line, b.code_no ORDER BY a.onset_ms, a.line) AS nth
    FROM rows_of_it b JOIN rows_of_it a ON a.stream = b.stream JOIN stage.file f ON f.source_id = b.source_id
    WHERE b.late AND NOT b.copy AND NOT a.late AND NOT a.copy AND a.onset_ms <= b.onset_ms AND a.offset_ms > b.onset_ms)
SELECT * FROM pairs WHERE nth = 1
