SELECT DISTINCT e.observation_id, e.coder_id
FROM main.event e JOIN main.source s USING (source_id) WHERE e.coder_id LIKE 'model:%' AND s.content = 'coded'
