SELECT source_id, name, observation_id, coder_id FROM source_observation ORDER BY ALL
