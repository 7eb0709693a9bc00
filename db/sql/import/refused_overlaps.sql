INSERT INTO stage.refused BY NAME
SELECT source_id, unnest(list_distinct([line, coalesce(stop_line, line)])) AS line, 'overlap_in_group' AS reason, obs, subject, code_no,
       onset_ms AS t0, offset_ms AS t1, other_line, other_code_no, u0, u1, other_source
FROM stage.overlap WHERE NOT later_wins
