WITH streams AS (
    SELECT c.observation_id,
           count(DISTINCT c.coder_id) FILTER (k.kind = 'human') AS coder_count,
           sum(c.unobservable_ms) FILTER (c.is_primary) AS unobservable_ms,
           sum(o.end_ms - o.start_ms) FILTER (c.is_primary AND s.content IS DISTINCT FROM 'track') AS session_ms,
           sum(c.events) FILTER (c.is_primary) AS events
    FROM coding c JOIN coder k USING (coder_id) JOIN observation o USING (observation_id) LEFT JOIN source s USING (source_id)
    GROUP BY ALL),
twice AS (
    SELECT observation_id, bool_or(coders >= 2) AS double_coded
    FROM (SELECT c.observation_id, count(DISTINCT c.coder_id) AS coders
          FROM coding c JOIN coder k USING (coder_id) WHERE k.kind = 'human' GROUP BY c.observation_id, c.behaviour_group, c.subject)
    GROUP BY observation_id),
films AS (SELECT observation_id, count(*) AS views FROM media GROUP BY ALL)
SELECT o.observation_id, o.dyad_id, d.family_id, d.infant_id, d.caregiver_id, o.protocol, d.role, o.activity, o.visit,
       o.start_ms, o.end_ms, o.end_ms - o.start_ms AS length_ms, o.camera, o.camera_count, o.infant_age_months,
       d.child_sex, d.birth_order, d.caregiver_age_years,
       coalesce(s.coder_count, 0)::INTEGER AS coder_count, coalesce(t.double_coded, false) AS double_coded,
       s.unobservable_ms / s.session_ms AS not_visible_share, coalesce(s.events, 0)::BIGINT AS events,
       coalesce(f.views, 0)::INTEGER AS views
FROM observation o JOIN dyad d USING (dyad_id)
LEFT JOIN streams s USING (observation_id) LEFT JOIN twice t USING (observation_id) LEFT JOIN films f USING (observation_id)
ORDER BY o.observation_id
