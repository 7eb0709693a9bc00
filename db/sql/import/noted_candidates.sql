INSERT INTO stage.noted BY NAME
SELECT source_id, line, CASE WHEN repaired = 'clipped' THEN 'after_end' ELSE 'zero_length_state' END AS reason, obs, subject, code_no, group_no,
       onset_ms AS t0, written_ms AS t1, 1 AS count
FROM stage.candidate WHERE repaired = 'clipped' OR (kind = 'state' AND offset_ms = onset_ms AND repaired = '')
