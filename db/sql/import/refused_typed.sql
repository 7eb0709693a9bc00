INSERT INTO stage.refused BY NAME
SELECT source_id, line, run, reason, obs, subject, code_no, onset_ms AS t0, offset_ms AS t1 FROM stage.typed WHERE reason <> ''
