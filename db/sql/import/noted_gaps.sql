INSERT INTO stage.noted BY NAME
SELECT source_id, 'gap_closed' AS reason, count(*) AS count, sum(next_ms - offset_ms)::BIGINT AS ms FROM stage.flaw WHERE gap GROUP BY source_id
