INSERT INTO main.coding BY NAME
WITH streams AS (
    SELECT observation_id, coder_id, behaviour_group, subject, min(source_id) AS source_id FROM main.event GROUP BY ALL),
lengths AS (
    SELECT d.observation_id, d.coder_id, d.behaviour_group, d.subject, sum(d.ms)::BIGINT AS coded_ms, sum(d.bouts)::BIGINT AS events,
           coalesce(sum(d.ms) FILTER (c.unobservable), 0)::BIGINT AS unobservable_ms, any_value(c.scheme) AS scheme
    FROM main.duration d JOIN main.code c USING (behaviour_group, code) GROUP BY ALL)
SELECT s.*, l.scheme, false AS is_primary, '' AS primary_reason, l.coded_ms, l.unobservable_ms, l.events
FROM streams s JOIN lengths l USING (observation_id, coder_id, behaviour_group, subject) ORDER BY ALL
