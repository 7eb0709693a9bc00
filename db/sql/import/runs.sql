INSERT INTO stage.run BY NAME
WITH timed AS (
    SELECT *, TRY_CAST(onset AS DECIMAL(38, 18)) AS t, lag(TRY_CAST(onset AS DECIMAL(38, 18))) OVER w AS before_t,
           lag(subject) OVER w IS NOT DISTINCT FROM subject AND lag(code) OVER w IS NOT DISTINCT FROM code
           AND lag(modifier) OVER w IS NOT DISTINCT FROM modifier AND lag(line) OVER w IS NOT NULL AS goes_on
    FROM sampled WINDOW w AS (PARTITION BY observation ORDER BY line)),
ends AS (SELECT observation, max(line) AS last_line, (max_by(t, line) + max_by(t - before_t, line))::VARCHAR AS stop FROM timed GROUP BY observation),
runs AS (
    SELECT *, lead(onset) OVER w AS next_onset, lead(line) OVER w AS next_line FROM timed WHERE NOT goes_on
    WINDOW w AS (PARTITION BY observation ORDER BY line))
SELECT $source_id AS source_id, r.line, coalesce(r.next_line - 1, e.last_line) AS stop_line, r.observation, r.subject, r.behaviour_group,
       r.code, coalesce(r.modifier, '') AS modifier, r.onset, coalesce(r.next_onset, e.stop, r.onset) AS stop
FROM runs r JOIN ends e ON e.observation IS NOT DISTINCT FROM r.observation WHERE r.subject IS NOT NULL AND r.code IS NOT NULL
