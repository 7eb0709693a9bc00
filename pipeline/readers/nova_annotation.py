"""Reads NOVA / DISCOVER annotations (.annotation with .annotation~ beside it): segments of classes or of free text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

from pipeline.catalogue.manifest import Coded, Tier
from pipeline.catalogue.nova_names import ROLES
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.nova_header import NovaHeader, read_header
from pipeline.readers.nova_rows import SCORE, WIDTH, NovaData, blocks, open_data
from pipeline.readers.reading import CellEvent, Cells, Note, Reading
from pipeline.readers.rows import in_chunks
from pipeline.readers.tiers import left_out_note, subject_of, tier_of

CELLS = Cells(observation=None, onset=0, offset=1)
NUMBER = re.compile(r"-?\d{1,9}", re.ASCII)
MODIFIER = re.compile(r"modifier=(.*)", re.DOTALL)
"""How our own writer keeps a modifier in the fifth cell."""
SUBJECTS = {role: subject for subject, role in ROLES.items()}


@dataclass
class Counted:
    """What one look through the rows counts."""

    rows: int = 0
    uncoded: int = 0


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A DISCRETE or FREE annotation; lines are those of the data file. The recording has the name of the folder, the
    coder is the annotator. Time of the class -1 (Garbage) and gaps are not coded.

    Raises UnreadableFile: a damaged head, a missing or damaged data file, other kinds of annotation.
    """
    header = read_header(path)
    if header.kind == "CONTINUOUS":
        name = file_name(path)
        text = f"{name}: this is a CONTINUOUS annotation: values over time, not codes."
        raise UnreadableFile(f"{text} Leave it out of the coded files.", file=name)
    data = open_data(header, scratch, entry.encoding, entry.decimal)
    tier = tier_of(entry, f"{header.role}.{header.scheme}", header.scheme)
    counted = _count(data)
    return Reading(
        path,
        "nova",
        "cells",
        "seconds",
        CELLS,
        WIDTH,
        chunks=lambda: in_chunks(_checked(data)),
        events=lambda: _events(data, tier, entry),
        notes=(*header.notes, *data.notes, *_notes(header, tier, counted)),
        found=data.found,
        dialect=header.words,
        observation_name=path.absolute().parent.name or None,
    )


def _checked(data: NovaData) -> Iterator[tuple[int, list[str]]]:
    """All rows; those of a class that the file's own scheme lacks are noted in `found`."""
    for line, cells in data.rows():
        if not _at_fault(data, line) and data.header.kind == "DISCRETE" and any(cells):
            number = class_number(cells)
            if number is None or (number not in data.header.classes and not data.header.is_uncoded(number)):
                data.found.append(_stranger(data.header, line, cells[2].strip()))
        yield line, cells


def _at_fault(data: NovaData, line: int) -> bool:
    return bool(data.found) and data.found[-1].line == line


def class_number(cells: list[str]) -> int | None:
    """The class of a row of DISCRETE; None where the cell holds no whole number."""
    text = cells[2].strip()
    return int(text) if NUMBER.fullmatch(text) else None


def _stranger(header: NovaHeader, line: int, text: str) -> Note:
    known = ", ".join(f"{number} {name}" for number, name in sorted(header.classes.items())[:12]) or "none"
    detail = f"The class '{text[:40]}' is none of those the file names: {known}."
    action = "The row was refused. Correct it in NOVA and export it again."
    return Note("malformed_cell", "error", detail, action, line=line, rejects_row=True)


def _count(data: NovaData) -> Counted:
    counted = Counted()
    for _, cells in data.rows():
        filled = any(cells)
        counted.rows += filled
        if filled and data.header.kind == "DISCRETE":
            number = class_number(cells)
            counted.uncoded += number is not None and data.header.is_uncoded(number)
    return counted


def _events(data: NovaData, tier: Tier | None, entry: Coded) -> Iterator[CellEvent]:
    """One event per segment of a class, or of text; none where the manifest leaves the scheme out."""
    if tier is None:
        return
    header = data.header
    words = {
        "observation": header.path.absolute().parent.name,
        "subject": _subject(header, tier, entry),
        "behaviour_group": tier.behaviour_group or header.scheme,
        "coder": tier.coder or ("" if entry.coder else header.annotator),
    }
    for line, cells in _checked(data):
        if _at_fault(data, line) or not any(cells) or (code := _code(header, cells)) is None:
            continue
        start, stop = (data.number(cell) for cell in cells[:2])
        hit = MODIFIER.fullmatch(cells[4].strip())
        event = {"code": tier.code or code, "onset": start, "offset": stop, "modifier": hit[1] if hit else ""}
        yield CellEvent(line, **event, **words)


