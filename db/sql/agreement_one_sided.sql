WITH present AS (SELECT DISTINCT observation_id, coder_id FROM coding),
able AS (SELECT DISTINCT coder_id, scheme, behaviour_group, subject FROM coding)
SELECT c.observation_id, c.scheme, c.behaviour_group, c.subject, c.coder_id AS marked, p.coder_id AS unmarked
FROM coding c JOIN present p ON p.observation_id = c.observation_id AND p.coder_id <> c.coder_id
JOIN able a ON a.coder_id = p.coder_id AND a.scheme = c.scheme AND a.behaviour_group = c.behaviour_group AND a.subject = c.subject
WHERE NOT EXISTS (
    FROM coding other WHERE other.observation_id = c.observation_id AND other.coder_id = p.coder_id
    AND other.scheme = c.scheme AND other.behaviour_group = c.behaviour_group AND other.subject = c.subject)
ORDER BY ALL
