"""Coded files of a study: which are new, how they are read, and their rows in the staging tables."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from db import stage
from db.publish import checksum
from pipeline.catalogue.manifest import Coded, Manifest
from pipeline.catalogue.scheme import Scheme, load_scheme, scheme_path
from pipeline.errors import ManifestError, UnreadableFile, UserError
from pipeline.readers.reading import Note, Reading
from pipeline.readers.registry import format_of, read_coded

RULES_VERSION = "1"
"""Part of every import key: files are read again when the rules change."""


@dataclass(frozen=True)
class CodedFile:
    """One coded file of the manifest; `shown` is its path relative to the data folder."""

    source_id: int
    path: Path
    shown: str
    entry: Coded
    scheme: Scheme
    sha256: str
    import_key: str


def entry_scheme(manifest: Manifest, entry: Coded, folder: Path) -> Scheme:
    """The scheme of one entry: its own, else the study's."""
    return load_scheme(scheme_path(entry.scheme or str(manifest.study.scheme), folder))


def coded_files(manifest: Manifest, folder: Path, data: Path, first_id: int) -> list[CodedFile]:
    """All coded files the manifest names, in its order; ManifestError when a pattern finds none or two entries name one file."""
    shared = _digest(*(_table_key(manifest, data)), RULES_VERSION)
    found: dict[Path, CodedFile] = {}
    for number, entry in enumerate(manifest.coded, start=1):
        format_of(entry.format)
        scheme = entry_scheme(manifest, entry, folder)
        for path in _matches(entry, data, number):
            if path in found:
                raise ManifestError(f"'{_shown(path, data)}' is named by two coded entries. Name it in one of them.")
            sha256 = checksum(path)
            key = _digest(sha256, scheme.model_dump_json(), entry.model_dump_json(), shared)
            found[path] = CodedFile(first_id + len(found), path, _shown(path, data), entry, scheme, sha256, key)
    return list(found.values())


def _matches(entry: Coded, data: Path, number: int) -> Iterator[Path]:
    for pattern in entry.files:
        paths = sorted(path for path in data.glob(pattern) if path.is_file())
        if not paths:
            raise ManifestError(f"coded entry {number}: no file matches '{pattern}'. Check the pattern; it is relative to the folder of the manifest.")
        yield from paths


def _shown(path: Path, data: Path) -> str:
    return path.relative_to(data).as_posix()


def _table_key(manifest: Manifest, data: Path) -> list[str]:
    """What the recordings table says decides how coded rows end (length, known recordings)."""
    table = manifest.tables.observations
    path = data / table.file if table.file else None
    return [table.model_dump_json(), checksum(path) if path and path.is_file() else ""]


def _digest(*parts: str) -> str:
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


@dataclass(frozen=True)
class Loaded:
    """One file whose rows were staged, or `fault` why nothing of it could be read."""

    file: CodedFile
    reading: Reading | None
    notes: tuple[Note, ...] = ()
    fault: str = ""


def load(connection: duckdb.DuckDBPyConnection, file: CodedFile, scratch: Path, position: int) -> Loaded:
    """Stages the rows of one file as text; a file that cannot be read leaves a fault and no rows."""
    folder = scratch / f"file-{file.source_id}"
    folder.mkdir()
    try:
        reading = read_coded(file.path, file.entry, folder)
        _stage(connection, file, reading)
    except UserError as fault:
        stage.forget_source(connection, file.source_id)
        return Loaded(file, None, fault=str(fault))
    _describe(connection, file, reading, position)
    return Loaded(file, reading, tuple(reading.notes) + tuple(reading.found))


def _stage(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading) -> None:
    cells = reading.cells
    columns = {field: getattr(cells, "offset" if field == "stop" else "offset_f" if field == "stop_f" else field) for field in stage.FIELDS}
    constants = {**reading.constants, **({"observation": reading.observation_name} if reading.observation_name else {})}
    delimiter = reading.table.delimiter if reading.table else ";"
    select = stage.fields(columns, constants, cells.modifiers, reading.width, delimiter, split=file.entry.split_subjects)
    if reading.layout == "samples":
        _keep_cells(connection, reading)
        stage.stage_rows(connection, file.source_id, "stage.cells", select)
        _runs(connection, file, reading, columns, constants)
    elif not _stage_table(connection, file, reading, select):
        for chunk in reading.chunks():
            stage.stage_chunk(connection, file.source_id, chunk, reading.width, select)
    _mark_faults(connection, file, reading)


def _stage_table(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, select: str) -> bool:
    """The quick road: DuckDB reads the file itself, when it finds exactly as many rows as the file has lines."""
    rows = _table_rows(reading)
    if rows is None or reading.table is None:
        return False
    try:
        count = stage.stage_rows(connection, file.source_id, rows, select)
    except duckdb.Error:
        stage.forget_source(connection, file.source_id)
        return False
    if count != reading.table.data_lines:
        stage.forget_source(connection, file.source_id)
        return False
    return True


def _table_rows(reading: Reading) -> str | None:
    table = reading.table
    return table and stage.csv_rows(table.path, table.delimiter, table.quote, table.header_line, reading.width)


def _keep_cells(connection: duckdb.DuckDBPyConnection, reading: Reading) -> None:
    """Keeps the cells of a sampled file: by DuckDB where it finds every line, else chunk by chunk."""
    rows = _table_rows(reading)
    if rows is not None and reading.table is not None:
        try:
            if stage.keep_cells(connection, rows) == reading.table.data_lines:
                return
        except duckdb.Error:
            pass
    stage.empty_cells(connection, reading.width)
    for chunk in reading.chunks():
        stage.add_cells(connection, chunk, reading.width)


def _runs(
    connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, columns: dict[str, int | None], constants: dict[str, str]
) -> None:
    """Run-length encodes each channel; a modifier counts as part of the state only where the scheme says so."""
    for channel in reading.cells.channels:
        groups = [file.scheme.group_by_name[channel.behaviour_group]] if channel.behaviour_group in file.scheme.group_by_name else file.scheme.groups
        modifier = channel.modifier if any(group.modifier_in_state for group in groups) else None
        cells = stage.channel_cells(columns, constants, (channel.subject, channel.code, modifier), channel.behaviour_group, reading.decimal)
        stage.stage_runs(connection, file.source_id, cells)


def _mark_faults(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading) -> None:
    faults = [(file.source_id, note.line, note.kind) for note in (*reading.notes, *reading.found) if note.rejects_row]
    if faults:
        stage.mark_faults(connection, pd.DataFrame(faults, columns=["source_id", "line", "fault"]))


def _describe(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, position: int) -> None:
    entry = file.entry
    row = (
        file.source_id, reading.layout, reading.time_rule, reading.decimal, entry.overlap == "later_wins", entry.time_offset_ms,
        list(entry.tool_step_ms), position,
    )
    stage.describe(connection, row)
    marks = pd.DataFrame([(file.source_id, word, mark) for word, mark in reading.marks.items()], columns=["source_id", "word", "mark"])
    stage.add(connection, "mark", marks)
