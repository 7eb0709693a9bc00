SELECT scheme, behaviour_group, title, exclusive, exhaustive, reference, position
FROM behaviour_group
WHERE (scheme, behaviour_group) IN (SELECT (scheme, behaviour_group) FROM coding)
ORDER BY scheme, position
