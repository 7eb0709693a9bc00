-- Exact times from text: decimal arithmetic only, rounded half to even to whole milliseconds; NULL when the text is not a time.
-- Seconds with at most three decimals and whole milliseconds take a quick road that needs no rounding. A number has at most
-- 12 digits before the point; of more than 18 decimals the eighteenth says whether anything follows, so that rounding stays exact.
CREATE OR REPLACE TEMP MACRO clean(t) AS nullif(trim(translate(t, chr(160) || chr(9) || chr(13), '   ')), '');
CREATE OR REPLACE TEMP MACRO pointed(t, decimal) AS CASE WHEN decimal = ',' THEN replace(t, ',', '.') ELSE t END;
CREATE OR REPLACE TEMP MACRO exact(t) AS CASE
    WHEN regexp_full_match(clean(t), '[+-]?([0-9]{1,12}([.][0-9]*)?|[.][0-9]+)([eE][+-]?[0-9]{1,2})?')
    THEN TRY_CAST(regexp_replace(clean(t), '([.][0-9]{17})[0-9]*[1-9][0-9]*', '\11') AS DECIMAL(38, 18)) END;
CREATE OR REPLACE TEMP MACRO whole(t) AS TRY(round_even(exact(t), 0)::BIGINT);
CREATE OR REPLACE TEMP MACRO seconds_ms(t) AS CASE
    WHEN regexp_full_match(t, '[0-9]{1,9}([.][0-9]{0,3})?') THEN (TRY_CAST(t AS DECIMAL(18, 3)) * 1000)::BIGINT
    ELSE TRY(round_even(exact(t) * 1000, 0)::BIGINT) END;
CREATE OR REPLACE TEMP MACRO clock_ms(t) AS CASE
    WHEN regexp_full_match(t, '-?[0-9]{1,4}:[0-5]?[0-9]:([0-5]?[0-9]([.][0-9]*)?|60([.]0*)?)')
    THEN CASE WHEN starts_with(t, '-') THEN -1 ELSE 1 END
         * (split_part(ltrim(t, '-'), ':', 1)::BIGINT * 3600000 + split_part(t, ':', 2)::BIGINT * 60000 + seconds_ms(split_part(t, ':', 3))) END;
CREATE OR REPLACE TEMP MACRO time_ms(rule, t, f) AS CASE rule
    WHEN 'seconds' THEN seconds_ms(t)
    WHEN 'ms' THEN coalesce(TRY_CAST(CASE WHEN regexp_full_match(t, '[0-9]{1,12}') THEN t END AS BIGINT), whole(t))
    WHEN 'hmsf' THEN clock_ms(replace(clean(t), ',', '.'))
    WHEN 'hms_f' THEN CASE WHEN NOT regexp_matches(t, '[.,].*[1-9]') AND whole(f) BETWEEN 0 AND 1000
                           THEN clock_ms(replace(clean(t), ',', '.')) + CASE WHEN starts_with(clean(t), '-') THEN -whole(f) ELSE whole(f) END END END;
