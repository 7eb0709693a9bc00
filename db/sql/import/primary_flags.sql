UPDATE main.coding SET is_primary = p.place = 1 AND (p.kind = 'human' OR p.by_hand OR p.by_preference OR p.measured), primary_reason = CASE
    WHEN p.measured AND p.place = 1 AND NOT p.by_hand AND NOT p.by_preference THEN 'measured on a face track'
    WHEN p.kind = 'model' AND NOT p.measured AND NOT p.by_hand AND NOT p.by_preference THEN 'a model is analysed only when a person chooses it'
    WHEN p.measured AND p.humans > 0 AND NOT p.by_hand AND NOT p.by_preference THEN 'a person coded it: ' || p.first_coder
    WHEN p.by_hand THEN CASE WHEN p.place = 1 THEN 'chosen in the manifest' ELSE p.first_coder || ' was chosen in the manifest' END
    WHEN p.by_preference THEN CASE WHEN p.place = 1 THEN 'preferred in the manifest' ELSE p.first_coder || ' is preferred in the manifest' END
    WHEN p.rivals = 1 THEN 'only coder'
    WHEN p.place = 1 AND p.humans = 1 THEN 'only human coder'
    WHEN p.place = 1 AND p.second_observations < p.first_observations THEN 'most coded recordings in the study (' || p.first_observations || ')'
    WHEN p.place = 1 AND p.second_events < p.first_events THEN 'as many coded recordings as the other coder, more events in this one'
    WHEN p.place = 1 THEN 'first in the alphabet of coders with as many recordings and events'
    WHEN p.observations < p.first_observations THEN p.first_coder || ' coded more recordings in the study (' || p.first_observations || ' against ' || p.observations || ')'
    WHEN p.events < p.first_events THEN p.first_coder || ' marked more events in this recording'
    ELSE p.first_coder || ' comes first in the alphabet' END
FROM stage.primary_order p
WHERE coding.observation_id = p.observation_id AND coding.behaviour_group = p.behaviour_group AND coding.coder_id = p.coder_id
