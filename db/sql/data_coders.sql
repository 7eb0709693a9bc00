SELECT c.coder_id, any_value(k.kind) AS kind, any_value(k.observations) AS observations_in_study,
       count(DISTINCT c.observation_id) AS observations,
       count(DISTINCT c.observation_id) FILTER (c.is_primary) AS analysed,
       sum(c.coded_ms)::BIGINT AS coded_ms, sum(c.events)::BIGINT AS events,
       count(DISTINCT c.observation_id) FILTER (t.coders > 1) AS shared
FROM coding c JOIN coder k USING (coder_id)
JOIN (SELECT observation_id, count(DISTINCT coder_id) AS coders FROM coding GROUP BY ALL) t USING (observation_id)
GROUP BY ALL ORDER BY analysed DESC, coder_id
