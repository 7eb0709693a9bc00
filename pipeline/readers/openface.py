"""Reads OpenFace 2 tables (.csv, .gz): of up to 714 columns the two dozen that smiles need, block by block."""

import re
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import csv

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.archive import gunzip
from pipeline.readers.openface_checks import checked, refuse_other_tools
from pipeline.readers.reading import Note
from pipeline.readers.text import TextFile, as_utf8, sniff
from pipeline.readers.track import POINTS, TrackFile

SOURCES = {
    "frame": "frame",
    "face_id": "face",
    "timestamp": "t_s",
    "confidence": "confidence",
    "success": "success",
    "AU12_r": "au12",
    "pose_Tz": "distance_mm",
    **{name: name for name in POINTS},
}
"""OpenFace's name -> ours."""
BLOCK_BYTES = 1 << 22
MISSING = ("", "nan", "-nan", "nan(ind)", "-nan(ind)", "inf", "-inf", "1.#ind", "-1.#ind", "1.#qnan", "na", "null")
"""How programs write a value that was not measured, in small letters."""
HEADER_WITHIN = 50


@dataclass
class Rows:
    """What reading the rows counts besides them."""

    misfits: int = 0
    bad_cells: int = 0
    first_misfit: int | None = None


def read_openface(path: Path) -> TrackFile:
    """All faces of an OpenFace 2 table, with what it lacks and what was wrong with single rows.

    Raises UnreadableFile: missing, empty, binary or damaged; single images (no time); times that cannot be used;
    tables of OpenFace 3 and py-feat, whose AU12 is on another scale; no rows.
    """
    with TemporaryDirectory() as folder:
        unpacked = gunzip(path, Path(folder)) if path.suffix.casefold() == ".gz" else path
        text = sniff(unpacked)
        line, names, text_delimiter = _header(text, path)
        refuse_other_tools(names, path)
        counted = Rows()
        frame = _frame(as_utf8(text, Path(folder)), text, line, names, text_delimiter, counted, path)
    rows = len(frame) + counted.misfits
    notes = [*text.notes, *_row_notes(counted)]
    frame, missing, more = checked(frame, names, path)
    dialect = f"{text.encoding.upper()}, {len(names)} columns"
    return TrackFile(
        path,
        "openface",
        frame,
        "openface",
        missing,
        (*notes, *more),
        rows,
        rows - len(frame),
        dialect,
        text.sha256,
        text.size,
    )


def _header(text: TextFile, path: Path) -> tuple[int, list[str], str]:
    """(number of the header's line, trimmed names, delimiter): the first line that holds `confidence`."""
    for number, line in enumerate(text.head.split("\n")[:HEADER_WITHIN], 1):
        for delimiter in (text.delimiter, ",", ";", "\t"):
            names = [cell.strip().strip('"').strip() for cell in line.split(delimiter)]
            if "confidence" in names or any(re.fullmatch(r"AU\d\d(_r)?", name) for name in names):
                return number, names, delimiter
    name = file_name(path)
    sentence = f"{name}: this is no OpenFace table: no row names the columns frame, timestamp and confidence."
    raise UnreadableFile(f"{sentence} Choose the .csv that OpenFace's FeatureExtraction wrote.", file=name)


def _frame(
    utf8: Path, text: TextFile, line: int, names: list[str], delimiter: str, counted: Rows, path: Path
) -> pd.DataFrame:
    """The rows under our names, every column float64; cells that are no numbers are missing and counted."""
    wanted = [names.index(name) for name in SOURCES if name in names]
    columns = [f"#{position}" for position in range(len(names))]
    for position in wanted:
        columns[position] = SOURCES[names[position]]
    included = [columns[position] for position in wanted]
    comma = "," if delimiter != "," and _decimal_comma(text, line, delimiter) else "."
    reading = csv.ReadOptions(use_threads=False, block_size=BLOCK_BYTES, skip_rows=line, column_names=columns)
    parsing = csv.ParseOptions(delimiter=delimiter, invalid_row_handler=_misfit(counted))
    try:
        return _numbers(utf8, reading, parsing, included, comma)
    except pa.ArrowInvalid:
        counted.misfits = 0
    try:
        return _texts(utf8, reading, parsing, included, comma, counted)
    except pa.ArrowException:
        name = file_name(path)
        sentence = f"{name}: the rows cannot be told apart after line {line}, so the file is damaged or no table."
        raise UnreadableFile(f"{sentence} Export it again.", file=name) from None


def _misfit(counted: Rows) -> "csv.InvalidRowHandler":
    def skip(row: csv.InvalidRow) -> str:
        counted.misfits += 1
        counted.first_misfit = counted.first_misfit or row.number
        return "skip"

    return skip


def _decimal_comma(text: TextFile, line: int, delimiter: str) -> bool:
    """Whether numbers are written with a comma, as a German Excel saves them."""
    lines = text.head.split("\n")[line : line + 5]
    return any(re.fullmatch(r"\s*-?\d+,\d+\s*", cell) for one in lines for cell in one.split(delimiter))


def _numbers(
    utf8: Path, reading: csv.ReadOptions, parsing: csv.ParseOptions, included: list[str], comma: str
) -> pd.DataFrame:
    """The quick road: every cell a number. Raises pyarrow.ArrowInvalid where one is none."""
    kinds = dict.fromkeys(included, pa.float64())
    converting = csv.ConvertOptions(include_columns=included, column_types=kinds, decimal_point=comma)
    with csv.open_csv(utf8, reading, parsing, converting) as batches:
        return batches.read_all().to_pandas()


def _texts(
    utf8: Path, reading: csv.ReadOptions, parsing: csv.ParseOptions, included: list[str], comma: str, counted: Rows
) -> pd.DataFrame:
    """The patient road: cells as text, then as numbers one by one."""
    kinds = dict.fromkeys(included, pa.string())
    converting = csv.ConvertOptions(include_columns=included, column_types=kinds, strings_can_be_null=False)
    with csv.open_csv(utf8, reading, parsing, converting) as batches:
        parts = [_as_numbers(batch.to_pandas(), comma, counted) for batch in batches]
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=included, dtype=float)


def _as_numbers(texts: pd.DataFrame, comma: str, counted: Rows) -> pd.DataFrame:
    numbers = {}
    for name in texts:
        cells = texts[name].astype("str").str.strip()
        plain = cells.str.replace(",", ".") if comma == "," else cells
        found = pd.to_numeric(plain, errors="coerce").astype(float)
        counted.bad_cells += int((found.isna() & ~cells.str.casefold().isin(MISSING)).sum())
        numbers[name] = found.where(np.isfinite(found))
    return pd.DataFrame(numbers)


def _row_notes(counted: Rows) -> list[Note]:
    notes = []
    if counted.misfits:
        number = f"{counted.misfits:,} {'row does' if counted.misfits == 1 else 'rows do'}"
        detail = f"{number} not have as many cells as the header (a recording that was broken off ends so)."
        notes.append(Note("ragged_row", "error", detail, "They were left out.", count=counted.misfits))
    if counted.bad_cells:
        number = f"{counted.bad_cells:,} {'cell is' if counted.bad_cells == 1 else 'cells are'}"
        detail, action = f"{number} no number.", "They are taken for not measured."
        notes.append(Note("bad_number", "warning", detail, action, count=counted.bad_cells))
    return notes
