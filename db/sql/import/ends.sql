UPDATE stage.observation SET end_ms = found.end_ms
FROM (SELECT obs, max(end_ms) AS end_ms
      FROM (SELECT obs, greatest(onset_ms, coalesce(offset_ms, onset_ms)) AS end_ms FROM stage.typed WHERE reason = ''
            UNION ALL SELECT o.obs, e.offset_ms FROM main.event e JOIN stage.observation o USING (observation_id)
            UNION ALL SELECT o.obs, seconds_ms(pointed(s.length, f.decimal))
            FROM stage.staged s JOIN stage.file f USING (source_id) JOIN stage.name n ON n.source_id = s.source_id AND n.name = s.observation
            JOIN stage.observation o ON o.observation_id = n.observation_id WHERE s.length IS NOT NULL)
      GROUP BY obs) found
WHERE stage.observation.obs = found.obs AND stage.observation.end_ms IS NULL AND found.end_ms > stage.observation.start_ms
