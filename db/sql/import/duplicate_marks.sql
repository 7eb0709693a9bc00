INSERT INTO stage.refused BY NAME
SELECT source_id, line, 'duplicate_row' AS reason, obs, subject, code_no, onset_ms AS t0, first_line AS other_line
FROM (
    SELECT *, first_value(line) OVER same AS first_line, row_number() OVER same AS copy
    FROM stage.typed WHERE reason = '' AND mark IN ('start', 'stop')
    WINDOW same AS (PARTITION BY source_id, stream, code_no, modifier, mark, onset_ms ORDER BY line))
WHERE copy > 1
