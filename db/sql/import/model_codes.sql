SELECT DISTINCT behaviour_group, code, unnest(string_split(subjects, ',')) AS subject FROM main.code
