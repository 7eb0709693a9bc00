WITH ranked AS (
    SELECT observation_id, subject, coder_id, frames, confident_frames, start_s, end_s, unfit,
           row_number() OVER (PARTITION BY observation_id ORDER BY unfit <> '', au12_source <> 'openface', coder_id) AS place
    FROM track WHERE subject = 'caregiver1')
SELECT r.observation_id, r.subject, r.coder_id, r.frames, r.confident_frames, r.end_s - r.start_s AS length_s, r.unfit,
       count(s.episode) FILTER (s.status = 'ok') AS smiles, count(s.episode) FILTER (s.status = 'rejected') AS rejected,
       count(s.episode) FILTER (s.reason = 'speech') AS in_speech
FROM ranked r LEFT JOIN smile s USING (observation_id, subject, coder_id)
WHERE r.place = 1 GROUP BY ALL ORDER BY r.observation_id
