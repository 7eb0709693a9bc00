INSERT INTO stage.noted BY NAME
SELECT f.source_id, 'gap_closed' AS reason, count(*) AS count, sum(f.next_ms - f.offset_ms) AS ms
FROM stage.flow f JOIN stage.file s USING (source_id)
WHERE f.exclusive AND f.kind = 'state' AND list_contains(s.tool_steps, f.next_ms - f.offset_ms) GROUP BY f.source_id
