SELECT observation_id, episode, onset_ms, offset_ms FROM episode
WHERE $ids IS NULL OR list_contains($ids::VARCHAR[], observation_id) ORDER BY observation_id, onset_ms
