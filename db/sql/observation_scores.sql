SELECT observation_id, instrument, person_id, wave, phase, total FROM observation_score ORDER BY ALL
