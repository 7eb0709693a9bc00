"""Loads the rows of coded files, as text, into the staging tables of one import."""

from pathlib import Path

import duckdb
import pandas as pd

FIELDS = (
    "observation",
    "coder",
    "subject",
    "behaviour_group",
    "code",
    "mark",
    "onset",
    "onset_f",
    "stop",
    "stop_f",
    "duration",
    "length",
)
DB_FOLDER = Path(__file__).parent
NOT_A_CELL = "\x01"


def statement(name: str) -> str:
    """The SQL of `sql/import/<name>.sql`."""
    return (DB_FOLDER / "sql" / "import" / f"{name}.sql").read_text(encoding="utf-8")


def prepare(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Attaches an empty scratch database as `stage` and defines the time macros."""
    connection.execute(f"ATTACH {_text(str(folder / 'stage.duckdb'))} AS stage")
    connection.execute(f"BEGIN; {(DB_FOLDER / 'stage.sql').read_text(encoding='utf-8')} COMMIT")
    connection.execute((DB_FOLDER / "macros.sql").read_text(encoding="utf-8"))


def _text(value: str) -> str:
    """A SQL text literal; DuckDB takes no parameters in ATTACH and read_csv."""
    return "'" + value.replace("'", "''") + "'"


def _cell(column: int | None, constant: str | None) -> str:
    """The text of a cell as it lies (blanks are trimmed where its meaning is looked up); an empty cell is missing."""
    if column is not None:
        return f"nullif(c{column}, '')"
    return _text(constant) if constant else "NULL"


def _modifiers(columns: tuple[int, ...]) -> str:
    """Modifiers in order, joined by '|'; blanks around them and 'None' are not modifiers."""
    if not columns:
        return "''"
    joined = "concat_ws('|', " + ", ".join(f"c{column}" for column in columns) + ")"
    parts = f"list_transform(string_split({joined}, '|'), lambda part: clean(part))"
    return f"array_to_string(list_filter({parts}, lambda part: part IS NOT NULL AND lower(part) <> 'none'), '|')"


def fields(
    columns: dict[str, int | None],
    constants: dict[str, str],
    modifiers: tuple[int, ...],
    width: int,
    delimiter: str,
    split: bool = False,
) -> str:
    """The select list that turns cells c0..cN into the fields of a staged row (observation .. length, modifier, raw).

    `split`: each subject of the file becomes a recording of their own, named '<observation> / <subject>'.
    """
    named = [f"{expression} AS {field}" for field, expression in _named(columns, constants, split).items()]
    raw = f"concat_ws({_text(delimiter)}, " + ", ".join(f"c{column}" for column in range(width)) + ")"
    return ", ".join([*named, f"{_modifiers(modifiers)} AS modifier", "NULL AS fault", f"{raw} AS raw"])


def _named(columns: dict[str, int | None], constants: dict[str, str], split: bool) -> dict[str, str]:
    named = {field: _cell(columns.get(field), constants.get(field)) for field in FIELDS}
    if split:
        named["observation"] = f"concat_ws(' / ', clean({named['observation']}), clean({named['subject']}))"
        named["subject"] = "NULL"
    return named


def csv_rows(path: Path, delimiter: str, quote: str, header_line: int, width: int) -> str:
    """A table expression over a plain text table: columns c0..cN, all text, nothing guessed, in file order."""
    columns = "{" + ", ".join(f"'c{column}': 'VARCHAR'" for column in range(width)) + "}"
    options = (
        f"auto_detect=false, columns={columns}, delim={_text(delimiter)}, quote={_text(quote)}, escape={_text(quote)}, "
        f"header=false, skip={header_line}, nullstr={_text(NOT_A_CELL)}, strict_mode=true, max_line_size=10000000"
    )
    return f"read_csv({_text(str(path))}, {options})"


def keep_cells(connection: duckdb.DuckDBPyConnection, source_id: int, rows: str) -> int:
    """Keeps the cells of one file as DuckDB reads them (all threads, order kept); returns the number of rows."""
    return connection.execute(f"CREATE OR REPLACE TABLE stage.cells_{source_id} AS SELECT * FROM {rows}").fetchall()[0][
        0
    ]


def kept_rows(source_id: int, header_line: int, select: str) -> str:
    """Staged rows over kept cells: the line follows from the position, since the file has one row per line."""
    return f"SELECT {source_id} AS source_id, {header_line} + 1 + rowid AS line, {select} FROM stage.cells_{source_id}"


def stage_kept(connection: duckdb.DuckDBPyConnection, source_id: int, rows: str) -> None:
    """Moves kept rows into `line_rows` and drops the cells."""
    connection.execute(f"INSERT INTO stage.line_rows BY NAME {rows}")
    drop_cells(connection, source_id)


def drop_cells(connection: duckdb.DuckDBPyConnection, source_id: int) -> None:
    """Drops the kept cells of one file."""
    connection.execute(f"DROP TABLE IF EXISTS stage.cells_{source_id}")


def unite(connection: duckdb.DuckDBPyConnection, kept: list[str]) -> None:
    """Defines `staged`: the staged rows of all files, those of big files straight from their kept cells."""
    connection.execute(
        "CREATE VIEW stage.staged AS " + " UNION ALL BY NAME ".join(["SELECT * FROM stage.line_rows", *kept])
    )


def stage_chunk(
    connection: duckdb.DuckDBPyConnection, source_id: int, chunk: list[tuple[int, list[str]]], width: int, select: str
) -> None:
    """Inserts one chunk of (line, cells) into `line_rows`."""
    connection.register("chunk_rows", frame(chunk, width))
    connection.execute(
        f"INSERT INTO stage.line_rows BY NAME SELECT {source_id} AS source_id, line, {select} FROM chunk_rows"
    )
    connection.unregister("chunk_rows")


def frame(chunk: list[tuple[int, list[str]]], width: int) -> pd.DataFrame:
    """A chunk as a frame with columns line, c0..cN."""
    cells = pd.DataFrame([row for _, row in chunk], columns=[f"c{column}" for column in range(width)], dtype="str")
    cells.insert(0, "line", [line for line, _ in chunk])
    return cells


def sample_cells(connection: duckdb.DuckDBPyConnection, rows: str) -> None:
    """The cells of one sampled file with their lines, for run-length encoding channel by channel."""
    connection.execute(f"CREATE OR REPLACE TABLE stage.samples AS {rows}")


def stage_samples(connection: duckdb.DuckDBPyConnection, source_id: int, select: str) -> None:
    """Puts one row per sampled line into `line_rows`: every row of the file is accounted for."""
    connection.execute(
        f"INSERT INTO stage.line_rows BY NAME SELECT {source_id} AS source_id, line, {select} FROM stage.samples"
    )


def empty_samples(connection: duckdb.DuckDBPyConnection, width: int) -> None:
    """An empty table of sampled cells, filled by `add` with chunks."""
    columns = ", ".join(f"c{column} VARCHAR" for column in range(width))
    connection.execute(f"CREATE OR REPLACE TABLE stage.samples (line BIGINT, {columns})")


def add(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Adds a frame to a staging table, columns matched by name."""
    insert(connection, f"stage.{table}", rows)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: pd.DataFrame) -> None:
    """Adds a frame to any table of the build, columns matched by name; the table's constraints hold."""
    if rows.empty:
        return
    connection.register("new_rows", rows)
    connection.execute(f"INSERT INTO {table} BY NAME SELECT * FROM new_rows")
    connection.unregister("new_rows")


