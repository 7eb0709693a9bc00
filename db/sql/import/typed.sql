CREATE TABLE stage.typed AS
WITH source_rows AS (
    SELECT s.source_id, s.line, s.line AS stop_line, observation, coder, subject, behaviour_group, code, modifier, mark,
           onset, onset_f, stop, stop_f, duration, fault, NULL::BIGINT AS run
    FROM stage.staged s JOIN stage.file f USING (source_id) WHERE f.layout NOT IN ('samples', 'cells')
    UNION ALL
    SELECT source_id, line, stop_line, observation, coder, subject, behaviour_group, code, modifier, NULL, onset, NULL, stop, NULL, NULL, NULL, rowid
    FROM stage.run),
meant AS (
    SELECT r.source_id, r.line, r.stop_line, r.run, f.layout, o.obs, o.end_ms, d.coder, m.subject, m.subject_no, m.code_no, c.group_no, c.kind, CASE WHEN c.exclusive THEN c.group_no ELSE 32768 + c.code_no END AS lane,
           r.modifier, CASE f.layout WHEN 'samples' THEN 'state' WHEN 'marks' THEN k.mark WHEN 'cells' THEN if(r.stop = '(open)' AND c.kind = 'state', 'start', c.kind)
                                        ELSE coalesce(k.mark, c.kind) END AS mark,
           time_ms(f.time_rule, pointed(r.onset, f.decimal), pointed(r.onset_f, f.decimal)) + f.offset_ms AS onset_ms,
           CASE WHEN r.stop IS NOT NULL THEN time_ms(f.time_rule, pointed(r.stop, f.decimal), pointed(r.stop_f, f.decimal)) + f.offset_ms END AS stop_ms,
           CASE WHEN r.duration IS NOT NULL THEN time_ms(f.time_rule, pointed(r.duration, f.decimal), '0') END AS duration_ms,
           r.fault, m.reason AS meaning_fault, clean(r.observation) IS NULL AS unnamed, k.mark IS NULL AS unmarked,
           CASE WHEN m.code_no IS NULL OR r.onset IS NULL THEN
               clean(r.code) IS NULL AND clean(r.onset) IS NULL AND clean(r.stop) IS NULL AND clean(r.duration) IS NULL AND clean(r.mark) IS NULL
               AND (clean(r.observation) IS NULL OR list_contains(f.constants, 'observation'))
               AND (clean(r.subject) IS NULL OR list_contains(f.constants, 'subject')) ELSE false END AS blank
    FROM source_rows r JOIN stage.file f USING (source_id)
    LEFT JOIN stage.name n ON n.source_id = r.source_id AND n.name = coalesce(r.observation, '')
    LEFT JOIN stage.observation o ON o.observation_id = n.observation_id
    LEFT JOIN stage.coder_text t ON t.source_id = r.source_id AND t.text = coalesce(r.coder, '')
    LEFT JOIN stage.coder d ON d.coder_id = coalesce(t.coder_id, n.coder_id)
    LEFT JOIN stage.meaning m ON m.source_id = r.source_id AND m.subject_text = coalesce(r.subject, '')
        AND m.group_text = coalesce(r.behaviour_group, '') AND m.code_text = coalesce(r.code, '')
    LEFT JOIN stage.code c ON c.code_no = m.code_no
    LEFT JOIN stage.mark k ON k.source_id = r.source_id AND k.word = coalesce(r.mark, '')),
ended AS (
    SELECT *, CASE WHEN mark = 'point' THEN onset_ms WHEN layout = 'marks' THEN NULL ELSE coalesce(stop_ms, onset_ms + duration_ms) END AS offset_ms,
           mark = 'point' AND unmarked AND coalesce(stop_ms, onset_ms + duration_ms) <> onset_ms AS lasting
    FROM meant)
SELECT source_id, line, stop_line, run, obs, coder, subject, code_no, group_no, coalesce(modifier, '') AS modifier, mark, onset_ms, offset_ms,
       (((obs::BIGINT * 16384 + coder) * 8 + subject_no) * 65536 + lane) * 2 + (mark = 'point')::INTEGER AS stream,
       CASE WHEN fault IS NOT NULL THEN fault
            WHEN blank THEN 'blank'
            WHEN obs IS NULL AND unnamed THEN 'missing_observation'
            WHEN obs IS NULL THEN 'unknown_observation'
            WHEN coalesce(meaning_fault, 'unknown_code') <> '' THEN coalesce(meaning_fault, 'unknown_code')
            WHEN mark IS NULL THEN 'unknown_event_type'
            WHEN onset_ms IS NULL OR (layout <> 'marks' AND mark <> 'start' AND offset_ms IS NULL) THEN 'unreadable_time'
            WHEN onset_ms < 0 THEN 'negative_time'
            WHEN greatest(onset_ms, offset_ms) > 604800000 THEN 'beyond_a_week'
            WHEN offset_ms < onset_ms THEN 'offset_before_onset'
            WHEN mark = 'point' AND kind = 'state' THEN 'point_in_state_group'
            WHEN mark <> 'point' AND kind = 'point' OR lasting THEN 'state_in_point_code'
            WHEN onset_ms > end_ms AND mark <> 'stop' OR onset_ms = end_ms AND mark IN ('start', 'state') THEN 'after_end_whole'
            ELSE '' END AS reason
FROM ended
