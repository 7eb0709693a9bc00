SELECT observation_id, subject, coder_id, episode, status, reason, gate_on_s, gate_off_s, onset_s, apex_s, offset_s, end_s, onset_amplitude,
       offset_amplitude, max_onset_speed, max_offset_speed, onset_duration_s, apex_duration_s, offset_duration_s, total_duration_s, flags, smile_number
FROM smile WHERE observation_id IN (SELECT unnest($ids)) ORDER BY observation_id, subject, coder_id, episode