def stage_runs(connection: duckdb.DuckDBPyConnection, source_id: int, cells: dict[str, str]) -> None:
    """Run-length encodes one channel of the kept cells into `run`; `cells` as `channel_cells` gives them.

    Row i covers [t_i, t_(i+1)); the last row of an observation covers one step, as long as the step before it.
    A run without subject or code was not coded and leaves nothing.
    """
    columns = ", ".join(f"{expression} AS {name}" for name, expression in cells.items())
    connection.execute(f"CREATE OR REPLACE TEMP VIEW sampled AS SELECT line, {columns} FROM stage.samples")
    connection.execute(statement("runs"), {"source_id": source_id})


def channel_cells(
    columns: dict[str, int | None],
    constants: dict[str, str],
    channel: tuple[int, int, int | None],
    group: str | None,
    decimal: str,
) -> dict[str, str]:
    """Select expressions of one channel.

    `channel` holds the column positions of subject, code and modifier; the modifier only where it is part of the state.
    """
    subject, code, modifier = channel
    return {
        "observation": _cell(columns.get("observation"), constants.get("observation")),
        "onset": f"pointed({_cell(columns['onset'], None)}, {_text(decimal)})",
        "subject": f"clean({_cell(subject, None)})",
        "code": f"clean({_cell(code, None)})",
        "modifier": "''" if modifier is None else f"coalesce(clean({_cell(modifier, None)}), '')",
        "behaviour_group": _cell(None, group),
    }


def mark_faults(connection: duckdb.DuckDBPyConnection, faults: pd.DataFrame) -> None:
    """Marks staged rows (source_id, line, fault) that a reader found unfit as a row."""
    connection.register("row_faults", faults)
    connection.execute(
        "UPDATE stage.line_rows SET fault = f.fault FROM row_faults f "
        "WHERE line_rows.source_id = f.source_id AND line_rows.line = f.line"
    )
    connection.unregister("row_faults")


def forget_source(connection: duckdb.DuckDBPyConnection, source_id: int) -> None:
    """Removes what was staged of one file, before it is read another way."""
    connection.execute("DELETE FROM stage.line_rows WHERE source_id = $id", {"id": source_id})
    connection.execute("DELETE FROM stage.run WHERE source_id = $id", {"id": source_id})


def describe(connection: duckdb.DuckDBPyConnection, row: tuple) -> None:
    """Says how the rows of one file are read.

    `row`: source_id, layout, time_rule, decimal, later_wins, offset_ms, tool_steps, position, constants, one_subject.
    """
    connection.execute("INSERT INTO stage.file VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
