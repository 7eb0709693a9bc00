SELECT f.observation_id, f.stream, f.subject, f.fps, f.frames, f.dim, f.file, f.random_weights, f.choices, f.offset_ms, f.source_id, s.path
FROM feature_stream f LEFT JOIN source s USING (source_id)
WHERE $ids IS NULL OR list_contains($ids::VARCHAR[], f.observation_id) ORDER BY f.observation_id, f.stream, f.subject
