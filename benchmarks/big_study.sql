-- One long CSV of exclusive and exhaustive streams: every recording lasts 300 s, each of its four streams holds `per_stream`
-- events without gaps. Times are seconds with three decimals. Everything follows from hash(): the same file every time.
COPY (
    WITH recording AS (SELECT range AS r FROM range($recordings)),
    stream AS (SELECT * FROM (VALUES
        ('infant', 'facial_expression', ['Neutral/Alert', 'Positive', 'Smile', 'Negative', 'Disgust', 'Surprise', 'Face not visible']),
        ('caregiver1', 'facial_expression', ['Neutral/Alert', 'Positive', 'Smile', 'Woe face', 'Mock surprise', 'Face not visible']),
        ('infant', 'visual_attention', ['Look at caregiver 1', 'Look at focus object', 'Look at other object', 'Look at distraction',
                                        'No visual attention', 'Not possible to code visual attention']),
        ('caregiver1', 'visual_attention', ['Look at infant', 'Look at focus object', 'Look at other object', 'Look at distraction',
                                            'Not possible to code visual attention'])) AS s(who, behaviour, codes)),
    cut AS (
        SELECT r, who, behaviour, codes, k.range AS k, 300000 // $per_stream AS step,
               CASE WHEN k.range = 0 THEN 0 ELSE k.range * step + (hash(r, who, behaviour, k.range) % (step * 9 // 10))::BIGINT END AS onset,
               CASE WHEN k.range = $per_stream - 1 THEN 300000
                    ELSE (k.range + 1) * step + (hash(r, who, behaviour, k.range + 1) % (step * 9 // 10))::BIGINT END AS offset_ms,
               codes[1 + ((hash(r, who, behaviour) % len(codes) + k.range * (1 + hash(r, behaviour) % (len(codes) - 1)))
                          % len(codes))::BIGINT] AS code
        FROM recording, stream, range($per_stream) AS k)
    SELECT printf('R%06d', r) AS recording, 'C' || (r % 5) AS coder, who, behaviour, code,
           printf('%d.%03d', onset // 1000, onset % 1000) AS start_s, printf('%d.%03d', offset_ms // 1000, offset_ms % 1000) AS stop_s
    FROM cut ORDER BY r, who, behaviour, k)
TO '$file' (HEADER, DELIMITER ',')
