"""Speech of one recording: a table of intervals, or the probability track that `extract` writes."""

import math
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.table import TextTable, read_table

ONSETS = {"onset": None, "onset_s": 1.0, "onset_ms": 1000.0}
"""Column of the starts -> how many of its units make a second; None: the column `unit` says it."""
UNITS = {"s": 1.0, "ms": 1000.0}
SPEECH_COLUMNS = ("t_s", "probability")


def read_speech_track(path: Path) -> pd.DataFrame:
    """A probability track (.parquet): `t_s`, `probability` and what else it holds; UnreadableFile when it is none."""
    name = file_name(path)
    try:
        frame = pq.read_table(path).to_pandas()
    except FileNotFoundError:
        raise UnreadableFile(f"{name}: there is no such file. Check its name.", file=name) from None
    except (pa.ArrowException, OSError):
        text = f"{name}: the file is damaged or no Parquet file. Extract the speech again."
        raise UnreadableFile(text, file=name) from None
    lacking = [one for one in SPEECH_COLUMNS if one not in frame]
    if lacking:
        text = f"{name}: this is no speech track: it lacks the column {lacking[0]}. Choose one that extract wrote."
        raise UnreadableFile(text, file=name)
    return frame


def read_speech_table(path: Path, observation: str) -> pd.DataFrame:
    """Intervals as `onset_s`, `offset_s` in seconds: columns onset and offset, `unit` (s or ms; seconds without it).

    Where a column observation_id names several recordings, only the rows of `observation` are taken. UnreadableFile
    names line and column of a cell that is no time, and rows that end before they begin.
    """
    table = read_table(path)
    name = file_name(path)
    onset = next((one for one in ONSETS if one in table.columns), "")
    offset = onset.replace("onset", "offset")
    if not onset or offset not in table.columns:
        text = f"{name}: the table needs the columns onset and offset (unit: s or ms), or onset_s and offset_s"
        raise UnreadableFile(f"{text}. Rename its columns.", file=name)
    rows = _of(table, observation)
    scale = ONSETS[onset]
    found = [(_time(table, row, onset, scale), _time(table, row, offset, scale), row[0]) for row in rows]
    for start, end, line in found:
        if end < start:
            text = f"{name}, line {line}: the speech ends before it begins. Correct the row and run again."
            raise UnreadableFile(text, file=name, line=line)
    return pd.DataFrame([pair[:2] for pair in found], columns=["onset_s", "offset_s"], dtype=float)


def _of(table: TextTable, observation: str) -> list[tuple[int, list[str]]]:
    """The rows of one recording, whose name the file's may begin with ('O1' for O1.faces.ab12); all rows where no
    column says whose they are, or all are of one."""
    if "observation_id" not in table.columns:
        return list(table.rows)
    place = table.columns.index("observation_id")
    ids = {row[place] for _, row in table.rows}
    mine = [one for one in ids if one and f"{observation}.".startswith(f"{one}.")]
    if mine:
        return [(line, row) for line, row in table.rows if row[place] == max(mine, key=len)]
    if len(ids) > 1:
        name = file_name(table.path)
        text = f"{name}: no row is about the recording '{observation}', and the table holds {len(ids)} others"
        raise UnreadableFile(f"{text}. Correct observation_id, or take the column out.", file=name)
    return list(table.rows)


def _time(table: TextTable, row: tuple[int, list[str]], column: str, scale: float | None) -> float:
    """One cell in seconds."""
    line, cells = row
    text = cells[table.columns.index(column)]
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not math.isfinite(value):
        raise _refused(table, line, column, "is no time")
    return value / (scale or _unit(table, line, cells))


def _unit(table: TextTable, line: int, cells: list[str]) -> float:
    if "unit" not in table.columns:
        return 1.0
    unit = cells[table.columns.index("unit")].casefold()
    if unit not in UNITS:
        raise _refused(table, line, "unit", "is neither s nor ms")
    return UNITS[unit]


def _refused(table: TextTable, line: int, column: str, what: str) -> UnreadableFile:
    name = file_name(table.path)
    text = f"{name}, line {line}, column {column}: the cell {what}. Correct it and run again."
    return UnreadableFile(text, file=name, line=line, column=column)
