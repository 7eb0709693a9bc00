SELECT t.observation_id, t.subject, t.coder_id, t.au12_source, t.face, t.faces, t.frames, t.confident_frames, t.fps, t.start_s, t.end_s,
       t.offset_ms, t.file, t.unfit, t.source_id, s.path
FROM track t JOIN source s USING (source_id) ORDER BY t.observation_id, t.subject, t.coder_id
