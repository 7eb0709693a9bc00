SELECT coder_id FROM coder ORDER BY coder_id
