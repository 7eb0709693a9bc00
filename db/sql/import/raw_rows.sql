INSERT INTO main.raw_row BY NAME
WITH refused AS (
    SELECT source_id, line, reason FROM stage.refused
    UNION ALL
    SELECT s.source_id, s.line, r.reason
    FROM stage.refused r JOIN stage.run u ON u.rowid = r.run JOIN stage.file f ON f.source_id = u.source_id AND f.layout = 'samples'
    JOIN stage.staged s ON s.source_id = u.source_id AND s.observation IS NOT DISTINCT FROM u.observation AND s.line > u.line AND s.line <= u.stop_line
    UNION ALL
    SELECT u.source_id, u.stop_line, r.reason
    FROM stage.refused r JOIN stage.run u ON u.rowid = r.run JOIN stage.file f ON f.source_id = u.source_id AND f.layout = 'cells'
    WHERE u.stop_line > u.line AND u.stop_line NOT IN (SELECT line FROM stage.run o WHERE o.source_id = u.source_id))
SELECT s.source_id, s.line, CASE WHEN r.reason IS NULL THEN 'accepted' WHEN r.reason = 'blank' THEN 'blank' ELSE 'rejected' END AS outcome,
       coalesce(nullif(r.reason, 'blank'), '') AS reason, s.raw
FROM stage.staged s LEFT JOIN (SELECT source_id, line, min(reason) AS reason FROM refused GROUP BY ALL) r
    ON r.source_id = s.source_id AND r.line = s.line
