SELECT observation_id, name, number, text FROM observation_variable ORDER BY observation_id, name
