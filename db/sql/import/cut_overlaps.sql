INSERT INTO stage.cut
SELECT other_source, other_line, subject, other_code_no, min(onset_ms) FROM stage.overlap WHERE later_wins GROUP BY ALL
