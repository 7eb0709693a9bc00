"""Reads Observer text (.odf) of older Observers: lines '<seconds> <subject>,<behaviour>' between {start} and {end}."""

import re
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.observer_time import decimal_of
from pipeline.readers.reading import STILL_OPEN, CellEvent, Cells, Note, Reading
from pipeline.readers.rows import Row, in_chunks
from pipeline.readers.text import as_utf8, sniff

COLUMNS = ("time", "subject", "behaviour")
CELLS = Cells(observation=None, onset=0)
START, END = "{start}", "{end}"
SUFFIX = re.compile(r"(?P<code>.*)_(?P<mark>start|end)", re.IGNORECASE | re.DOTALL)
LARGEST_BYTES = 50_000_000
DROPPED = "The row was dropped. Add its start in the coding tool and import again."

Key = tuple[str, str]
"""Subject and behaviour."""


@dataclass
class _Walk:
    """States that run at the moment: those opened by _start, and per subject the one that its next line ends."""

    started: dict[Key, tuple[int, str]] = field(default_factory=dict)
    running: dict[str, tuple[int, str, str]] = field(default_factory=dict)
    events: list[CellEvent] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)
    name: str = ""

    def take(self, line: int, time: str, subject: str, behaviour: str) -> None:
        """One line: it ends the subject's running state, and starts or ends one of its own."""
        ended = self.running.pop(subject, None)
        if ended is not None:
            self._event(subject, ended[2], ended[0], ended[1], line, time)
        hit = SUFFIX.fullmatch(behaviour)
        if hit is None:
            self.running[subject] = (line, time, behaviour)
        elif hit["mark"].casefold() == "start":
            self._start(line, time, (subject, hit["code"].strip()))
        else:
            self._end(line, time, (subject, hit["code"].strip()), ended)

    def _start(self, line: int, time: str, key: Key) -> None:
        if key in self.started:
            before, onset = self.started[key]
            self._event(*key, before, onset, line, time)
            detail = f"The state '{key[1]}' starts again at {time} s before it has ended."
            self.notes.append(Note("start_start", "warning", detail, "The first was ended at the second start.", line))
        self.started[key] = (line, time)

    def _end(self, line: int, time: str, key: Key, ended: tuple[int, str, str] | None) -> None:
        if key in self.started:
            before, onset = self.started.pop(key)
            self._event(*key, before, onset, line, time)
        elif ended is None or ended[2] != key[1]:
            detail = f"The state '{key[1]}' ends at {time} s, but no start of it was read."
            self.notes.append(Note("end_without_start", "warning", detail, DROPPED, line=line, rejects_row=True))

    def close(self) -> None:
        """States that never end."""
        for key, (line, onset) in self.started.items():
            self._event(*key, line, onset, line, STILL_OPEN)
        for subject, (line, onset, behaviour) in self.running.items():
            self._event(subject, behaviour, line, onset, line, STILL_OPEN)
        self.events.sort(key=lambda event: event.line)

    def _event(self, subject: str, behaviour: str, line: int, onset: str, stop_line: int, offset: str) -> None:
        self.events.append(CellEvent(line, self.name, subject, "", behaviour, onset, offset, stop_line=stop_line))


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """An .odf text; the recording has the name of the file. `_start` opens a state and `_end` closes it; a behaviour
    without either lasts until the next line of the same subject. Rows are the lines between {start} and {end}."""
    name = file_name(path)
    if path.exists() and path.stat().st_size > LARGEST_BYTES:
        text = f"{name}: the file is larger than {LARGEST_BYTES // 1_000_000} MB. It was not opened. Split it."
        raise UnreadableFile(text, file=name)
    text = sniff(path, entry.encoding, ",")
    with as_utf8(text, scratch).open(encoding="utf-8-sig", newline="") as file:
        lines = [line.rstrip("\r\n") for line in file][: text.lines]
    rows, notes = _rows(lines, path)
    sound = [(number, cells) for number, cells in rows if any(cells) and number not in {note.line for note in notes}]
    decimal, more = decimal_of((cells[0] for _, cells in sound), entry)
    walk = _Walk(name=path.stem)
    for number, (time, subject, behaviour) in sound:
        walk.take(number, time, subject, behaviour)
    walk.close()
    return Reading(
        path,
        "observer_text",
        "cells",
        "seconds",
        CELLS,
        len(COLUMNS),
        decimal=decimal,
        chunks=lambda: in_chunks(iter(rows)),
        events=lambda: iter(walk.events),
        notes=(*text.notes, *more, *notes, *walk.notes),
        dialect=f"{text.encoding.upper()}, Observer text",
        observation_name=path.stem,
    )


def _rows(lines: list[str], path: Path) -> tuple[list[Row], list[Note]]:
    """Rows between {start} and {end} as (line, time, subject, behaviour), and what was wrong with some."""
    first = next((number for number, line in enumerate(lines, 1) if START in line.casefold()), None)
    if first is None:
        name = file_name(path)
        text = f"{name}: no line holds {START}, so this is no Observer text. Choose the .odf file, or export it again."
        raise UnreadableFile(text, file=name)
    last = next((number for number in range(first + 1, len(lines) + 1) if END in lines[number - 1].casefold()), None)
    notes = [] if last else [_endless()]
    found = [(number, _cells(lines[number - 1])) for number in range(first + 1, last or len(lines) + 1)]
    notes += [_misshapen(number) for number, cells in found if cells[0] and not cells[2]]
    if not found:
        notes.append(Note("no_rows", "warning", "The file has no events.", "Nothing was read from it."))
    return found, notes


def _cells(line: str) -> list[str]:
    """'12.5 the baby,Looks, away' as its time, subject and behaviour; a line of another shape in its first cell."""
    time, _, rest = line.strip().partition(" ")
    subject, comma, behaviour = rest.partition(",")
    cells = [time, subject.strip(), behaviour.strip()]
    return cells if comma and all(cells) else [line.strip(), "", ""]


def _misshapen(line: int) -> Note:
    detail = "The row is not made of seconds, a blank, a subject, a comma and a behaviour."
    return Note(
        "malformed_cell", "error", detail, "The row was refused. Correct it and import again.", line, rejects_row=True
    )


def _endless() -> Note:
    detail = f"No line holds {END}."
    return Note("no_end", "warning", detail, "The file was read to its last line. If it was cut off, export it again.")
