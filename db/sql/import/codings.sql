INSERT INTO main.coding BY NAME
WITH sums AS (
    SELECT d.observation_id, d.coder_id, d.behaviour_group, d.subject, any_value(c.scheme) AS scheme, sum(d.bouts)::BIGINT AS events,
           sum(d.covered_ms)::BIGINT AS coded_ms, coalesce(sum(d.covered_ms) FILTER (c.unobservable), 0)::BIGINT AS unobservable_ms, bool_and(g.exclusive) AS exclusive
    FROM main.duration d JOIN main.code c USING (behaviour_group, code) JOIN main.behaviour_group g ON g.scheme = c.scheme AND g.behaviour_group = c.behaviour_group
    GROUP BY ALL),
reached AS (
    SELECT e.observation_id, e.coder_id, e.behaviour_group, e.subject, c.unobservable, least(e.offset_ms, o.end_ms) AS offset_ms,
           greatest(e.onset_ms, o.start_ms, coalesce(max(e.offset_ms) OVER stream, 0)) AS from_ms,
           greatest(e.onset_ms, o.start_ms, coalesce(max(CASE WHEN c.unobservable THEN e.offset_ms END) OVER stream, 0)) AS blind_from_ms
    FROM main.event e JOIN main.observation o USING (observation_id) JOIN main.code c USING (behaviour_group, code)
    JOIN main.behaviour_group g ON g.scheme = c.scheme AND g.behaviour_group = c.behaviour_group
    WHERE NOT g.exclusive
    WINDOW stream AS (PARTITION BY e.observation_id, e.coder_id, e.behaviour_group, e.subject ORDER BY e.onset_ms, e.offset_ms
                      ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)),
unions AS (
    SELECT observation_id, coder_id, behaviour_group, subject, sum(greatest(offset_ms - from_ms, 0))::BIGINT AS coded_ms,
           coalesce(sum(greatest(offset_ms - blind_from_ms, 0)) FILTER (unobservable), 0)::BIGINT AS unobservable_ms
    FROM reached GROUP BY ALL),
origins AS (SELECT observation_id, coder_id, behaviour_group, subject, min(source_id) AS source_id FROM main.event GROUP BY ALL)
SELECT s.observation_id, s.coder_id, s.behaviour_group, s.subject, s.scheme, r.source_id, false AS is_primary, '' AS primary_reason,
       coalesce(u.coded_ms, s.coded_ms) AS coded_ms, coalesce(u.unobservable_ms, s.unobservable_ms) AS unobservable_ms, s.events
FROM sums s JOIN origins r USING (observation_id, coder_id, behaviour_group, subject)
LEFT JOIN unions u USING (observation_id, coder_id, behaviour_group, subject)
ORDER BY ALL
