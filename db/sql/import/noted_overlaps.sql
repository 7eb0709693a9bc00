INSERT INTO stage.noted BY NAME
SELECT source_id, line, 'later_onset_wins' AS reason, obs, subject, code_no, group_no, onset_ms AS t0, u1 AS t1, u1 - onset_ms AS ms, 1 AS count
FROM stage.overlap WHERE later_wins
QUALIFY onset_ms = min(onset_ms) OVER (PARTITION BY other_source, other_line, other_code_no, subject)
