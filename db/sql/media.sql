SELECT observation_id, view, path, offset_ms FROM media ORDER BY observation_id, view
