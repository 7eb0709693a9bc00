INSERT INTO main.raw_row BY NAME
SELECT s.source_id, s.line, CASE WHEN r.reason IS NULL THEN 'accepted' WHEN r.reason = 'blank' THEN 'blank' ELSE 'rejected' END AS outcome,
       coalesce(nullif(r.reason, 'blank'), '') AS reason, s.raw
FROM stage.staged s LEFT JOIN (SELECT source_id, line, min(reason) AS reason FROM stage.refused GROUP BY ALL) r
    ON r.source_id = s.source_id AND r.line = s.line
