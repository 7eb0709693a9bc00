CREATE OR REPLACE TABLE stage.dirty AS
SELECT DISTINCT obs, coder, subject, group_no FROM stage.flow WHERE copied
UNION SELECT DISTINCT obs, coder, subject, group_no FROM stage.overlap
