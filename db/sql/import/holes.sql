INSERT INTO stage.noted BY NAME
SELECT c.source_id, 'hole_in_group' AS reason, o.obs, c.subject, g.group_no, m.end_ms - m.start_ms - c.coded_ms AS ms, 1 AS count
FROM main.coding c JOIN main.observation m USING (observation_id) JOIN stage.observation o USING (observation_id) JOIN stage.file f USING (source_id)
JOIN (SELECT DISTINCT scheme, behaviour_group, group_no FROM stage.code WHERE exclusive AND exhaustive) g
    ON g.scheme = c.scheme AND g.behaviour_group = c.behaviour_group
WHERE m.end_ms - m.start_ms > c.coded_ms