def _code(header: NovaHeader, cells: list[str]) -> str | None:
    """Name of the class, or the text; None where the time was not coded."""
    if header.kind == "FREE":
        return " ".join(cells[2].split())
    number = class_number(cells)
    return None if number is None or header.is_uncoded(number) else header.classes[number]


def _subject(header: NovaHeader, tier: Tier, entry: Coded) -> str:
    """Whose behaviour it is: the manifest's word, else the role; `caretaker` is the caregiver unless it says who."""
    named = subject_of(tier, entry, header.role) or ("" if tier.subject or entry.subject else header.role)
    mapped = {label.casefold() for label in entry.subjects}
    return named if named.casefold() in mapped else SUBJECTS.get(named.casefold(), named)


def _notes(header: NovaHeader, tier: Tier | None, counted: Counted) -> Iterator[Note]:
    if not counted.rows:
        yield Note("no_rows", "warning", "The annotation has no segments.", "Nothing was read from it.")
    if header.size != counted.rows:
        says = "no number of rows" if header.size is None else f"{header.size:,} rows"
        detail = f"The head speaks of {says}; the data file holds {counted.rows:,}."
        action = "All rows of the data file were read. If it was cut off, copy it again."
        yield Note("size_differs", "warning", detail, action)
    if tier is None:
        yield from left_out_note([header.scheme], "scheme")
    elif counted.uncoded:
        detail = (
            f"{counted.uncoded:,} {'segment is' if counted.uncoded == 1 else 'segments are'} of no class (Garbage)."
        )
        yield Note("garbage", "info", detail, "Their time counts as not coded.", count=counted.uncoded)


@dataclass(frozen=True)
class NovaScores:
    """A CONTINUOUS annotation: `values` float32 (n, 2), score and confidence; row i at i / rate s, nan = no score."""

    header: NovaHeader
    rate: Fraction
    values: np.ndarray
    refused: int = 0
    notes: tuple[Note, ...] = ()


def read_continuous(path: Path) -> NovaScores:
    """The values of a CONTINUOUS annotation; UnreadableFile when it is another kind, damaged, or has no rate."""
    header, name = read_header(path), file_name(path)
    if header.kind != "CONTINUOUS":
        text = f"{name}: this is a {header.kind} annotation: segments, not values over time."
        raise UnreadableFile(f"{text} Name it among the coded files.", file=name)
    rate = _rate(header)
    with TemporaryDirectory() as scratch:
        data = open_data(header, Path(scratch))
        if header.binary:
            found = [np.column_stack([block["score"], block["confidence"]]) for _, block in blocks(header.data, SCORE)]
        else:
            found = [_pairs(data)]
    values = np.concatenate(found) if found else np.empty((0, 2), np.float32)
    return NovaScores(header, rate, values, len(data.found), (*header.notes, *data.notes, *data.found))


def _rate(header: NovaHeader) -> Fraction:
    text = header.rate
    rate = Fraction(text) if re.fullmatch(r"\d{1,6}(\.\d{1,9})?", text, re.ASCII) else Fraction(0)
    if rate <= 0:
        name = file_name(header.path)
        text = f"{name}: the head names no samples per second (sr), so nothing says when a value holds."
        raise UnreadableFile(f"{text} Export it again.", file=name)
    return rate


def _pairs(data: NovaData) -> np.ndarray:
    """Score and confidence of each line; a refused line keeps its place, without a score."""
    rows = [(np.nan, np.nan) if _at_fault(data, line) else _pair(data, cells) for line, cells in data.rows()]
    return np.array(rows, dtype=np.float32).reshape(-1, 2)


def _pair(data: NovaData, cells: list[str]) -> tuple[float, float]:
    found = []
    for cell in cells[:2]:
        try:
            found.append(float(data.number(cell)))
        except ValueError:
            found.append(float("nan"))
    return found[0], found[1]
