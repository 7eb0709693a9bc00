SELECT d.observation_id, d.subject, d.code, d.ms, d.covered_ms, d.bouts, d.shortest_ms, d.longest_ms, d.squares_ms2,
       d.gaps, d.gap_ms, d.gap_squares_ms2
FROM duration d JOIN coding c USING (observation_id, coder_id, behaviour_group, subject)
WHERE c.is_primary AND c.scheme = $scheme AND c.behaviour_group = $behaviour_group
