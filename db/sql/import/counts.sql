SELECT source_id, count(*) AS rows, count(*) FILTER (outcome = 'accepted') AS accepted, count(*) FILTER (outcome = 'rejected') AS rejected,
       count(*) FILTER (outcome = 'blank') AS blank
FROM main.raw_row GROUP BY source_id
