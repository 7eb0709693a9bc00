"""Writes the events of the current study into a file of another tool."""

import errno
import os
from argparse import Namespace
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from db import queries, queries_export
from pipeline.errors import StudyError, did_you_mean, listed
from pipeline.steps.open_study import current_generation, open_generation
from pipeline.writers.study_events import StudyEvents

WRITERS = {
    "long_csv": "pipeline.writers.long_csv",
    "boris": "pipeline.writers.boris",
    "gridware": "pipeline.writers.gridware",
    "sdis": "pipeline.writers.sdis",
    "nova": "pipeline.writers.nova",
}
"""Formats that can be written, and their writers."""
UNFINISHED = ".unfinished-"
"""So begins the name of the folder in which files are written before they get their own names."""
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def run_export(options: Namespace) -> None:
    """Writes the events of the current study in one format and says where."""
    current = current_generation()
    if current is None:
        raise StudyError("There is no study yet. Import one first: python -m pipeline import STUDY.toml.")
    with open_generation(current) as connection:
        study = study_events(connection.cursor(), options.coder, options.group)
    names = write_files(study, options.format, options.out)
    events, recordings = len(study.events), study.events["observation_id"].nunique()
    what = f"{len(names)} files" if len(names) > 1 else names[0]
    print(f"{what} written to {options.out}: {events:,} events of {recordings:,} recordings.")


def study_events(cursor: duckdb.DuckDBPyConnection, coder: str | None, group: str | None) -> StudyEvents:
    """The events to write: of the analysed coders or of one, of all groups or of one; StudyError names the choices."""
    _require(coder, queries_export.export_coders(cursor), "coder")
    _require(group, sorted(queries.groups(cursor)["behaviour_group"]), "behaviour group")
    events = queries_export.export_events(cursor, coder, group)
    if events.empty:
        raise StudyError("There are no such events in this study. Choose another coder or group. Nothing was written.")
    columns = ["observation_id", "start_ms", "end_ms", "infant_age_months", "child_sex"]
    return StudyEvents(events, queries.observations(cursor)[columns], queries.codes(cursor))


def _require(value: str | None, known: list[str], what: str) -> None:
    if value is not None and value not in known:
        text = f"'{value}' is no {what} of this study.{did_you_mean(value, known)}"
        raise StudyError(f"{text} Choose one of: {listed(known)}. Nothing was written.", value=value)


def write_files(study: StudyEvents, format_name: str, folder: Path) -> list[str]:
    """Writes all files of one format into a folder, or none; returns their names. Nothing is written over."""
    if format_name not in WRITERS:
        text = f"'{format_name}' cannot be written.{did_you_mean(format_name, tuple(WRITERS))}"
        raise StudyError(f"{text} Choose one of: {listed(tuple(WRITERS))}.", value=format_name)
    files = dict(import_module(WRITERS[format_name]).write(study))
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _refuse_existing(folder, list(files))
        with TemporaryDirectory(dir=folder, prefix=UNFINISHED) as unfinished:
            for name, text in files.items():
                (Path(unfinished) / name).parent.mkdir(exist_ok=True)
                (Path(unfinished) / name).write_text(text, encoding="utf-8", newline="")
            for name in files:
                (folder / name).parent.mkdir(exist_ok=True)
                os.replace(Path(unfinished) / name, folder / name)
    except OSError as fault:
        if fault.errno in FULL:
            raise StudyError("Export not written: disk full. Free some room, or name another --out.") from None
        text = f"The files cannot be written to {folder} ({fault.strerror})."
        raise StudyError(f"{text} Choose another folder with --out.") from None
    return sorted(files)


def _refuse_existing(folder: Path, names: list[str]) -> None:
    there = [name for name in names if (folder / name).exists()]
    if there:
        text = f"{folder} holds {there[0]} already. Choose an empty folder with --out, or move the old files away."
        raise StudyError(f"{text} Nothing was written.", file=there[0])
