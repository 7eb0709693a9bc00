INSERT INTO main.duration BY NAME
WITH clipped AS (
    SELECT e.observation_id, e.coder_id, e.subject, e.behaviour_group, e.code,
           greatest(e.onset_ms, o.start_ms) AS onset_ms, greatest(least(e.offset_ms, o.end_ms), greatest(e.onset_ms, o.start_ms)) AS offset_ms
    FROM main.event e JOIN main.observation o USING (observation_id)),
bouts AS (
    SELECT *, offset_ms - onset_ms AS length,
           onset_ms - lag(offset_ms) OVER (PARTITION BY observation_id, coder_id, subject, behaviour_group, code ORDER BY onset_ms, offset_ms) AS gap
    FROM clipped)
SELECT observation_id, coder_id, subject, behaviour_group, code, sum(length)::BIGINT AS ms, count(*) AS bouts,
       min(length) AS shortest_ms, max(length) AS longest_ms, sum(length * length)::BIGINT AS squares_ms2,
       count(gap) AS gaps, coalesce(sum(gap), 0)::BIGINT AS gap_ms, coalesce(sum(gap * gap), 0)::BIGINT AS gap_squares_ms2
FROM bouts GROUP BY ALL ORDER BY ALL
