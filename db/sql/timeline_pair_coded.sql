SELECT observation_id FROM coding
WHERE is_primary AND (subject, behaviour_group) IN (($subject1, $group1), ($subject2, $group2))
GROUP BY observation_id
HAVING count(DISTINCT (subject, behaviour_group)) = CASE WHEN ($subject1, $group1) = ($subject2, $group2) THEN 1 ELSE 2 END
ORDER BY observation_id
