SELECT s.source_id, s.path, s.content, s.format, s.dialect, s.bytes, s.rows, s.accepted, s.rejected, s.blank, s.generation,
       s.imported_at, s.sha256, coalesce(i.issues, 0)::BIGINT AS issues, t.coverage
FROM source s LEFT JOIN (SELECT source_id, count(*) AS issues FROM issue GROUP BY ALL) i USING (source_id)
LEFT JOIN (SELECT source_id, sum(confident_frames) / sum(frames) AS coverage FROM track GROUP BY ALL) t USING (source_id)
ORDER BY s.content, s.path
