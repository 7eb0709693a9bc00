SELECT DISTINCT e.observation_id, e.subject, e.behaviour_group, d.family_id
FROM main.event e JOIN main.observation o USING (observation_id) JOIN main.dyad d USING (dyad_id) WHERE e.coder_id NOT LIKE 'model:%'
