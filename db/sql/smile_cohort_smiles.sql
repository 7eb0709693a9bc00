WITH ranked AS (
    SELECT observation_id, subject, coder_id,
           row_number() OVER (PARTITION BY observation_id ORDER BY unfit <> '', au12_source <> 'openface', coder_id) AS place
    FROM track WHERE subject = 'caregiver1')
SELECT s.observation_id, s.smile_number, s.onset_s AS start_s, s.onset_amplitude, s.offset_amplitude, s.max_onset_speed, s.max_offset_speed,
       s.onset_duration_s, s.apex_duration_s, s.offset_duration_s, s.total_duration_s
FROM smile s JOIN ranked r USING (observation_id, subject, coder_id)
WHERE r.place = 1 AND s.status = 'ok' ORDER BY s.observation_id, s.smile_number
