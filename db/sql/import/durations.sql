INSERT INTO main.duration BY NAME
WITH clipped AS (
    SELECT e.observation_id, e.coder_id, e.subject, e.behaviour_group, e.code,
           greatest(e.onset_ms, o.start_ms) AS onset_ms, least(e.offset_ms, o.end_ms) AS offset_ms
    FROM main.event e JOIN main.observation o USING (observation_id)
    WHERE e.onset_ms < o.end_ms AND (e.offset_ms > o.start_ms OR e.onset_ms >= o.start_ms)),
bouts AS (
    SELECT *, offset_ms - onset_ms AS length,
           max(offset_ms) OVER (PARTITION BY observation_id, coder_id, subject, behaviour_group, code ORDER BY onset_ms, offset_ms
                                ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before_ms
    FROM clipped),
gaps AS (SELECT *, CASE WHEN onset_ms >= before_ms THEN onset_ms - before_ms END AS gap FROM bouts)
SELECT observation_id, coder_id, subject, behaviour_group, code, sum(length)::BIGINT AS ms,
       sum(greatest(offset_ms - greatest(onset_ms, coalesce(before_ms, onset_ms)), 0))::BIGINT AS covered_ms, count(*) AS bouts,
       min(length) AS shortest_ms, max(length) AS longest_ms, sum(length * length)::BIGINT AS squares_ms2,
       count(gap) AS gaps, coalesce(sum(gap), 0)::BIGINT AS gap_ms, coalesce(sum(gap * gap), 0)::BIGINT AS gap_squares_ms2
FROM gaps GROUP BY ALL ORDER BY ALL
