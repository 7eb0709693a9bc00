-- Exact times from text: decimal arithmetic only, rounded half to even to whole milliseconds; NULL when the text is not a time.
-- Seconds with at most three decimals take a quick road that needs no rounding.
CREATE OR REPLACE TEMP MACRO clean(t) AS nullif(trim(translate(t, chr(160) || chr(9) || chr(13), '   ')), '');
CREATE OR REPLACE TEMP MACRO pointed(t, decimal) AS CASE WHEN decimal = ',' THEN replace(t, ',', '.') ELSE t END;
CREATE OR REPLACE TEMP MACRO whole(t) AS TRY(round_even(TRY_CAST(t AS DECIMAL(38, 18)), 0)::BIGINT);
CREATE OR REPLACE TEMP MACRO seconds_ms(t) AS CASE
    WHEN regexp_full_match(t, '[0-9]{1,9}([.][0-9]{0,3})?') THEN (TRY_CAST(t AS DECIMAL(18, 3)) * 1000)::BIGINT
    ELSE TRY(round_even(TRY_CAST(t AS DECIMAL(38, 18)) * 1000, 0)::BIGINT) END;
CREATE OR REPLACE TEMP MACRO hours_minutes_ms(t) AS
    TRY_CAST(split_part(t, ':', 1) AS BIGINT) * 3600000 + TRY_CAST(split_part(t, ':', 2) AS BIGINT) * 60000;
CREATE OR REPLACE TEMP MACRO time_ms(rule, t, f) AS CASE rule
    WHEN 'seconds' THEN seconds_ms(t)
    WHEN 'ms' THEN coalesce(TRY_CAST(CASE WHEN regexp_full_match(t, '[0-9]{1,15}') THEN t END AS BIGINT), whole(t))
    WHEN 'hmsf' THEN hours_minutes_ms(t) + seconds_ms(replace(split_part(t, ':', 3), ',', '.'))
    WHEN 'hms_f' THEN hours_minutes_ms(t) + seconds_ms(split_part(t, ':', 3)) + whole(f) END;
