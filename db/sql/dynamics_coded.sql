SELECT observation_id
FROM coding
WHERE is_primary AND scheme = $scheme AND behaviour_group = $behaviour_group AND subject = $subject
ORDER BY observation_id
