SELECT key, value FROM study ORDER BY key
