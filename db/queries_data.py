"""Questions of the data page: where the study came from, what went wrong, what its columns mean."""

import duckdb
import pandas as pd

from db.queries import rows


def data_generations(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Imports that made this generation and those before, newest first: number, imported_at, versions, files, rows."""
    return rows(cursor, "data_generations")


def data_sources(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Files: path, content, format, dialect, bytes, rows = accepted + rejected + blank, generation, sha256, issues.

    `coverage` of a face track: share of its frames that are trusted enough; missing for other files.
    """
    return rows(cursor, "data_sources")


def data_issue_kinds(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Per kind and severity: issues, places (rows or spots they stand for), files, and an action taken."""
    return rows(cursor, "data_issue_kinds")


def data_issues(cursor: duckdb.DuckDBPyConnection, severities: list[str], kinds: list[str], most: int) -> pd.DataFrame:
    """At most `most` issues, errors first; an empty list of severities or kinds means all."""
    return rows(cursor, "data_issues", severities=severities, kinds=kinds, most=most)


def data_raw_rows(cursor: duckdb.DuckDBPyConnection, source_id: int, line: int, around: int) -> pd.DataFrame:
    """The raw row of a line and those `around` it: line, outcome, reason, raw."""
    return rows(cursor, "data_raw_rows", source_id=source_id, line=line, around=around)


def data_coders(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Per coder: kind, observations coded, analysed, shared with another coder, their length_ms, events."""
    return rows(cursor, "data_coders")


def data_primary_reasons(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Why a stream is, or is not, the one that is analysed: is_primary, primary_reason, streams, observations."""
    return rows(cursor, "data_primary_reasons")


def data_dictionary(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Every column of this generation with its description: the comments of the schema."""
    return rows(cursor, "data_dictionary")


def data_bands(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Categories of the instruments' totals: instrument, band, low, high."""
    return rows(cursor, "data_bands")
