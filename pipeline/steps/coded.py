"""Coded files of a study: which are new, how they are read, and their rows in the staging tables."""

from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import duckdb
import pandas as pd

from db import stage
from db.publish import checksum
from pipeline.catalogue.manifest import Coded, Manifest
from pipeline.catalogue.scheme import Scheme, load_scheme, scheme_path
from pipeline.errors import ManifestError, UserError, did_you_mean, listed
from pipeline.readers.observer_template import read_template
from pipeline.readers.reading import CHUNK_ROWS, CellEvent, Channel, Note, Reading
from pipeline.readers.registry import format_of, read_coded
from pipeline.steps.source_files import content_sum, digest, matches, shown, try_to_open

RULES_VERSION = "1"
"""Part of every import key: files are read again when the rules change."""

BIG_BYTES = 64 * 2**20
"""Files from this size stay in the cells DuckDB read; smaller ones are gathered in one table."""


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
    """The scheme of one entry, else the study's: a name, a .toml file or an Observer template beside the manifest."""
    name = entry.scheme or str(manifest.study.scheme)
    if name.casefold().endswith((".otx", ".otb")):
        return read_template(folder / name)
    return load_scheme(scheme_path(name, folder))


def coded_files(manifest: Manifest, folder: Path, data: Path, first_id: int) -> list[CodedFile]:
    """All coded files the manifest names, in its order.

    Raises ManifestError when a pattern finds no file or two entries name one file.
    """
    shared = digest(*(_table_key(manifest, data)), RULES_VERSION)
    found: dict[Path, CodedFile] = {}
    for number, entry in enumerate(manifest.coded, start=1):
        format_of(entry.format)
        scheme = entry_scheme(manifest, entry, folder)
        _check_tiers(entry, scheme, number)
        for path in matches(entry.files, data, f"coded entry {number}"):
            if path in found:
                raise ManifestError(f"'{shown(path, data)}' is named by two coded entries. Name it in one of them.")
            sha256 = _content(path, entry)
            key = digest(sha256, scheme.model_dump_json(), entry.model_dump_json(), shared)
            found[path] = CodedFile(first_id + len(found), path, shown(path, data), entry, scheme, sha256, key)
    return list(found.values())


def _content(path: Path, entry: Coded) -> str:
    """Checksum of a file; of both files and of their place where a second one belongs to it, since then the names of
    file and folder say who was coded by whom."""
    beside = format_of(entry.format).beside
    if not beside:
        return content_sum(path)
    return digest(*map(content_sum, (path, path.with_name(path.name + beside))), path.parent.name, path.name)


def _check_tiers(entry: Coded, scheme: Scheme, number: int) -> None:
    """Raises ManifestError where a tier is given a behaviour group that the scheme lacks."""
    known = {text.casefold() for group in scheme.groups for text in (group.name, group.title)}
    for name, tier in entry.tiers.items():
        if tier.behaviour_group is not None and tier.behaviour_group.casefold() not in known:
            wrong, choices = tier.behaviour_group, tuple(scheme.group_by_name)
            text = f"coded entry {number}, tier '{name}': '{wrong}' is not a behaviour group of scheme {scheme.name}."
            raise ManifestError(f"{text}{did_you_mean(wrong, choices)} Choose one of: {listed(choices)}.", value=wrong)


def _table_key(manifest: Manifest, data: Path) -> list[str]:
    """What decides which recordings are known and how long they are: the tables of recordings, dyads and people."""
    tables = manifest.tables
    parts = [manifest.study.protocol or ""]
    for table in (tables.observations, tables.dyads, tables.people, tables.families):
        path = data / table.file if table and table.file else None
        parts += [table.model_dump_json() if table else "", checksum(path) if path and path.is_file() else ""]
    return parts


@dataclass(frozen=True)
class Loaded:
    """One file whose rows were staged, or `fault` why nothing of it could be read.

    `kept` are its rows where a big file's cells stay as read.
    """

    file: CodedFile
    reading: Reading | None
    notes: tuple[Note, ...] = ()
    fault: str = ""
    kept: str | None = None


def load(connection: duckdb.DuckDBPyConnection, file: CodedFile, scratch: Path, position: int) -> Loaded:
    """Stages the rows of one file as text; a file that cannot be read leaves a fault and no rows."""
    folder = scratch / f"file-{file.source_id}"
    folder.mkdir()
    try:
        try_to_open(file.path)
        reading = read_coded(file.path, file.entry, folder)
        kept = _stage(connection, file, reading)
    except UserError as fault:
        stage.forget_source(connection, file.source_id)
        return Loaded(file, None, fault=str(fault))
    _describe(connection, file, reading, position)
    return Loaded(file, reading, tuple(reading.notes) + tuple(reading.found), kept=kept)


