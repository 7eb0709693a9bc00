SELECT x.coder_id AS coder, x.observation_id
FROM (SELECT unnest($chosen_observations::VARCHAR[]) AS observation_id, unnest($chosen_coders::VARCHAR[]) AS coder_id
      UNION ALL SELECT NULL, unnest($prefer::VARCHAR[])) x
ANTI JOIN main.coding c ON c.coder_id = x.coder_id AND c.observation_id = coalesce(x.observation_id, c.observation_id) ORDER BY ALL
