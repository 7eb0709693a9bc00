CREATE TABLE stage.typed AS
WITH source_rows AS (
    SELECT source_id, line, line AS stop_line, observation, coder, subject, behaviour_group, code, modifier, mark,
           onset, onset_f, stop, stop_f, duration, fault
    FROM stage.staged JOIN stage.file USING (source_id) WHERE layout <> 'samples'
    UNION ALL
    SELECT source_id, line, stop_line, observation, NULL, subject, behaviour_group, code, modifier, 'state',
           onset, NULL, stop, NULL, NULL, NULL
    FROM stage.run),
meant AS (
    SELECT r.source_id, r.line, r.stop_line, f.layout, o.obs, o.end_ms, coalesce(t.coder_id, n.coder_id) AS coder_id, m.subject, m.code_no, c.group_no,
           coalesce(r.modifier, '') AS modifier, CASE f.layout WHEN 'samples' THEN 'state' ELSE coalesce(k.mark, CASE WHEN f.layout = 'spans' AND r.mark IS NULL THEN c.kind END) END AS mark,
           time_ms(f.time_rule, pointed(r.onset, f.decimal), pointed(r.onset_f, f.decimal)) + f.offset_ms AS onset_ms,
           CASE WHEN r.stop IS NOT NULL THEN time_ms(f.time_rule, pointed(r.stop, f.decimal), pointed(r.stop_f, f.decimal)) + f.offset_ms END AS stop_ms,
           CASE WHEN r.duration IS NOT NULL THEN time_ms(f.time_rule, pointed(r.duration, f.decimal), '0') END AS duration_ms,
           c.kind, r.fault, m.reason AS meaning_fault, n.name IS NOT NULL AS named, r.observation IS NULL AND r.code IS NULL AND r.onset IS NULL AS blank
    FROM source_rows r JOIN stage.file f USING (source_id)
    LEFT JOIN stage.name n ON n.source_id = r.source_id AND n.name = coalesce(r.observation, '')
    LEFT JOIN stage.observation o ON o.observation_id = n.observation_id
    LEFT JOIN stage.coder_text t ON t.source_id = r.source_id AND t.text = coalesce(r.coder, '')
    LEFT JOIN stage.meaning m ON m.source_id = r.source_id AND m.subject_text = coalesce(r.subject, '')
        AND m.group_text = coalesce(r.behaviour_group, '') AND m.code_text = coalesce(r.code, '')
    LEFT JOIN stage.code c ON c.code_no = m.code_no
    LEFT JOIN stage.mark k ON k.source_id = r.source_id AND k.word = lower(coalesce(r.mark, ''))),
ended AS (
    SELECT *, CASE WHEN mark = 'point' THEN onset_ms WHEN layout = 'marks' THEN NULL ELSE coalesce(stop_ms, onset_ms + duration_ms) END AS offset_ms
    FROM meant)
SELECT e.source_id, e.line, e.stop_line, e.layout, e.obs, d.coder, e.subject, e.code_no, e.group_no, e.modifier, e.mark, e.onset_ms, e.offset_ms,
       CASE WHEN e.fault IS NOT NULL THEN e.fault
            WHEN e.blank THEN 'blank'
            WHEN e.obs IS NULL THEN 'unknown_observation'
            WHEN e.meaning_fault <> '' THEN e.meaning_fault
            WHEN e.mark IS NULL THEN 'unknown_event_type'
            WHEN e.onset_ms IS NULL OR (e.layout <> 'marks' AND e.offset_ms IS NULL) THEN 'unreadable_time'
            WHEN e.onset_ms < 0 THEN 'negative_time'
            WHEN e.offset_ms < e.onset_ms THEN 'offset_before_onset'
            WHEN e.mark = 'point' AND e.kind = 'state' THEN 'point_in_state_group'
            WHEN e.mark <> 'point' AND e.kind = 'point' THEN 'state_in_point_code'
            WHEN e.onset_ms > e.end_ms AND e.mark <> 'stop' OR e.onset_ms = e.end_ms AND e.mark IN ('start', 'state') THEN 'after_end_whole'
            ELSE '' END AS reason
FROM ended e LEFT JOIN stage.coder d ON d.coder_id = e.coder_id
