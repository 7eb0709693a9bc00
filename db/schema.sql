-- One generation of a study. Times are integer milliseconds from the start of the observation, half-open [onset_ms, offset_ms).
-- Every table and column carries its description: the data dictionary on the data page is a query on these comments.

CREATE TABLE study (key VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE study IS 'What this study is: title, study_id, synthetic (true or false), attribution, schema_version.';
COMMENT ON COLUMN study.key IS 'Name of the entry.';
COMMENT ON COLUMN study.value IS 'Its value, as text.';

CREATE TABLE generation (
    number INTEGER PRIMARY KEY, imported_at TIMESTAMP NOT NULL, manifest_sha256 VARCHAR NOT NULL,
    code_version VARCHAR NOT NULL, duckdb_version VARCHAR NOT NULL, files_new INTEGER NOT NULL, files_unchanged INTEGER NOT NULL,
    rows_read BIGINT NOT NULL, rows_accepted BIGINT NOT NULL, rows_rejected BIGINT NOT NULL, rows_blank BIGINT NOT NULL);
COMMENT ON TABLE generation IS 'One row per import that made a new generation of this database.';
COMMENT ON COLUMN generation.number IS 'Number of the generation; the newest is the one shown.';
COMMENT ON COLUMN generation.imported_at IS 'When it was imported (UTC).';
COMMENT ON COLUMN generation.manifest_sha256 IS 'Checksum of the study manifest that was used.';
COMMENT ON COLUMN generation.code_version IS 'Version of Dyadscope that imported it.';
COMMENT ON COLUMN generation.duckdb_version IS 'Version of DuckDB that wrote it.';
COMMENT ON COLUMN generation.files_new IS 'Files read in this import.';
COMMENT ON COLUMN generation.files_unchanged IS 'Files skipped because their content was imported before.';
COMMENT ON COLUMN generation.rows_read IS 'Data rows in the files read; equals accepted + rejected + blank.';
COMMENT ON COLUMN generation.rows_accepted IS 'Rows that entered the study.';
COMMENT ON COLUMN generation.rows_rejected IS 'Rows refused, each with an issue that says why.';
COMMENT ON COLUMN generation.rows_blank IS 'Rows without content.';

CREATE TABLE behaviour_group (
    scheme VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL, title VARCHAR NOT NULL, position INTEGER NOT NULL,
    exclusive BOOLEAN NOT NULL, exhaustive BOOLEAN NOT NULL, reference VARCHAR, PRIMARY KEY (scheme, behaviour_group));
COMMENT ON TABLE behaviour_group IS 'Groups of codes of the coding schemes this study uses.';
COMMENT ON COLUMN behaviour_group.scheme IS 'Name of the coding scheme.';
COMMENT ON COLUMN behaviour_group.behaviour_group IS 'Short name of the group, for example facial_expression.';
COMMENT ON COLUMN behaviour_group.title IS 'Name shown on the screen.';
COMMENT ON COLUMN behaviour_group.position IS 'Order in the scheme.';
COMMENT ON COLUMN behaviour_group.exclusive IS 'True: at most one code of the group at a time.';
COMMENT ON COLUMN behaviour_group.exhaustive IS 'True: some code of the group at every time of a coded observation.';
COMMENT ON COLUMN behaviour_group.reference IS 'Code the models compare with.';

CREATE TABLE code (
    scheme VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL, code VARCHAR NOT NULL, position INTEGER NOT NULL,
    kind VARCHAR NOT NULL CHECK (kind IN ('state', 'point')), unobservable BOOLEAN NOT NULL, colour VARCHAR NOT NULL,
    subjects VARCHAR NOT NULL, description VARCHAR, PRIMARY KEY (scheme, behaviour_group, code));
COMMENT ON TABLE code IS 'Codes of the coding schemes this study uses.';
COMMENT ON COLUMN code.scheme IS 'Name of the coding scheme.';
COMMENT ON COLUMN code.behaviour_group IS 'Group the code belongs to.';
COMMENT ON COLUMN code.code IS 'Label of the code as coders write it.';
COMMENT ON COLUMN code.position IS 'Order within the group.';
COMMENT ON COLUMN code.kind IS 'state: has a duration; point: happens at one moment.';
COMMENT ON COLUMN code.unobservable IS 'True: the code says that the behaviour could not be seen or heard.';
COMMENT ON COLUMN code.colour IS 'Colour on every chart (#rrggbb).';
COMMENT ON COLUMN code.subjects IS 'Who may be given this code, comma-separated: infant, caregiver1, caregiver2, sibling.';
COMMENT ON COLUMN code.description IS 'What the code means.';

CREATE TABLE instrument (
    instrument VARCHAR PRIMARY KEY, title VARCHAR NOT NULL, short_title VARCHAR NOT NULL, items INTEGER NOT NULL,
    low DOUBLE NOT NULL, high DOUBLE NOT NULL, missing_rule VARCHAR NOT NULL, citation VARCHAR);
COMMENT ON TABLE instrument IS 'Questionnaires of this study.';
COMMENT ON COLUMN instrument.instrument IS 'Short name, for example EPDS.';
COMMENT ON COLUMN instrument.title IS 'Full name.';
COMMENT ON COLUMN instrument.short_title IS 'What it measures, in two or three words.';
COMMENT ON COLUMN instrument.items IS 'Number of questions; 0 when only totals exist.';
COMMENT ON COLUMN instrument.low IS 'Lowest possible total.';
COMMENT ON COLUMN instrument.high IS 'Highest possible total.';
COMMENT ON COLUMN instrument.missing_rule IS 'What a missing item does to the total.';
COMMENT ON COLUMN instrument.citation IS 'Source of the items, the range and the bands.';

CREATE TABLE band (
    instrument VARCHAR NOT NULL, band VARCHAR NOT NULL, low DOUBLE NOT NULL, high DOUBLE NOT NULL, PRIMARY KEY (instrument, band));
COMMENT ON TABLE band IS 'Categories of a total, for groups only; never shown for a person.';
COMMENT ON COLUMN band.instrument IS 'Questionnaire.';
COMMENT ON COLUMN band.band IS 'Name of the category.';
COMMENT ON COLUMN band.low IS 'Lowest total in it.';
COMMENT ON COLUMN band.high IS 'Highest total in it.';

CREATE TABLE family (family_id VARCHAR PRIMARY KEY);
COMMENT ON TABLE family IS 'Families.';
COMMENT ON COLUMN family.family_id IS 'Identifier of the family, as text.';

CREATE TABLE person (
    person_id VARCHAR PRIMARY KEY, family_id VARCHAR NOT NULL, role VARCHAR NOT NULL, sex VARCHAR, age_years DOUBLE);
COMMENT ON TABLE person IS 'People of the families.';
COMMENT ON COLUMN person.person_id IS 'Identifier of the person, as text.';
COMMENT ON COLUMN person.family_id IS 'Family of the person.';
COMMENT ON COLUMN person.role IS 'mother, father, infant, sibling or another word of the study.';
COMMENT ON COLUMN person.sex IS 'female or male, where given.';
COMMENT ON COLUMN person.age_years IS 'Age at the first recording in years (adults), where given.';

CREATE TABLE dyad (
    dyad_id VARCHAR PRIMARY KEY, family_id VARCHAR NOT NULL, infant_id VARCHAR NOT NULL, caregiver_id VARCHAR NOT NULL,
    role VARCHAR NOT NULL, child_sex VARCHAR, birth_order VARCHAR, caregiver_age_years DOUBLE);
COMMENT ON TABLE dyad IS 'One infant with one caregiver.';
COMMENT ON COLUMN dyad.dyad_id IS 'Identifier of the dyad, as text.';
COMMENT ON COLUMN dyad.family_id IS 'Family of the dyad.';
COMMENT ON COLUMN dyad.infant_id IS 'The infant (person).';
COMMENT ON COLUMN dyad.caregiver_id IS 'The caregiver (person).';
COMMENT ON COLUMN dyad.role IS 'Role of the caregiver: mother, father or another word of the study.';
COMMENT ON COLUMN dyad.child_sex IS 'Sex of the infant: female or male.';
COMMENT ON COLUMN dyad.birth_order IS 'Birth order of the infant: first, second, third or later.';
COMMENT ON COLUMN dyad.caregiver_age_years IS 'Age of the caregiver in years.';

CREATE TABLE observation (
    observation_id VARCHAR PRIMARY KEY, dyad_id VARCHAR NOT NULL, protocol VARCHAR NOT NULL, activity VARCHAR, visit VARCHAR,
    start_ms BIGINT NOT NULL, end_ms BIGINT NOT NULL, camera VARCHAR, camera_count INTEGER, infant_age_months DOUBLE,
    CHECK (end_ms > start_ms));
COMMENT ON TABLE observation IS 'Recordings.';
COMMENT ON COLUMN observation.observation_id IS 'Identifier of the recording, as text.';
COMMENT ON COLUMN observation.dyad_id IS 'Dyad that was recorded.';
COMMENT ON COLUMN observation.protocol IS 'Kind of recording: home_headcam, free_play, still_face or another word of the study. One analysis uses one protocol.';
COMMENT ON COLUMN observation.activity IS 'What the dyad did: feeding, stacking, free_play, reading, bedtime or another word of the study.';
COMMENT ON COLUMN observation.visit IS 'Visit or wave of the recording.';
COMMENT ON COLUMN observation.start_ms IS 'Start of the coded session (ms).';
COMMENT ON COLUMN observation.end_ms IS 'End of the coded session (ms); the session lasts end_ms - start_ms.';
COMMENT ON COLUMN observation.camera IS 'Generation of the camera: old or new, or another word of the study.';
COMMENT ON COLUMN observation.camera_count IS 'Head-cameras with usable footage: 1 or 2; read from the one-camera modifier of the scheme where the table does not say.';
COMMENT ON COLUMN observation.infant_age_months IS 'Age of the infant at the recording (months).';

CREATE TABLE media (
    observation_id VARCHAR NOT NULL, view VARCHAR NOT NULL, path VARCHAR NOT NULL, offset_ms BIGINT NOT NULL,
    PRIMARY KEY (observation_id, view));
COMMENT ON TABLE media IS 'Videos of the recordings.';
COMMENT ON COLUMN media.observation_id IS 'Recording.';
COMMENT ON COLUMN media.view IS 'infant_camera, parent_camera, room or another word of the study.';
COMMENT ON COLUMN media.path IS 'Where the file lies on this computer.';
COMMENT ON COLUMN media.offset_ms IS 'Time of the video at the origin of the observation (ms): video time = observation time + offset_ms.';

CREATE TABLE source (
    source_id INTEGER PRIMARY KEY, path VARCHAR NOT NULL, content VARCHAR NOT NULL CHECK (content IN ('coded', 'table', 'track', 'speech', 'stream', 'model')),
    format VARCHAR NOT NULL, sha256 VARCHAR NOT NULL, import_key VARCHAR NOT NULL, bytes BIGINT NOT NULL, dialect VARCHAR NOT NULL,
    rows BIGINT NOT NULL, accepted BIGINT NOT NULL, rejected BIGINT NOT NULL, blank BIGINT NOT NULL,
    generation INTEGER NOT NULL, imported_at TIMESTAMP NOT NULL, CHECK (rows = accepted + rejected + blank));
COMMENT ON TABLE source IS 'Files the study was read from. rows = accepted + rejected + blank, always.';
COMMENT ON COLUMN source.source_id IS 'Number of the file.';
COMMENT ON COLUMN source.path IS 'Path relative to the folder of the manifest; of a trained model, to the study folder.';
COMMENT ON COLUMN source.content IS 'coded: coded behaviour; track: a face over time; speech: probability of speech over time; stream: features of a recording, frame by frame; model: predictions of a trained model; table: families, people, recordings, scores.';
COMMENT ON COLUMN source.format IS 'Format it was read as.';
COMMENT ON COLUMN source.sha256 IS 'Checksum of its content.';
COMMENT ON COLUMN source.import_key IS 'Checksum of everything that decides how it is read: content, scheme, manifest entry, recordings.';
COMMENT ON COLUMN source.bytes IS 'Size in bytes.';
COMMENT ON COLUMN source.dialect IS 'Encoding and delimiter that were found.';
COMMENT ON COLUMN source.rows IS 'Data rows in the file.';
COMMENT ON COLUMN source.accepted IS 'Rows that entered the study.';
COMMENT ON COLUMN source.rejected IS 'Rows refused; the issues say why.';
COMMENT ON COLUMN source.blank IS 'Rows without content.';
COMMENT ON COLUMN source.generation IS 'Generation in which it was read.';
COMMENT ON COLUMN source.imported_at IS 'When it was read (UTC).';

CREATE TABLE source_observation (source_id INTEGER NOT NULL, name VARCHAR NOT NULL, observation_id VARCHAR, coder_id VARCHAR);
COMMENT ON TABLE source_observation IS 'Observation names as coded files write them and tracks are named, and what they were read as.';
COMMENT ON COLUMN source_observation.source_id IS 'File.';
COMMENT ON COLUMN source_observation.name IS 'Observation name in the file.';
COMMENT ON COLUMN source_observation.observation_id IS 'Recording it was read as.';
COMMENT ON COLUMN source_observation.coder_id IS 'Coder it was read as, where the name says so.';

CREATE TABLE raw_row (
    source_id INTEGER NOT NULL, line BIGINT NOT NULL, outcome VARCHAR NOT NULL CHECK (outcome IN ('accepted', 'rejected', 'blank')),
    reason VARCHAR NOT NULL, raw VARCHAR NOT NULL);
COMMENT ON TABLE raw_row IS 'Every data row of every coded file, as text.';
COMMENT ON COLUMN raw_row.source_id IS 'File.';
COMMENT ON COLUMN raw_row.line IS 'Line in the file (the first line is 1).';
COMMENT ON COLUMN raw_row.outcome IS 'accepted, rejected or blank.';
COMMENT ON COLUMN raw_row.reason IS 'Rule that refused the row; empty when it was not refused.';
COMMENT ON COLUMN raw_row.raw IS 'The cells of the row, joined by the delimiter of the file.';

CREATE TABLE issue (
    generation INTEGER NOT NULL, kind VARCHAR NOT NULL, severity VARCHAR NOT NULL CHECK (severity IN ('error', 'warning', 'info')),
    file VARCHAR NOT NULL, line BIGINT, observation_id VARCHAR, detail VARCHAR NOT NULL, action VARCHAR NOT NULL,
    source_id INTEGER, count BIGINT NOT NULL);
COMMENT ON TABLE issue IS 'Problems found on import. Nothing is dropped without a row here.';
COMMENT ON COLUMN issue.generation IS 'Generation in which it was found.';
COMMENT ON COLUMN issue.kind IS 'Name of the rule.';
COMMENT ON COLUMN issue.severity IS 'error: rows were refused; warning: something was repaired or kept with doubt; info: for the record.';
COMMENT ON COLUMN issue.file IS 'File.';
COMMENT ON COLUMN issue.line IS 'Line in the file, where one line is meant.';
COMMENT ON COLUMN issue.observation_id IS 'Recording, where known.';
COMMENT ON COLUMN issue.detail IS 'What is wrong, in one sentence.';
COMMENT ON COLUMN issue.action IS 'What was done, and what would do.';
COMMENT ON COLUMN issue.source_id IS 'File (number).';
COMMENT ON COLUMN issue.count IS 'How many rows or places it stands for.';

CREATE TABLE coder (coder_id VARCHAR PRIMARY KEY, kind VARCHAR NOT NULL CHECK (kind IN ('human', 'model')), observations INTEGER NOT NULL);
COMMENT ON TABLE coder IS 'People and models who marked events.';
COMMENT ON COLUMN coder.coder_id IS 'Name or initials of the coder; models begin with model:, openface is the program OpenFace.';
COMMENT ON COLUMN coder.kind IS 'human or model.';
COMMENT ON COLUMN coder.observations IS 'Recordings this coder coded in the whole study.';

CREATE TABLE coding (
    observation_id VARCHAR NOT NULL, coder_id VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL, subject VARCHAR NOT NULL,
    scheme VARCHAR NOT NULL, source_id INTEGER NOT NULL, is_primary BOOLEAN NOT NULL, primary_reason VARCHAR NOT NULL,
    coded_ms BIGINT NOT NULL, unobservable_ms BIGINT NOT NULL, events BIGINT NOT NULL,
    PRIMARY KEY (observation_id, coder_id, behaviour_group, subject));
COMMENT ON TABLE coding IS 'Streams: what one coder coded of one behaviour group for one subject in one recording.';
COMMENT ON COLUMN coding.observation_id IS 'Recording.';
COMMENT ON COLUMN coding.coder_id IS 'Coder.';
COMMENT ON COLUMN coding.behaviour_group IS 'Behaviour group.';
COMMENT ON COLUMN coding.subject IS 'Who was coded: infant, caregiver1, caregiver2, sibling.';
COMMENT ON COLUMN coding.scheme IS 'Coding scheme.';
COMMENT ON COLUMN coding.source_id IS 'File it came from.';
COMMENT ON COLUMN coding.is_primary IS 'True: this is the coding that is analysed.';
COMMENT ON COLUMN coding.primary_reason IS 'Why it is, or is not, the one that is analysed.';
COMMENT ON COLUMN coding.coded_ms IS 'Time with any code of the group (ms); overlapping codes count once.';
COMMENT ON COLUMN coding.unobservable_ms IS 'Time with a code that says "cannot see" (ms).';
COMMENT ON COLUMN coding.events IS 'Number of events.';

CREATE TABLE event (
    observation_id VARCHAR NOT NULL, coder_id VARCHAR NOT NULL, subject VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL,
    code VARCHAR NOT NULL, modifier VARCHAR NOT NULL, kind VARCHAR NOT NULL CHECK (kind IN ('state', 'point')),
    onset_ms BIGINT NOT NULL, offset_ms BIGINT NOT NULL, repaired VARCHAR NOT NULL, source_id INTEGER NOT NULL,
    start_line BIGINT NOT NULL, stop_line BIGINT, CHECK (offset_ms >= onset_ms));
COMMENT ON TABLE event IS 'Coded events, half-open [onset_ms, offset_ms).';
COMMENT ON COLUMN event.observation_id IS 'Recording.';
COMMENT ON COLUMN event.coder_id IS 'Coder.';
COMMENT ON COLUMN event.subject IS 'Who was coded.';
COMMENT ON COLUMN event.behaviour_group IS 'Behaviour group.';
COMMENT ON COLUMN event.code IS 'Code.';
COMMENT ON COLUMN event.modifier IS 'Modifiers, joined by |; empty when there is none.';
COMMENT ON COLUMN event.kind IS 'state or point (a point has offset_ms = onset_ms).';
COMMENT ON COLUMN event.onset_ms IS 'Start (ms).';
COMMENT ON COLUMN event.offset_ms IS 'End (ms).';
COMMENT ON COLUMN event.repaired IS 'What the import mended: empty, or gap_closed, closed_at_end, clipped, ...';
COMMENT ON COLUMN event.source_id IS 'File it came from.';
COMMENT ON COLUMN event.start_line IS 'Line of its start; its frame, where it was measured on a face track.';
COMMENT ON COLUMN event.stop_line IS 'Line of its end, where the file has one; its frame, where it was measured on a face track.';

CREATE TABLE duration (
    observation_id VARCHAR NOT NULL, coder_id VARCHAR NOT NULL, subject VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL,
    code VARCHAR NOT NULL, ms BIGINT NOT NULL, covered_ms BIGINT NOT NULL, bouts BIGINT NOT NULL, shortest_ms BIGINT NOT NULL, longest_ms BIGINT NOT NULL,
    squares_ms2 BIGINT NOT NULL, gaps BIGINT NOT NULL, gap_ms BIGINT NOT NULL, gap_squares_ms2 BIGINT NOT NULL,
    PRIMARY KEY (observation_id, coder_id, subject, behaviour_group, code));
COMMENT ON TABLE duration IS 'Time and number of bouts per recording, coder, subject and code, for codes that occur.';
COMMENT ON COLUMN duration.observation_id IS 'Recording.';
COMMENT ON COLUMN duration.coder_id IS 'Coder.';
COMMENT ON COLUMN duration.subject IS 'Who was coded.';
COMMENT ON COLUMN duration.behaviour_group IS 'Behaviour group.';
COMMENT ON COLUMN duration.code IS 'Code.';
COMMENT ON COLUMN duration.ms IS 'Sum of the lengths of its bouts (ms) inside the session.';
COMMENT ON COLUMN duration.covered_ms IS 'Time with the code (ms): the same, but overlapping bouts of one code count once. Shares are made of it.';
COMMENT ON COLUMN duration.bouts IS 'Number of events of the code (its bouts).';
COMMENT ON COLUMN duration.shortest_ms IS 'Shortest bout (ms).';
COMMENT ON COLUMN duration.longest_ms IS 'Longest bout (ms).';
COMMENT ON COLUMN duration.squares_ms2 IS 'Sum of the squared bout lengths (ms^2); gives the SD of bout lengths over any selection.';
COMMENT ON COLUMN duration.gaps IS 'Gaps between successive bouts of the code; overlapping bouts have none between them.';
COMMENT ON COLUMN duration.gap_ms IS 'Total of the gaps: start of a bout minus end of the one before (ms).';
COMMENT ON COLUMN duration.gap_squares_ms2 IS 'Sum of the squared gaps (ms^2).';

CREATE TABLE track (
    observation_id VARCHAR NOT NULL, subject VARCHAR NOT NULL, coder_id VARCHAR NOT NULL,
    au12_source VARCHAR NOT NULL CHECK (au12_source IN ('openface', 'blendshape')), face INTEGER NOT NULL, faces INTEGER NOT NULL,
    frames BIGINT NOT NULL, confident_frames BIGINT NOT NULL, fps DOUBLE, start_s DOUBLE NOT NULL, end_s DOUBLE NOT NULL,
    offset_ms BIGINT NOT NULL, file VARCHAR NOT NULL, unfit VARCHAR NOT NULL, source_id INTEGER NOT NULL,
    PRIMARY KEY (observation_id, subject, coder_id));
COMMENT ON TABLE track IS 'Face tracks: one face over time in one recording. Its coverage is confident_frames / frames.';
COMMENT ON COLUMN track.observation_id IS 'Recording.';
COMMENT ON COLUMN track.subject IS 'Whose face it is.';
COMMENT ON COLUMN track.coder_id IS 'openface: imported from OpenFace; model:blendshape: extracted by Dyadscope.';
COMMENT ON COLUMN track.au12_source IS 'Where AU12 comes from: openface, or blendshape (a proxy: 5 x mean of the two mouthSmile blendshapes).';
COMMENT ON COLUMN track.face IS 'Number of the face in the file.';
COMMENT ON COLUMN track.faces IS 'How many faces the file holds.';
COMMENT ON COLUMN track.frames IS 'Frames of this face.';
COMMENT ON COLUMN track.confident_frames IS 'Frames with confidence of at least smile_parameter confidence_min.';
COMMENT ON COLUMN track.fps IS 'Frames per second: 1 / the median time step.';
COMMENT ON COLUMN track.start_s IS 'Time of the first frame (s), as in the file.';
COMMENT ON COLUMN track.end_s IS 'Time of the last frame (s), as in the file.';
COMMENT ON COLUMN track.offset_ms IS 'Time of the track at the origin of the observation (ms): track time = observation time + offset_ms.';
COMMENT ON COLUMN track.file IS 'Stored frames of all faces of the file, relative to the study folder.';
COMMENT ON COLUMN track.unfit IS 'Why no smiles can be measured on it; empty where they were.';
COMMENT ON COLUMN track.source_id IS 'File it came from.';

CREATE TABLE speech (
    observation_id VARCHAR NOT NULL, onset_ms BIGINT NOT NULL, offset_ms BIGINT NOT NULL,
    origin VARCHAR NOT NULL CHECK (origin IN ('table', 'silero', 'energy')), source_id INTEGER NOT NULL, CHECK (offset_ms >= onset_ms));
COMMENT ON TABLE speech IS 'Intervals of speech, half-open [onset_ms, offset_ms) in time of the observation; smiles that meet one are left out.';
COMMENT ON COLUMN speech.observation_id IS 'Recording.';
COMMENT ON COLUMN speech.onset_ms IS 'Start (ms).';
COMMENT ON COLUMN speech.offset_ms IS 'End (ms).';
COMMENT ON COLUMN speech.origin IS 'table: from the study''s table; silero: probability of speech above the threshold; energy: loudness.';
COMMENT ON COLUMN speech.source_id IS 'File it came from.';

CREATE TABLE speech_track (
    observation_id VARCHAR PRIMARY KEY, file VARCHAR NOT NULL, offset_ms BIGINT NOT NULL, source_id INTEGER NOT NULL);
COMMENT ON TABLE speech_track IS 'Probability of speech over time, one per recording.';
COMMENT ON COLUMN speech_track.observation_id IS 'Recording.';
COMMENT ON COLUMN speech_track.file IS 'Stored probabilities, relative to the study folder.';
COMMENT ON COLUMN speech_track.offset_ms IS 'Time of the track at the origin of the observation (ms): track time = observation time + offset_ms.';
COMMENT ON COLUMN speech_track.source_id IS 'File it came from.';

CREATE TABLE episode (
    observation_id VARCHAR NOT NULL, episode VARCHAR NOT NULL CHECK (episode IN ('play', 'still_face', 'reunion')),
    onset_ms BIGINT NOT NULL, offset_ms BIGINT NOT NULL, PRIMARY KEY (observation_id, onset_ms), CHECK (offset_ms > onset_ms));
COMMENT ON TABLE episode IS 'Episodes of still-face sessions, half-open [onset_ms, offset_ms), from the table of episodes, else from a coded annotation.';
COMMENT ON COLUMN episode.observation_id IS 'Recording.';
COMMENT ON COLUMN episode.episode IS 'play, still_face or reunion.';
COMMENT ON COLUMN episode.onset_ms IS 'Start (ms).';
COMMENT ON COLUMN episode.offset_ms IS 'End (ms).';

CREATE TABLE feature_stream (
    observation_id VARCHAR NOT NULL, stream VARCHAR NOT NULL, subject VARCHAR NOT NULL, fps DOUBLE NOT NULL, frames BIGINT NOT NULL,
    dim INTEGER NOT NULL, file VARCHAR NOT NULL, random_weights BOOLEAN NOT NULL, choices VARCHAR NOT NULL, offset_ms BIGINT NOT NULL,
    source_id INTEGER NOT NULL, PRIMARY KEY (observation_id, stream, subject), CHECK (fps > 0 AND frames > 0 AND dim > 0));
COMMENT ON TABLE feature_stream IS 'Feature streams: rows of numbers that describe the picture or the sound of a recording, one row per frame. Classifiers of engagement phases read them.';
COMMENT ON COLUMN feature_stream.observation_id IS 'Recording.';
COMMENT ON COLUMN feature_stream.stream IS 'Name of the stream, for example motion_grid, log_mel, dinov2, w2vbert.';
COMMENT ON COLUMN feature_stream.subject IS 'Whom it describes: infant, caregiver1, caregiver2; empty when it describes the whole session.';
COMMENT ON COLUMN feature_stream.fps IS 'Frames per second.';
COMMENT ON COLUMN feature_stream.frames IS 'Frames, those without numbers included; frame k lies at k / fps seconds in the file.';
COMMENT ON COLUMN feature_stream.dim IS 'Numbers per frame.';
COMMENT ON COLUMN feature_stream.file IS 'Stored frames, relative to the study folder.';
COMMENT ON COLUMN feature_stream.random_weights IS 'True: the network that made it had random weights, so that its numbers mean nothing; it enters no report.';
COMMENT ON COLUMN feature_stream.choices IS 'How it was made, as JSON; streams that were made differently are never mixed.';
COMMENT ON COLUMN feature_stream.offset_ms IS 'Time of the stream at the origin of the observation (ms): stream time = observation time + offset_ms.';
COMMENT ON COLUMN feature_stream.source_id IS 'File it came from.';

CREATE TABLE confidence (
    observation_id VARCHAR NOT NULL, coder_id VARCHAR NOT NULL, subject VARCHAR NOT NULL, behaviour_group VARCHAR NOT NULL,
    code VARCHAR NOT NULL, onset_ms BIGINT NOT NULL, confidence DOUBLE NOT NULL CHECK (confidence BETWEEN 0 AND 1),
    PRIMARY KEY (observation_id, coder_id, subject, behaviour_group, onset_ms));
COMMENT ON TABLE confidence IS 'How sure a trained model is of each of its events: the mean over the frames of the event.';
COMMENT ON COLUMN confidence.observation_id IS 'Recording.';
COMMENT ON COLUMN confidence.coder_id IS 'Model.';
COMMENT ON COLUMN confidence.subject IS 'Who was predicted.';
COMMENT ON COLUMN confidence.behaviour_group IS 'Behaviour group.';
COMMENT ON COLUMN confidence.code IS 'Code.';
COMMENT ON COLUMN confidence.onset_ms IS 'Start of the event (ms).';
COMMENT ON COLUMN confidence.confidence IS 'Mean probability of the predicted class (0 to 1); not the share of frames that are right.';

CREATE TABLE smile (
    observation_id VARCHAR NOT NULL, subject VARCHAR NOT NULL, coder_id VARCHAR NOT NULL, episode INTEGER NOT NULL,
    status VARCHAR NOT NULL CHECK (status IN ('ok', 'rejected')), reason VARCHAR NOT NULL, gate_on_s DOUBLE NOT NULL, gate_off_s DOUBLE NOT NULL,
    onset_s DOUBLE, apex_s DOUBLE, offset_s DOUBLE, end_s DOUBLE, onset_amplitude DOUBLE, offset_amplitude DOUBLE,
    max_onset_speed DOUBLE, max_offset_speed DOUBLE, onset_duration_s DOUBLE, apex_duration_s DOUBLE, offset_duration_s DOUBLE,
    total_duration_s DOUBLE, flags VARCHAR NOT NULL, smile_number INTEGER, PRIMARY KEY (observation_id, subject, coder_id, episode),
    CHECK ((status = 'ok') = (smile_number IS NOT NULL) AND (status = 'ok') = (reason = '')));
COMMENT ON TABLE smile IS 'Smile episodes of the face tracks, kept and rejected, measured at import with the parameters of table smile_parameter.';
COMMENT ON COLUMN smile.observation_id IS 'Recording.';
COMMENT ON COLUMN smile.subject IS 'Who smiles.';
COMMENT ON COLUMN smile.coder_id IS 'Track it was measured on: openface or model:blendshape.';
COMMENT ON COLUMN smile.episode IS 'Number of the episode in its track, from 1.';
COMMENT ON COLUMN smile.status IS 'ok: kept; rejected: left out.';
COMMENT ON COLUMN smile.reason IS 'Why it was rejected; empty when it was kept.';
COMMENT ON COLUMN smile.gate_on_s IS 'First frame that opened the episode (s from the start of the observation).';
COMMENT ON COLUMN smile.gate_off_s IS 'Last frame that opened the episode (s).';
COMMENT ON COLUMN smile.onset_s IS 'Start of the onset phase (s from the start of the observation).';
COMMENT ON COLUMN smile.apex_s IS 'End of the onset phase, start of the apex (s).';
COMMENT ON COLUMN smile.offset_s IS 'End of the apex, start of the offset phase (s).';
COMMENT ON COLUMN smile.end_s IS 'End of the offset phase (s).';
COMMENT ON COLUMN smile.onset_amplitude IS 'Growth of the radius in the onset phase (initial radii, IR).';
COMMENT ON COLUMN smile.offset_amplitude IS 'Shrinking of the radius in the offset phase (IR).';
COMMENT ON COLUMN smile.max_onset_speed IS 'Largest speed of the radius in the onset phase (IR/s).';
COMMENT ON COLUMN smile.max_offset_speed IS 'Largest speed of the radius in the offset phase (IR/s).';
COMMENT ON COLUMN smile.onset_duration_s IS 'Length of the onset phase (s).';
COMMENT ON COLUMN smile.apex_duration_s IS 'Length of the apex (s).';
COMMENT ON COLUMN smile.offset_duration_s IS 'Length of the offset phase (s).';
COMMENT ON COLUMN smile.total_duration_s IS 'Length of the smile (s): the sum of the three.';
COMMENT ON COLUMN smile.flags IS 'What to know about it, joined by ;: head_moved, at_clip_end.';
COMMENT ON COLUMN smile.smile_number IS 'Number among the kept smiles of its track, from 1; missing when rejected.';

CREATE TABLE smile_parameter (name VARCHAR PRIMARY KEY, value VARCHAR NOT NULL);
COMMENT ON TABLE smile_parameter IS 'Choices the smiles of this generation were measured with.';
COMMENT ON COLUMN smile_parameter.name IS 'Name of the choice.';
COMMENT ON COLUMN smile_parameter.value IS 'Its value, as JSON.';

CREATE TABLE score (
    person_id VARCHAR NOT NULL, instrument VARCHAR NOT NULL, wave VARCHAR NOT NULL, phase VARCHAR NOT NULL,
    total DOUBLE, origin VARCHAR NOT NULL CHECK (origin IN ('items', 'total')), missing_items INTEGER NOT NULL,
    PRIMARY KEY (person_id, instrument, wave));
COMMENT ON TABLE score IS 'Questionnaire totals.';
COMMENT ON COLUMN score.person_id IS 'Person who answered.';
COMMENT ON COLUMN score.instrument IS 'Questionnaire.';
COMMENT ON COLUMN score.wave IS 'Wave of the questionnaire.';
COMMENT ON COLUMN score.phase IS 'preconception, pregnancy, postpartum_before or postpartum_after (the recording).';
COMMENT ON COLUMN score.total IS 'Total; missing when an item is missing.';
COMMENT ON COLUMN score.origin IS 'items: added up from the items; total: taken from the file.';
COMMENT ON COLUMN score.missing_items IS 'Items without an answer.';

CREATE TABLE item_response (
    person_id VARCHAR NOT NULL, instrument VARCHAR NOT NULL, wave VARCHAR NOT NULL, item INTEGER NOT NULL, value DOUBLE,
    PRIMARY KEY (person_id, instrument, wave, item));
COMMENT ON TABLE item_response IS 'Answers to single questions, as given (before reversing).';
COMMENT ON COLUMN item_response.person_id IS 'Person who answered.';
COMMENT ON COLUMN item_response.instrument IS 'Questionnaire.';
COMMENT ON COLUMN item_response.wave IS 'Wave of the questionnaire.';
COMMENT ON COLUMN item_response.item IS 'Number of the question.';
COMMENT ON COLUMN item_response.value IS 'Answer as a number.';

CREATE TABLE observation_score (
    observation_id VARCHAR NOT NULL, instrument VARCHAR NOT NULL, person_id VARCHAR NOT NULL, wave VARCHAR NOT NULL,
    phase VARCHAR NOT NULL, total DOUBLE, PRIMARY KEY (observation_id, instrument));
COMMENT ON TABLE observation_score IS 'The score that belongs to a recording: of the caregiver filmed in it, from the wave the manifest names, else the one named as the visit, else the latest before the recording.';
COMMENT ON COLUMN observation_score.observation_id IS 'Recording.';
COMMENT ON COLUMN observation_score.instrument IS 'Questionnaire.';
COMMENT ON COLUMN observation_score.person_id IS 'Caregiver filmed.';
COMMENT ON COLUMN observation_score.wave IS 'Wave the score is from.';
COMMENT ON COLUMN observation_score.phase IS 'Phase the score is from.';
COMMENT ON COLUMN observation_score.total IS 'Total.';

CREATE TABLE variable (
    name VARCHAR PRIMARY KEY, label VARCHAR NOT NULL, kind VARCHAR NOT NULL CHECK (kind IN ('numeric', 'binary', 'categorical')),
    level VARCHAR NOT NULL, unit VARCHAR NOT NULL, levels VARCHAR NOT NULL, position INTEGER NOT NULL);
COMMENT ON TABLE variable IS 'Further columns the manifest names: filters, splits, covariates, exposures.';
COMMENT ON COLUMN variable.name IS 'Short name.';
COMMENT ON COLUMN variable.label IS 'Name shown on the screen.';
COMMENT ON COLUMN variable.kind IS 'numeric, binary or categorical.';
COMMENT ON COLUMN variable.level IS 'What it describes: families, people (the caregivers), infants, dyads or observations.';
COMMENT ON COLUMN variable.unit IS 'Unit, where given.';
COMMENT ON COLUMN variable.levels IS 'Allowed values in order, as a JSON list; empty list when numeric.';
COMMENT ON COLUMN variable.position IS 'Order in the manifest.';

CREATE TABLE observation_variable (
    observation_id VARCHAR NOT NULL, name VARCHAR NOT NULL, number DOUBLE, text VARCHAR, PRIMARY KEY (observation_id, name));
COMMENT ON TABLE observation_variable IS 'Values of the further variables, one row per recording and variable.';
COMMENT ON COLUMN observation_variable.observation_id IS 'Recording.';
COMMENT ON COLUMN observation_variable.name IS 'Variable.';
COMMENT ON COLUMN observation_variable.number IS 'Value of a numeric variable.';
COMMENT ON COLUMN observation_variable.text IS 'Value of a binary or categorical variable.';

CREATE TABLE fit (
    fit_id VARCHAR PRIMARY KEY, title VARCHAR NOT NULL, engine VARCHAR NOT NULL, seed INTEGER NOT NULL,
    behaviour_group VARCHAR NOT NULL, exposure VARCHAR, model VARCHAR NOT NULL, spec VARCHAR NOT NULL,
    selection VARCHAR, words VARCHAR NOT NULL, generation INTEGER, generation_sha256 VARCHAR NOT NULL,
    code_version VARCHAR NOT NULL, versions VARCHAR NOT NULL, n_rows BIGINT NOT NULL, n_units BIGINT NOT NULL,
    n_dyads BIGINT NOT NULL, n_families BIGINT NOT NULL, failed VARCHAR NOT NULL, diagnostics VARCHAR NOT NULL,
    notes VARCHAR NOT NULL, computed_at TIMESTAMP NOT NULL);
COMMENT ON TABLE fit IS 'Stored fits of the models page, taken in from runs/ when this generation was made.';
COMMENT ON COLUMN fit.fit_id IS 'Its run: the name of the folder in runs/, a checksum of what was asked for.';
COMMENT ON COLUMN fit.title IS 'Title of the analysis.';
COMMENT ON COLUMN fit.engine IS 'What computed it: quick, gibbs, full or two_part.';
COMMENT ON COLUMN fit.seed IS 'Seed of its random numbers.';
COMMENT ON COLUMN fit.behaviour_group IS 'Behaviour group of the outcome.';
COMMENT ON COLUMN fit.exposure IS 'Questionnaire or variable whose association with the behaviours is estimated.';
COMMENT ON COLUMN fit.model IS 'Which of the nested models.';
COMMENT ON COLUMN fit.spec IS 'The whole analysis, as JSON.';
COMMENT ON COLUMN fit.selection IS 'Which recordings were looked at, as JSON.';
COMMENT ON COLUMN fit.words IS 'The same in words.';
COMMENT ON COLUMN fit.generation IS 'Generation of the data it was computed on.';
COMMENT ON COLUMN fit.generation_sha256 IS 'Checksum of that generation.';
COMMENT ON COLUMN fit.code_version IS 'Version of Dyadscope that was asked.';
COMMENT ON COLUMN fit.versions IS 'Versions of the programs that computed it, as JSON.';
COMMENT ON COLUMN fit.n_rows IS 'Rows (unit x behaviour) that entered.';
COMMENT ON COLUMN fit.n_units IS 'Units (recordings) that entered.';
COMMENT ON COLUMN fit.n_dyads IS 'Dyads that entered.';
COMMENT ON COLUMN fit.n_families IS 'Families that entered.';
COMMENT ON COLUMN fit.failed IS 'Why it failed its own checks; empty when it passed.';
COMMENT ON COLUMN fit.diagnostics IS 'What the engine says of its draws, as JSON.';
COMMENT ON COLUMN fit.notes IS 'What a reader of it must know, as a JSON list of sentences.';
COMMENT ON COLUMN fit.computed_at IS 'When it was computed (UTC).';

CREATE TABLE fit_term (
    fit_id VARCHAR NOT NULL, position INTEGER NOT NULL, part VARCHAR NOT NULL CHECK (part IN ('fixed', 'random')),
    response VARCHAR NOT NULL, term VARCHAR NOT NULL, mean DOUBLE, sd DOUBLE, lower DOUBLE, upper DOUBLE,
    n_rows BIGINT NOT NULL, n_units BIGINT NOT NULL, rhat DOUBLE, ess DOUBLE,
    PRIMARY KEY (fit_id, position));
COMMENT ON TABLE fit_term IS 'Estimates of the stored fits.';
COMMENT ON COLUMN fit_term.fit_id IS 'Stored fit.';
COMMENT ON COLUMN fit_term.position IS 'Order in the table of the fit.';
COMMENT ON COLUMN fit_term.part IS 'fixed: a coefficient; random: a variance, covariance, correlation or share of variance.';
COMMENT ON COLUMN fit_term.response IS 'infant or caregiver; empty when it belongs to both.';
COMMENT ON COLUMN fit_term.term IS 'Name of the estimate.';
COMMENT ON COLUMN fit_term.mean IS 'Posterior mean.';
COMMENT ON COLUMN fit_term.sd IS 'Posterior standard deviation.';
COMMENT ON COLUMN fit_term.lower IS 'Lower end of the 95 % interval.';
COMMENT ON COLUMN fit_term.upper IS 'Upper end of the 95 % interval.';
COMMENT ON COLUMN fit_term.n_rows IS 'Rows it rests on.';
COMMENT ON COLUMN fit_term.n_units IS 'Units it rests on.';
COMMENT ON COLUMN fit_term.rhat IS 'R-hat, where the engine has one.';
COMMENT ON COLUMN fit_term.ess IS 'Effective number of draws, where the engine has one.';