def _stage(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading) -> str | None:
    columns, constants = _columns(reading), _constants(reading)
    delimiter = reading.table.delimiter if reading.table else ";"
    select = stage.fields(
        columns, constants, reading.cells.modifiers, reading.width, delimiter, file.entry.split_subjects
    )
    kept = _keep(connection, file, reading, select)
    if reading.layout == "samples":
        _stage_samples(connection, file, reading, select, kept is not None)
    elif kept is None:
        for chunk in reading.chunks():
            stage.stage_chunk(connection, file.source_id, chunk, reading.width, select)
        _stage_events(connection, file, reading)
    elif file.path.stat().st_size < BIG_BYTES:
        stage.stage_kept(connection, file.source_id, kept)
    else:
        return kept
    _mark_faults(connection, file, reading)
    return None


def _columns(reading: Reading) -> dict[str, int | None]:
    """Column positions by staged field; the reader's offset is our stop."""
    renamed = {"stop": "offset", "stop_f": "offset_f"}
    return {field: getattr(reading.cells, renamed.get(field, field)) for field in stage.FIELDS}


def _constants(reading: Reading) -> dict[str, str]:
    return {**reading.constants, **({"observation": reading.observation_name} if reading.observation_name else {})}


def _keep(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, select: str) -> str | None:
    """The quick road: DuckDB reads the file itself; taken only when it finds as many rows as the file has lines."""
    table = reading.table
    if table is None:
        return None
    rows = stage.csv_rows(table.path, table.delimiter, table.quote, table.header_line, reading.width)
    try:
        if stage.keep_cells(connection, file.source_id, rows) == table.data_lines:
            return stage.kept_rows(file.source_id, table.header_line, select)
    except duckdb.Error:
        pass
    stage.drop_cells(connection, file.source_id)
    return None


def _stage_samples(
    connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, select: str, quick: bool
) -> None:
    """Counts the rows of a sampled file and run-length encodes its channels."""
    if quick and reading.table is not None:
        stage.sample_cells(connection, stage.kept_rows(file.source_id, reading.table.header_line, "*"))
        stage.drop_cells(connection, file.source_id)
    else:
        stage.empty_samples(connection, reading.width)
        for chunk in reading.chunks():
            stage.add(connection, "samples", stage.frame(chunk, reading.width))
    stage.stage_samples(connection, file.source_id, select)
    for channel in reading.cells.channels:
        cells = stage.channel_cells(
            _columns(reading),
            _constants(reading),
            (channel.subject, channel.code, _state_modifier(file, channel)),
            channel.behaviour_group,
            reading.decimal,
        )
        stage.stage_runs(connection, file.source_id, cells)


def _stage_events(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading) -> None:
    """The events of a file whose rows are cells: each is read as a run of one row."""
    events, split = reading.events(), file.entry.split_subjects
    while some := list(islice(events, CHUNK_ROWS)):
        frame = pd.DataFrame([vars(_of_one(event) if split else event) for event in some], dtype="str")
        lines, ends = frame["line"].astype("int64"), frame["stop_line"].astype("int64")
        numbers = {"line": lines, "stop_line": ends.where(ends > 0, lines)}
        runs = frame.rename(columns={"offset": "stop"}).assign(source_id=file.source_id, **numbers)
        stage.add(connection, "run", runs)


def _of_one(event: CellEvent) -> CellEvent:
    """The event in a recording of its subject alone."""
    return replace(event, observation=f"{event.observation} / {event.subject}", subject="")


def _state_modifier(file: CodedFile, channel: Channel) -> int | None:
    """The modifier column, where the scheme makes the modifier part of the state."""
    named = file.scheme.group_by_name.get(channel.behaviour_group or "")
    groups = [named] if named else list(file.scheme.groups)
    return channel.modifier if any(group.modifier_in_state for group in groups) else None


def _mark_faults(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading) -> None:
    faults = [(file.source_id, note.line, note.kind) for note in (*reading.notes, *reading.found) if note.rejects_row]
    if faults:
        stage.mark_faults(connection, pd.DataFrame(faults, columns=["source_id", "line", "fault"]))


def _describe(connection: duckdb.DuckDBPyConnection, file: CodedFile, reading: Reading, position: int) -> None:
    """How the rows of the file are read, for the row rules."""
    entry = file.entry
    row = (
        file.source_id,
        reading.layout,
        reading.time_rule,
        reading.decimal,
        entry.overlap == "later_wins",
        entry.time_offset_ms,
        list(entry.tool_step_ms),
        position,
        list(_constants(reading)),
        format_of(entry.format).one_subject,
    )
    stage.describe(connection, row)
