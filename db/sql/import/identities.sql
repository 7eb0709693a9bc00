CREATE TABLE stage.identity AS
SELECT *, first_value(source_id) OVER (PARTITION BY obs, coder, group_no, part ORDER BY position) AS kept_source
FROM (SELECT DISTINCT t.source_id, t.obs, t.coder, t.group_no, f.position, CASE WHEN f.one_subject THEN t.subject ELSE '' END AS part
      FROM stage.typed t JOIN stage.file f USING (source_id) WHERE t.reason = '')
