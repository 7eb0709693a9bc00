INSERT INTO stage.refused BY NAME
SELECT source_id, line, 'stop_without_start' AS reason, obs, subject, code_no, onset_ms AS t0
FROM stage.pair WHERE mark = 'stop' AND coalesce(previous_mark, 'stop') = 'stop'
