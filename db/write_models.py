"""Copies a generation without the events of trained models, so that they can be put in anew."""

import duckdb

OF_MODELS = ("source", "event", "raw_row", "issue")
"""Tables in which rows of models stand beside rows of files."""
MADE_ANEW = ("duration", "coding", "coder", "confidence")
"""Tables that are derived from all events, or hold nothing but what models said."""


def copy_generation(connection: duckdb.DuckDBPyConnection, rules: tuple[str, ...]) -> None:
    """Copies all that did not come from a model out of the attached `old`; `rules`: the kinds of issues about models.

    The derived tables stay empty.
    """
    tables = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = 'main' "
        "ORDER BY ALL"
    ).fetchall()
    for (name,) in tables:
        if name in MADE_ANEW:
            continue
        left = f" WHERE {_not_of_models(name)}" if name in OF_MODELS else ""
        parameters = {"rules": list(rules)} if name == "issue" else None
        connection.execute(f'INSERT INTO main."{name}" SELECT * FROM old."{name}"{left}', parameters)


def _not_of_models(table: str) -> str:
    if table == "source":
        return "content <> 'model'"
    if table == "issue":
        return "kind NOT IN (SELECT unnest($rules::VARCHAR[]))"
    return "source_id NOT IN (SELECT source_id FROM old.source WHERE content = 'model')"


def counts(connection: duckdb.DuckDBPyConnection) -> tuple[int, str]:
    """How many files the build holds that are no tables and no models, and the checksum of its last manifest."""
    files = "SELECT count(*) FROM main.source WHERE content NOT IN ('table', 'model')"
    manifest = "SELECT manifest_sha256 FROM main.generation ORDER BY number DESC LIMIT 1"
    return connection.execute(files).fetchall()[0][0], connection.execute(manifest).fetchall()[0][0]
