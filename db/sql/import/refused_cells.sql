INSERT INTO stage.refused BY NAME
SELECT s.source_id, s.line, coalesce(s.fault, 'blank') AS reason
FROM stage.staged s JOIN stage.file f USING (source_id) LEFT JOIN (SELECT source_id, line FROM stage.run UNION SELECT source_id, stop_line FROM stage.run) u ON u.source_id = s.source_id AND u.line = s.line
WHERE f.layout = 'cells' AND (s.fault IS NOT NULL OR u.line IS NULL)
