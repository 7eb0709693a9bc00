CREATE OR REPLACE TABLE stage.overlap AS
WITH late AS (SELECT * FROM stage.flow WHERE NOT copied AND onset_ms < before_ms),
pairs AS (
    SELECT b.*, a.line AS other_line, a.code_no AS other_code_no, a.onset_ms AS u0, a.offset_ms AS u1, a.source_id AS other_source, f.later_wins,
           row_number() OVER (PARTITION BY b.source_id, b.line, b.code_no ORDER BY a.onset_ms, a.line) AS nth
    FROM late b JOIN stage.flow a USING (obs, coder, subject, group_no, kind) JOIN stage.file f ON f.source_id = b.source_id
    WHERE a.onset_ms <= b.onset_ms AND a.offset_ms > b.onset_ms AND NOT a.copied AND (a.line <> b.line OR a.code_no <> b.code_no)
      AND (a.before_ms IS NULL OR a.onset_ms >= a.before_ms))
SELECT * FROM pairs WHERE nth = 1
