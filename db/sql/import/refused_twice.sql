INSERT INTO stage.refused BY NAME
SELECT t.source_id, t.line, t.run, 'same_observation_twice' AS reason, t.obs, t.subject, t.code_no, i.kept_source AS other_source
FROM stage.typed t JOIN stage.identity i USING (source_id, obs, coder, group_no)
WHERE t.reason = '' AND i.part IN ('', t.subject) AND i.kept_source <> i.source_id
