"""Builds one generation: copies what stays, applies the row rules to what is new, derives what pages read."""

from pathlib import Path

import duckdb
import pandas as pd

from db.stage import prepare, statement

DB_FOLDER = Path(__file__).parent
RULES_BEFORE_PAIRS = (
    "typed",
    "refused_typed",
    "refused_samples",
    "refused_cells",
    "identities",
    "refused_twice",
    "drop_twice",
    "superseded",
    "drop_superseded",
    "unstated",
    "ends_of_split",
    "ends",
    "refused_endless",
    "drop_endless",
    "duplicate_marks",
)
RULES_WITHOUT_ROWS = ("unstated", "ends_of_kept")
"""What is needed where no coded file was read: a table that later statements ask, and ends of unchanged recordings."""
RULES_OF_PAIRS = ("pairs", "refused_stops", "noted_pairs", "candidates", "noted_candidates", "all_streams", "flaws")
RULES_OF_OVERLAPS = (
    "refused_copies",
    "overlaps",
    "refused_overlaps",
    "noted_overlaps",
    "cut_overlaps",
    "dirty",
    "drop_flaws",
    "flaws",
)
DERIVED = ("durations", "codings", "codings_of_tracks", "coders", "primary", "primary_flags", "episodes_of_events")
OF_A_SOURCE = ("event", "raw_row", "source_observation")


