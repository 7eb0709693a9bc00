SELECT observation_id, start_ms, end_ms FROM main.observation
