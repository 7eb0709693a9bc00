INSERT INTO stage.noted BY NAME
SELECT source_id, 'code_overlaps_itself' AS reason, subject, code_no, count(*) AS count FROM stage.flaw WHERE doubled GROUP BY ALL
