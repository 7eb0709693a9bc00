SELECT source_id, path, content, format, sha256, import_key, bytes, dialect, rows, accepted, rejected, blank, generation, imported_at
FROM source ORDER BY content, path
