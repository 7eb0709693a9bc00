INSERT INTO stage.refused BY NAME
SELECT t.source_id, t.line, t.run, 'no_length' AS reason, t.obs, t.subject, t.code_no, t.onset_ms AS t0, t.offset_ms AS t1
FROM stage.typed t JOIN stage.observation o USING (obs) WHERE t.reason = '' AND o.end_ms IS NULL
