INSERT INTO stage.refused BY NAME
SELECT source_id, unnest(list_distinct([line, coalesce(stop_line, line)])) AS line, 'duplicate_row' AS reason, obs, subject, code_no,
       onset_ms AS t0, offset_ms AS t1, before_line AS other_line
FROM stage.flow WHERE copied
