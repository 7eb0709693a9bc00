SELECT number, imported_at, code_version, duckdb_version, files_new, files_unchanged, rows_read, rows_accepted, rows_rejected, rows_blank
FROM generation ORDER BY number DESC
