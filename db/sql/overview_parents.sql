SELECT family_id, role, min_by(age_years, person_id) AS age_years
FROM person WHERE role NOT IN ('infant', 'sibling') AND age_years IS NOT NULL
GROUP BY ALL ORDER BY ALL
