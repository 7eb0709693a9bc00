CREATE OR REPLACE TABLE stage.dirty AS SELECT DISTINCT stream FROM stage.candidate
