WITH known AS (
    SELECT r.*, k.code, k.behaviour_group, CASE WHEN reason = 'same_observation_twice' THEN k.group_no END AS group_no
    FROM stage.refused r LEFT JOIN stage.code k ON k.code_no = r.code_no WHERE reason <> 'blank'),
told AS (
    SELECT *, CASE WHEN group_no IS NOT NULL THEN count(*) OVER (PARTITION BY source_id, obs, group_no) END AS count
    FROM known QUALIFY group_no IS NULL OR row_number() OVER (PARTITION BY source_id, obs, group_no ORDER BY line) = 1),
numbered AS (
    SELECT *, row_number() OVER (PARTITION BY source_id, reason ORDER BY line) AS nth, count(*) OVER (PARTITION BY source_id, reason) AS total FROM told)
SELECT r.* EXCLUDE (count), coalesce(r.count, u.stop_line - u.line + 1) AS count, o.observation_id, q.code AS other_code,
       coalesce(s.observation, u.observation) AS observation_text, coalesce(s.subject, u.subject) AS subject_text, coalesce(s.code, u.code) AS code_text,
       coalesce(s.behaviour_group, u.behaviour_group) AS group_text, s.mark AS mark_text,
       coalesce(u.onset, concat_ws(' ', s.onset, s.onset_f)) AS onset_text, coalesce(u.stop, s.stop, s.duration) AS stop_text
FROM numbered r LEFT JOIN stage.observation o ON o.obs = r.obs LEFT JOIN stage.code q ON q.code_no = r.other_code_no
LEFT JOIN stage.staged s ON s.source_id = r.source_id AND s.line = r.line LEFT JOIN stage.run u ON u.rowid = r.run
WHERE r.nth <= $most ORDER BY r.source_id, r.line
