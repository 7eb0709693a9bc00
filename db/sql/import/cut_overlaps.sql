UPDATE stage.candidate SET offset_ms = o.onset_ms, repaired = 'cut_at_next'
FROM stage.overlap o
WHERE o.later_wins AND candidate.source_id = o.other_source AND candidate.line = o.other_line AND candidate.code_no = o.other_code_no
  AND candidate.obs = o.obs AND candidate.subject = o.subject
