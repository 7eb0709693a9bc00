SELECT observation_id, onset_ms, offset_ms, origin FROM speech WHERE observation_id IN (SELECT unnest($ids)) ORDER BY observation_id, onset_ms, offset_ms