def open_build(folder: Path, memory_limit: str) -> duckdb.DuckDBPyConnection:
    """A new database in a scratch folder, with the schema of a generation and empty staging tables."""
    config = {
        "memory_limit": memory_limit,
        "temp_directory": str(folder / "spill"),
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    connection = duckdb.connect(str(folder / "build.duckdb"), config=config)
    connection.execute(f"BEGIN; {(DB_FOLDER / 'schema.sql').read_text(encoding='utf-8')} COMMIT")
    prepare(connection, folder)
    return connection


def close_build(connection: duckdb.DuckDBPyConnection) -> None:
    """Writes everything into the one file and closes it, so that no write-ahead log remains."""
    connection.execute("DETACH stage")
    connection.execute("CHECKPOINT")
    connection.close()


def attach_current(connection: duckdb.DuckDBPyConnection, file: Path) -> None:
    """Makes the current generation readable as `old`."""
    path = str(file).replace("'", "''")
    connection.execute(f"ATTACH '{path}' AS old (READ_ONLY)")


def copy_sources(connection: duckdb.DuckDBPyConnection, source_ids: list[int]) -> None:
    """Copies files that did not change, with their rows, events and issues, from the current generation."""
    for table in ("source", *OF_A_SOURCE, "issue"):
        connection.execute(
            f"INSERT INTO main.{table} SELECT * FROM old.{table} WHERE source_id IN (SELECT unnest($ids))",
            {"ids": source_ids},
        )
    connection.execute("INSERT INTO main.generation SELECT * FROM old.generation")


def copy_issues(connection: duckdb.DuckDBPyConnection, source_ids: list[int], without: tuple[str, ...]) -> None:
    """Copies the issues of files from the current generation, but for those kinds."""
    connection.execute(
        "INSERT INTO main.issue SELECT * FROM old.issue WHERE source_id IN (SELECT unnest($ids::INTEGER[])) "
        "AND kind NOT IN (SELECT unnest($without::VARCHAR[]))",
        {"ids": source_ids, "without": list(without)},
    )


def table_sources(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """Number of each table file, by its path."""
    return dict(connection.execute("SELECT path, source_id FROM main.source WHERE content = 'table'").fetchall())


def ends(connection: duckdb.DuckDBPyConnection) -> dict[str, int]:
    """End (ms) of every observation of the build."""
    return dict(connection.execute("SELECT observation_id, end_ms FROM main.observation ORDER BY ALL").fetchall())


def apply_rules(connection: duckdb.DuckDBPyConnection) -> None:
    """Turns staged text into events: meaning, times, pairs, overlaps, gaps. Refused rows land in stage.refused."""
    if not _rows_staged(connection):
        for name in RULES_WITHOUT_ROWS:
            connection.execute(statement(name))
        return
    for name in (*RULES_BEFORE_PAIRS, *RULES_OF_PAIRS):
        connection.execute(statement(name))
    while _faulty(connection):
        for name in RULES_OF_OVERLAPS:
            connection.execute(statement(name))
    for name in ("events", "noted_gaps", "noted_doubled", "raw_rows"):
        connection.execute(statement(name))


def _rows_staged(connection: duckdb.DuckDBPyConnection) -> bool:
    question = "SELECT EXISTS (FROM stage.staged) OR EXISTS (FROM stage.run)"
    return connection.execute(question).fetchall()[0][0]


def _faulty(connection: duckdb.DuckDBPyConnection) -> bool:
    question = "SELECT EXISTS (SELECT 1 FROM stage.flaw WHERE copied OR late)"
    return connection.execute(question).fetchall()[0][0]


def superseded(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Older files whose events new files coded again: source_id, new_source, identities.

    An identity is an observation, a coder and a behaviour group.
    """
    return connection.execute(
        "SELECT source_id, new_source, count(DISTINCT (observation_id, coder_id, behaviour_group)) AS identities "
        "FROM stage.again GROUP BY ALL ORDER BY ALL"
    ).df()


def derive(
    connection: duckdb.DuckDBPyConnection,
    chosen: dict[str, str],
    prefer: tuple[str, ...],
    one_camera: list[tuple[str, str]],
) -> None:
    """Fills durations, streams, coders, the coder who is analysed, and the camera count, from all events."""
    for name in DERIVED:
        connection.execute(statement(name), _choice(chosen, prefer) if name == "primary" else None)
    for group, modifier in one_camera:
        connection.execute(statement("camera_count"), {"behaviour_group": group, "modifier": modifier})
    connection.execute(statement("holes"))


def chosen_absent(
    connection: duckdb.DuckDBPyConnection, chosen: dict[str, str], prefer: tuple[str, ...]
) -> pd.DataFrame:
    """Coders the manifest chooses who coded nothing there: coder, observation_id (missing: preferred in the study)."""
    return connection.execute(statement("chosen_absent"), _choice(chosen, prefer)).df()


def _choice(chosen: dict[str, str], prefer: tuple[str, ...]) -> dict[str, list[str]]:
    """The manifest's choice of coders as parameters of a statement."""
    return {"prefer": list(prefer), "chosen_observations": list(chosen), "chosen_coders": list(chosen.values())}


def found_ends(connection: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """Observations with the end that the table or the coded data give, missing when neither does.

    Columns: observation_id, start_ms, end_ms.
    """
    return connection.execute("SELECT observation_id, start_ms, end_ms FROM stage.observation ORDER BY obs").df()


def ends_from_codes(connection: duckdb.DuckDBPyConnection) -> int:
    """How many recordings end where their codes end, because neither table nor coded file states their length."""
    query = "SELECT count(*) FROM stage.unstated JOIN stage.observation USING (obs) WHERE end_ms IS NOT NULL"
    return connection.execute(query).fetchall()[0][0]


def frame_of(connection: duckdb.DuckDBPyConnection, name: str, **parameters: object) -> pd.DataFrame:
    """Rows of one import statement."""
    return connection.execute(statement(name), parameters).df()


def distinct(connection: duckdb.DuckDBPyConnection, *columns: str) -> pd.DataFrame:
    """Distinct texts of staged columns per file, runs of samples and events of cells included; missing is ''."""
    names = ", ".join(f"coalesce({column}, '') AS {column}" for column in columns)
    runs = ", ".join("''" if column == "mark" else f"coalesce({column}, '')" for column in columns)
    rows = f"SELECT DISTINCT source_id, {names} FROM stage.staged"
    query = f"{rows} UNION SELECT DISTINCT source_id, {runs} FROM stage.run ORDER BY ALL"
    return connection.execute(query).df()


def next_source_id(connection: duckdb.DuckDBPyConnection, taken: list[int]) -> int:
    """The first source id that is still free."""
    highest = connection.execute("SELECT coalesce(max(source_id), 0) FROM main.source").fetchall()[0][0]
    return max([highest, *taken]) + 1


def add_generation(
    connection: duckdb.DuckDBPyConnection,
    number: int,
    manifest_sha256: str,
    code_version: str,
    new: int,
    unchanged: int,
) -> dict[str, int]:
    """Adds the row of this generation, with the rows of the files it read; returns the counts."""
    connection.execute(
        statement("generation"),
        {
            "number": number,
            "manifest": manifest_sha256,
            "version": code_version,
            "duckdb": duckdb.__version__,
            "new": new,
            "unchanged": unchanged,
        },
    )
    query = (
        "SELECT files_new, files_unchanged, rows_read AS rows, rows_accepted AS accepted, rows_rejected AS rejected, "
        "rows_blank AS blank FROM main.generation WHERE number = $number"
    )
    return {name: int(value) for name, value in connection.execute(query, {"number": number}).df().iloc[0].items()}


def issue_counts(connection: duckdb.DuckDBPyConnection, number: int) -> dict[str, int]:
    """Issues of one generation per severity."""
    return dict(
        connection.execute(
            "SELECT severity, count(*) FROM main.issue WHERE generation = $number GROUP BY severity", {"number": number}
        ).fetchall()
    )
