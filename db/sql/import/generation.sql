INSERT INTO main.generation BY NAME
SELECT $number AS number, (now() AT TIME ZONE 'UTC')::TIMESTAMP(0) AS imported_at, $manifest AS manifest_sha256, $version AS code_version,
       $duckdb AS duckdb_version, $new + count(*) FILTER (content = 'model' AND generation = $number) AS files_new,
       $unchanged + count(*) FILTER (content = 'model' AND generation <> $number) AS files_unchanged,
       coalesce(sum(rows) FILTER (generation = $number), 0)::BIGINT AS rows_read,
       coalesce(sum(accepted) FILTER (generation = $number), 0)::BIGINT AS rows_accepted,
       coalesce(sum(rejected) FILTER (generation = $number), 0)::BIGINT AS rows_rejected,
       coalesce(sum(blank) FILTER (generation = $number), 0)::BIGINT AS rows_blank
FROM main.source
