SELECT stream, subject, dim, fps, random_weights, count(DISTINCT observation_id) AS observations, sum(frames)::BIGINT AS frames,
       sum(frames / fps) AS seconds
FROM feature_stream GROUP BY ALL ORDER BY stream, subject, dim, fps, random_weights
