SELECT r.*, o.observation_id, k.code, k.behaviour_group, q.code AS other_code, s.observation AS observation_text, s.subject AS subject_text,
       s.code AS code_text, s.behaviour_group AS group_text, s.mark AS mark_text, concat_ws(' ', s.onset, s.onset_f) AS onset_text,
       coalesce(s.stop, s.duration) AS stop_text
FROM (SELECT *, row_number() OVER (PARTITION BY source_id, reason ORDER BY line) AS nth, count(*) OVER (PARTITION BY source_id, reason) AS total
      FROM stage.refused WHERE reason <> 'blank') r
LEFT JOIN stage.observation o ON o.obs = r.obs LEFT JOIN stage.code k ON k.code_no = r.code_no LEFT JOIN stage.code q ON q.code_no = r.other_code_no
LEFT JOIN stage.staged s ON s.source_id = r.source_id AND s.line = r.line
WHERE r.nth <= $most ORDER BY r.source_id, r.line
