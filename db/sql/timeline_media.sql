SELECT view, path, offset_ms FROM media WHERE observation_id = $observation
ORDER BY list_position(['infant_camera', 'parent_camera', 'room'], view) NULLS LAST, view
