-- The code that fills most of each cell of $bin_ms, per observation, of the analysed coding; a cell that is mostly uncoded has no row.
WITH bout AS (
    SELECT e.observation_id, e.code, k.position, greatest(e.onset_ms, o.start_ms) - o.start_ms AS onset_ms,
           least(e.offset_ms, o.end_ms) - o.start_ms AS offset_ms, o.end_ms - o.start_ms AS length_ms
    FROM coding c
    JOIN event e USING (observation_id, coder_id, behaviour_group, subject)
    JOIN observation o USING (observation_id)
    JOIN code k ON k.scheme = c.scheme AND k.behaviour_group = c.behaviour_group AND k.code = e.code
    WHERE c.observation_id IN (SELECT unnest($ids)) AND c.is_primary AND c.subject = $subject
      AND c.behaviour_group = $behaviour_group AND e.onset_ms < o.end_ms AND e.offset_ms > o.start_ms AND e.kind = 'state'),
piece AS (
    SELECT observation_id, code, position, length_ms, onset_ms, offset_ms,
           unnest(range(onset_ms // $bin_ms, (offset_ms + $bin_ms - 1) // $bin_ms)) AS cell
    FROM bout),
filled AS (
    SELECT observation_id, cell, code, position, least($bin_ms, length_ms - cell * $bin_ms) AS cell_ms,
           sum(least(offset_ms, (cell + 1) * $bin_ms) - greatest(onset_ms, cell * $bin_ms)) AS ms
    FROM piece GROUP BY ALL)
SELECT observation_id, cell::INTEGER AS cell, arg_max(code, (ms, -position)) AS code
FROM filled GROUP BY ALL
HAVING max(ms) >= any_value(cell_ms) - sum(ms)
ORDER BY observation_id, cell
