UPDATE main.observation SET camera_count = CASE WHEN observation_id IN (
        SELECT observation_id FROM main.event WHERE behaviour_group = $behaviour_group AND contains(modifier, $modifier)) THEN 1 ELSE 2 END
WHERE camera_count IS NULL AND observation_id IN (SELECT observation_id FROM main.coding WHERE behaviour_group = $behaviour_group)
