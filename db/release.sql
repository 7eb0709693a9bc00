-- A release: audited views of one generation and nothing else. Every view has two further tables, frame_<id> (the masked
-- frame) and hidden_<id> (the same columns, true where a cell is not shown).

CREATE TABLE release (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE release IS 'What this release is';
COMMENT ON COLUMN release.key IS 'generation, sha256, threshold, families, created, version, audit; of the study: title, study_id, synthetic (true or false), attribution';
COMMENT ON COLUMN release.value IS 'Its value';

CREATE TABLE view (
    id VARCHAR PRIMARY KEY CHECK (regexp_full_match(id, '[a-z][a-z0-9_]*')),
    page VARCHAR NOT NULL,
    position INTEGER NOT NULL,
    title VARCHAR NOT NULL,
    question VARCHAR NOT NULL,
    chart VARCHAR NOT NULL,
    options VARCHAR NOT NULL,
    spec VARCHAR NOT NULL,
    filter VARCHAR NOT NULL,
    families VARCHAR NOT NULL,
    note VARCHAR NOT NULL,
    alt VARCHAR NOT NULL,
    words VARCHAR NOT NULL
);
COMMENT ON TABLE view IS 'Audited views, in the order of the screen';
COMMENT ON COLUMN view.id IS 'Name; its frame is in frame_<id>, its hidden cells in hidden_<id>';
COMMENT ON COLUMN view.page IS 'Page it belongs to';
COMMENT ON COLUMN view.position IS 'Its place in the release';
COMMENT ON COLUMN view.title IS 'Title';
COMMENT ON COLUMN view.question IS 'The question it answers';
COMMENT ON COLUMN view.chart IS 'Chart that draws it; table for none';
COMMENT ON COLUMN view.options IS 'JSON: what the chart is told, kind of recording, columns in words';
COMMENT ON COLUMN view.spec IS 'JSON: what the columns are (labels, counts, statistics, ...)';
COMMENT ON COLUMN view.filter IS 'The one filter in words; empty for the whole study';
COMMENT ON COLUMN view.families IS 'Families it is about, as they may be said';
COMMENT ON COLUMN view.note IS 'What is not shown, and why';
COMMENT ON COLUMN view.alt IS 'The view in words, for those who do not see it';
COMMENT ON COLUMN view.words IS 'The finding in one sentence; empty where there is none';
