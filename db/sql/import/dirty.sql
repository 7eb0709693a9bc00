CREATE OR REPLACE TABLE stage.dirty AS
SELECT stream FROM stage.flaw WHERE copied OR late
