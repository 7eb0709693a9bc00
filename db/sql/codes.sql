SELECT c.scheme, c.behaviour_group, c.code, c.position, c.kind, c.unobservable, c.colour, c.subjects, c.description
FROM code c JOIN behaviour_group g USING (scheme, behaviour_group)
WHERE (c.scheme, c.behaviour_group) IN (SELECT (scheme, behaviour_group) FROM coding)
ORDER BY g.scheme, g.position, c.position
