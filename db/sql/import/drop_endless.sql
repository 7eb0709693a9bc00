DELETE FROM stage.typed t USING stage.observation o WHERE t.obs = o.obs AND t.reason = '' AND o.end_ms IS NULL
