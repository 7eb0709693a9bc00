UPDATE stage.observation SET end_ms = found.end_ms
FROM (SELECT o.obs, max(e.offset_ms) AS end_ms FROM main.event e JOIN stage.observation o USING (observation_id) GROUP BY o.obs) found
WHERE stage.observation.obs = found.obs AND stage.observation.end_ms IS NULL AND found.end_ms > stage.observation.start_ms
