SELECT c.table_name, t.comment AS table_comment, c.column_name, c.data_type, NOT c.is_nullable AS required, c.comment, t.estimated_size AS rows
FROM duckdb_columns() c JOIN duckdb_tables() t USING (database_name, schema_name, table_name)
WHERE NOT c.internal AND c.schema_name = 'main' AND c.database_name = current_database()
ORDER BY c.table_name, c.column_index
