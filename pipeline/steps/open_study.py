"""Opens what is published, or says in one sentence why that cannot be and what would do."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import duckdb

from db import connect, failures, publish, queries
from db.connect import Current, PointerDamaged
from pipeline.errors import StudyError, file_name

AGAIN = "import the study again with `python -m pipeline import STUDY.toml`"
POINTER_DAMAGED = (
    "CURRENT.json: this file is damaged. Put it back from a backup, or choose a generation with "
    "`python -m pipeline restore NUMBER` (the numbers are those of the files in published/)."
)

NOT_AS_WRITTEN = "The new generation did not read back as it was written; the disk may be failing. Nothing was changed."
MEMORY = os.environ.get("DYADSCOPE_MEMORY", "1200MB")
"""How much a build may use before it goes to the disk."""


@contextmanager
def building_in_words() -> Iterator[None]:
    """What can go wrong with the database and the disk while a generation is built, as StudyError in our words."""
    try:
        yield
    except PointerDamaged:
        raise StudyError(POINTER_DAMAGED) from None
    except publish.Damaged:
        raise StudyError(NOT_AS_WRITTEN) from None
    except (duckdb.Error, OSError) as fault:
        words = failures.sentence(fault)
        if words is None:
            raise
        raise StudyError(words) from None


def current_generation() -> Current | None:
    """The generation that is current on disk, None before the first import; StudyError when CURRENT.json is damaged."""
    try:
        return connect.current(connect.home())
    except connect.PointerDamaged:
        raise StudyError(POINTER_DAMAGED) from None
    except OSError as fault:
        raise StudyError(f"CURRENT.json: this file cannot be read ({fault.strerror}).") from None


def open_generation(current: Current) -> duckdb.DuckDBPyConnection:
    """A read-only handle on a generation whose schema this program knows; StudyError otherwise."""
    name = file_name(current.file)
    if not current.file.is_file():
        raise StudyError(f"{name}: this file is missing. Put it back from a backup, or {AGAIN}.")
    try:
        reader = connect.open_reader(current.file)
        version = queries.study(reader.cursor()).get("schema_version", "none")
    except duckdb.Error:
        raise StudyError(_damaged(name, current.number)) from None
    if version != connect.SCHEMA_VERSION:
        raise StudyError(
            f"{name}: this study was made by another version of Dyadscope (its schema is {version}, this program reads "
            f"{connect.SCHEMA_VERSION}). To rebuild it, {AGAIN}."
        )
    return reader


def explained(fault: Exception) -> str | None:
    """A failure of the database or the disk in our words; None when it is something else."""
    return failures.sentence(fault) if isinstance(fault, duckdb.Error | OSError) else None


def _damaged(name: str, number: int) -> str:
    before = f"go back with `python -m pipeline restore {number - 1}`" if number > 1 else "put it back from a backup"
    return f"{name}: this file is damaged, or not a Dyadscope study. Nothing was changed. Now {before}, or {AGAIN}."
