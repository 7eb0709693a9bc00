INSERT INTO main.generation BY NAME
SELECT $number AS number, (now() AT TIME ZONE 'UTC')::TIMESTAMP(0) AS imported_at, $manifest AS manifest_sha256, $version AS code_version,
       $duckdb AS duckdb_version, $new AS files_new, $unchanged AS files_unchanged, coalesce(sum(rows), 0)::BIGINT AS rows_read,
       coalesce(sum(accepted), 0)::BIGINT AS rows_accepted, coalesce(sum(rejected), 0)::BIGINT AS rows_rejected, coalesce(sum(blank), 0)::BIGINT AS rows_blank
FROM main.source WHERE generation = $number
