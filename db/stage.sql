-- Staging tables of one import, in a scratch database attached as `stage` and thrown away afterwards.
-- `line_rows` keeps file rows as text (`staged` is the view that adds the rows of big files, which stay where DuckDB read them);
-- `run` holds run-length encoded channels of sampled files, and the events of files whose rows are cells; `refused.run` is its rowid where a whole run was refused. The mapping tables give raw texts their meaning.
CREATE TABLE stage.file (
    source_id INTEGER PRIMARY KEY, layout VARCHAR, time_rule VARCHAR, decimal VARCHAR, later_wins BOOLEAN, offset_ms BIGINT,
    tool_steps BIGINT[], position INTEGER, constants VARCHAR[], one_subject BOOLEAN);
CREATE TABLE stage.line_rows (
    source_id INTEGER, line BIGINT, observation VARCHAR, coder VARCHAR, subject VARCHAR, behaviour_group VARCHAR, code VARCHAR,
    mark VARCHAR, onset VARCHAR, onset_f VARCHAR, stop VARCHAR, stop_f VARCHAR, duration VARCHAR, length VARCHAR,
    modifier VARCHAR, fault VARCHAR, raw VARCHAR);
CREATE TABLE stage.run (
    source_id INTEGER, line BIGINT, stop_line BIGINT, observation VARCHAR, subject VARCHAR, behaviour_group VARCHAR,
    code VARCHAR, modifier VARCHAR, onset VARCHAR, stop VARCHAR, coder VARCHAR);
CREATE TABLE stage.mark (source_id INTEGER, word VARCHAR, mark VARCHAR);
CREATE TABLE stage.name (source_id INTEGER, name VARCHAR, observation_id VARCHAR, coder_id VARCHAR, whole VARCHAR);
CREATE TABLE stage.coder (coder INTEGER, coder_id VARCHAR);
CREATE TABLE stage.coder_text (source_id INTEGER, text VARCHAR, coder_id VARCHAR);
CREATE TABLE stage.observation (obs INTEGER, observation_id VARCHAR, start_ms BIGINT, end_ms BIGINT);
CREATE TABLE stage.code (
    code_no INTEGER, group_no INTEGER, scheme VARCHAR, behaviour_group VARCHAR, code VARCHAR, kind VARCHAR,
    unobservable BOOLEAN, exclusive BOOLEAN, exhaustive BOOLEAN);
CREATE TABLE stage.meaning (
    source_id INTEGER, subject_text VARCHAR, group_text VARCHAR, code_text VARCHAR, subject VARCHAR, subject_no INTEGER,
    code_no INTEGER, reason VARCHAR);
CREATE TABLE stage.refused (
    source_id INTEGER, line BIGINT, run BIGINT, reason VARCHAR, obs INTEGER, subject VARCHAR, code_no INTEGER, t0 BIGINT, t1 BIGINT,
    other_line BIGINT, other_code_no INTEGER, u0 BIGINT, u1 BIGINT, other_source INTEGER);
CREATE TABLE stage.flaw (
    source_id INTEGER, line BIGINT, stop_line BIGINT, stream BIGINT, code_no INTEGER, subject VARCHAR, onset_ms BIGINT, offset_ms BIGINT,
    copied BOOLEAN, before_line BIGINT, late BOOLEAN, gap BOOLEAN, next_ms BIGINT, doubled BOOLEAN);
CREATE TABLE stage.cut (source_id INTEGER, line BIGINT, subject VARCHAR, code_no INTEGER, offset_ms BIGINT);
CREATE TABLE stage.noted (
    source_id INTEGER, line BIGINT, reason VARCHAR, obs INTEGER, subject VARCHAR, code_no INTEGER, group_no INTEGER,
    t0 BIGINT, t1 BIGINT, ms BIGINT, count BIGINT);
CREATE TABLE stage.again (
    source_id INTEGER, new_source INTEGER, observation_id VARCHAR, coder_id VARCHAR, behaviour_group VARCHAR, subject VARCHAR);
