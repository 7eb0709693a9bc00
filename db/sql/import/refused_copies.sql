INSERT INTO stage.refused BY NAME
SELECT c.source_id, unnest(list_distinct([c.line, coalesce(c.stop_line, c.line)])) AS line, 'duplicate_row' AS reason, c.obs, c.subject, c.code_no,
       c.onset_ms AS t0, c.offset_ms AS t1, f.before_line AS other_line
FROM stage.flaw f JOIN stage.candidate c USING (stream, source_id, line, code_no) WHERE f.copied
