CREATE TABLE stage.identity AS
SELECT t.source_id, t.obs, t.coder, t.group_no,
       first_value(t.source_id) OVER (PARTITION BY t.obs, t.coder, t.group_no ORDER BY f.position) AS kept_source
FROM (SELECT DISTINCT source_id, obs, coder, group_no FROM stage.typed WHERE reason = '') t JOIN stage.file f USING (source_id)
