SELECT observation_id, file, offset_ms, source_id FROM speech_track
WHERE $ids IS NULL OR observation_id IN (SELECT unnest($ids::VARCHAR[])) ORDER BY observation_id
