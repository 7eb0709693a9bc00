WITH coded AS (
    SELECT c.coder_id, c.observation_id, bool_or(c.is_primary) AS analysed, sum(c.events) AS events,
           any_value(o.end_ms - o.start_ms) AS length_ms,
           count(*) OVER (PARTITION BY c.observation_id) > 1 AS shared
    FROM coding c JOIN observation o USING (observation_id) GROUP BY c.coder_id, c.observation_id)
SELECT coder_id, k.kind, count(*) AS observations, count(*) FILTER (analysed) AS analysed,
       count(*) FILTER (shared) AS shared, sum(length_ms)::BIGINT AS length_ms, sum(events)::BIGINT AS events
FROM coded JOIN coder k USING (coder_id)
GROUP BY coder_id, k.kind ORDER BY analysed DESC, coder_id
