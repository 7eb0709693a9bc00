INSERT INTO stage.refused BY NAME
SELECT source_id, line, CASE WHEN onset_ms > end_ms THEN 'after_end_whole' ELSE 'stop_without_start' END AS reason, obs, subject, code_no, onset_ms AS t0
FROM stage.pair WHERE mark = 'stop' AND coalesce(previous_mark, 'stop') = 'stop'
