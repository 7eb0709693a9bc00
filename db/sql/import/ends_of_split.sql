UPDATE stage.observation SET end_ms = found.end_ms
FROM (WITH people AS (
          SELECT n.source_id, n.whole, o.obs FROM stage.name n JOIN stage.observation o USING (observation_id) WHERE n.whole IS NOT NULL),
      reached AS (
          SELECT p.source_id, p.whole, max(greatest(t.onset_ms, coalesce(t.offset_ms, t.onset_ms))) AS end_ms
          FROM stage.typed t JOIN people p USING (source_id, obs) WHERE t.reason = '' GROUP BY ALL)
      SELECT p.obs, max(r.end_ms) AS end_ms FROM people p JOIN reached r USING (source_id, whole) GROUP BY p.obs) found
WHERE stage.observation.obs = found.obs AND stage.observation.end_ms IS NULL AND found.end_ms > stage.observation.start_ms
