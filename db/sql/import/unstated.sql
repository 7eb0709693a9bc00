CREATE TABLE stage.unstated AS
SELECT obs FROM stage.observation
WHERE end_ms IS NULL AND observation_id NOT IN (
    SELECT n.observation_id FROM stage.staged s JOIN stage.name n ON n.source_id = s.source_id AND n.name = s.observation
    WHERE s.length IS NOT NULL AND n.observation_id IS NOT NULL)
