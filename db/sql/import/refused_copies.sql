INSERT INTO stage.refused BY NAME
WITH same AS (
    SELECT c.*, first_value(c.line) OVER (PARTITION BY c.stream, c.onset_ms, c.offset_ms, c.code_no, c.modifier ORDER BY c.line) AS first_line
    FROM stage.candidate c SEMI JOIN (SELECT stream FROM stage.flaw WHERE copied) f ON f.stream = c.stream)
SELECT c.source_id, unnest(list_distinct([c.line, coalesce(c.stop_line, c.line)])) AS line, 'duplicate_row' AS reason, c.obs, c.subject, c.code_no,
       c.onset_ms AS t0, c.offset_ms AS t1, c.first_line AS other_line
FROM stage.flaw f JOIN same c USING (stream, source_id, line, code_no) WHERE f.copied
