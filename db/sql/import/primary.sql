CREATE TABLE stage.primary_order AS
WITH rivals AS (
    SELECT c.observation_id, c.behaviour_group, c.coder_id, k.kind, k.observations, sum(c.events) AS events,
           x.coder_id IS NOT NULL AS chosen, bool_or(t.source_id IS NOT NULL AND c.behaviour_group = 'smile_phases') AS measured, coalesce(list_position($prefer::VARCHAR[], c.coder_id), 1000000) AS preference
    FROM main.coding c JOIN main.coder k USING (coder_id)
    LEFT JOIN (SELECT unnest($chosen_observations::VARCHAR[]) AS observation_id, unnest($chosen_coders::VARCHAR[]) AS coder_id) x
        ON x.observation_id = c.observation_id AND x.coder_id = c.coder_id
    LEFT JOIN main.track t ON t.observation_id = c.observation_id AND t.coder_id = c.coder_id AND t.subject = c.subject
    GROUP BY ALL)
SELECT *, row_number() OVER ranked AS place, count(*) OVER (PARTITION BY observation_id, behaviour_group) AS rivals,
       count(*) FILTER (kind = 'human') OVER (PARTITION BY observation_id, behaviour_group) AS humans,
       first_value(coder_id) OVER ranked AS first_coder, first_value(observations) OVER ranked AS first_observations, first_value(chosen) OVER ranked AS by_hand,
       first_value(preference) OVER ranked < 1000000 AS by_preference, nth_value(observations, 2) OVER whole AS second_observations, nth_value(events, 2) OVER whole AS second_events,
       first_value(events) OVER ranked AS first_events
FROM rivals
WINDOW ranked AS (PARTITION BY observation_id, behaviour_group
                  ORDER BY chosen DESC, preference, kind, observations DESC, events DESC, coder_id),
       whole AS (PARTITION BY observation_id, behaviour_group
                 ORDER BY chosen DESC, preference, kind, observations DESC, events DESC, coder_id ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
