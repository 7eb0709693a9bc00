INSERT INTO stage.noted BY NAME
SELECT source_id, line, CASE WHEN next_mark IS NULL THEN 'start_without_stop' WHEN next_mark = 'start' THEN 'start_start' ELSE 'modifier_changed' END AS reason,
       obs, subject, code_no, group_no, onset_ms AS t0, coalesce(next_ms, end_ms) AS t1, 1 AS count
FROM stage.pair
WHERE mark = 'start' AND (next_mark IS NULL OR next_mark = 'start' OR next_modifier <> modifier AND next_modifier <> '')
