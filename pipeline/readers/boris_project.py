"""Reads `.boris` projects (JSON): states have no start or stop flag, they toggle."""

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.archive import gunzip
from pipeline.readers.boris_events import offset_note
from pipeline.readers.json_lines import Lines, read_json
from pipeline.readers.reading import Cells, Note, Reading
from pipeline.readers.rows import Row, in_chunks, own_lines

COLUMNS = ("Observation id", "Time", "Subject", "Behavior", "Modifiers", "Comment", "Status")
CELLS = Cells(observation=0, onset=1, subject=2, code=3, modifiers=(4,), comment=5, mark=6)
NO_SUBJECT = "No focal subject"
LONGEST_S = 10**9
"""No file is longer (s): what says so is not a length."""


@dataclass(frozen=True)
class Event:
    """One entry of an observation's event list, as text."""

    line: int
    time: str
    subject: str
    code: str
    modifiers: str
    comment: str


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A project file (also .gz); lines are those of the JSON text, one document (up to 200 MB) held whole."""
    unpacked = gunzip(path, scratch) if path.suffix.casefold() == ".gz" else path
    project, lines = read_json(unpacked)
    if not isinstance(project, dict) or not isinstance(project.get("observations"), dict):
        name = file_name(path)
        text = f"{name}: this is not a BORIS project (no 'observations' in it). Choose the .boris file of the project."
        raise UnreadableFile(text, file=name)
    _check(project, file_name(path))
    states = _states(project)
    found = [row for name, content in project["observations"].items() for row in _rows(name, content, states, lines)]
    numbers, numbered = own_lines([line for line, _ in found], "events")
    rows = [(number, cells) for number, (_, cells) in zip(numbers, found, strict=True)]
    return Reading(
        path,
        "boris_project",
        "marks",
        "seconds",
        CELLS,
        len(COLUMNS),
        chunks=lambda: in_chunks(rows),
        marks={"start": "start", "stop": "stop", "point": "point"},
        notes=(*numbered, *_notes(project, states)),
        dialect=f"BORIS project {project.get('project_format_version', '')}".strip(),
        lengths_ms=_lengths(project),
    )


def _check(project: dict, file: str) -> None:
    """Raises UnreadableFile where a part of the project is not of the kind that BORIS writes."""
    definitions = project.get("behaviors_conf") or {}
    if not isinstance(definitions, dict) or not all(isinstance(each, dict) for each in definitions.values()):
        text = f"{file}: the list of behaviours is not as BORIS writes it. Save the project again."
        raise UnreadableFile(text, file=file)
    for name, content in project["observations"].items():
        if not _well_formed(content):
            text = f"{file}: the observation '{name}' is not as BORIS writes it. Save the project again."
            raise UnreadableFile(text, file=file)


def _well_formed(content: Any) -> bool:
    if not isinstance(content, dict) or not isinstance(content.get("events") or [], list):
        return False
    media = content.get("media_info") or {}
    parts = [media, *(media.get(key) or {} for key in ("length", "offset"))] if isinstance(media, dict) else [media]
    events = content.get("events") or []
    return all(isinstance(part, dict) for part in parts) and all(map(_well_formed_event, events))


def _well_formed_event(event: Any) -> bool:
    return isinstance(event, list) and len(event) >= 3 and not any(isinstance(cell, list | dict) for cell in event[:5])


def _states(project: dict) -> dict[str, bool]:
    """Code -> is it a state event; codes that the project does not define are absent."""
    conf = project.get("behaviors_conf") or {}
    return {
        str(each.get("code", "")): str(each.get("type", "")).casefold().startswith("state") for each in conf.values()
    }


def _rows(observation: str, content: dict, states: dict[str, bool], lines: Lines) -> Iterator[Row]:
    """Rows in order of time; a state event is START and STOP by turns within (subject, code, modifiers)."""
    running: set[tuple[str, str, str]] = set()
    for event in _events(content, lines):
        status = "POINT"
        if states.get(event.code, False):
            stream = (event.subject, event.code, event.modifiers)
            status = "STOP" if stream in running else "START"
            running ^= {stream}
        subject = event.subject or NO_SUBJECT
        yield (
            event.line,
            [observation, event.time, subject, event.code, event.modifiers, event.comment, status],
        )


def _events(content: dict, lines: Lines) -> list[Event]:
    events = [_event(each, lines) for each in content.get("events") or []]
    return sorted(events, key=lambda event: _seconds(event.time))


def _event(raw: Any, lines: Lines) -> Event:
    cells = ["" if cell is None else str(cell) for cell in raw[:5]] + [""] * 5
    modifiers = "|".join(part.strip() for part in cells[3].split("|"))
    return Event(lines.at(raw), cells[0], cells[1].strip(), cells[2].strip(), modifiers, cells[4])


def _seconds(text: str) -> Decimal:
    """The number, infinite for what is none (it is sorted last)."""
    try:
        number = Decimal(text)
    except InvalidOperation:
        return Decimal("Infinity")
    return number if not number.is_nan() else Decimal("Infinity")


def _lengths(project: dict) -> dict[str, int]:
    """Length of each observation (ms): the files of its first player one after the other, where all are known."""
    lengths = {}
    for name, content in project["observations"].items():
        players = content.get("file")
        files = players.get("1") if isinstance(players, dict) else None
        known = (content.get("media_info") or {}).get("length") or {}
        parts = [_seconds(str(known.get(str(file), ""))) for file in files] if isinstance(files, list) else []
        if parts and all(0 <= part <= LONGEST_S for part in parts):
            lengths[name] = int((sum(parts) * 1000).to_integral_value())
    return lengths


def _notes(project: dict, states: dict[str, bool]) -> Iterator[Note]:
    for name, content in project["observations"].items():
        if not content.get("events"):
            detail = f"The observation '{name}' has no events."
            yield Note("no_rows", "info", detail, "Nothing was read from it.")
        yield from offset_note(str(content.get("time offset", "")))
        yield from _media_offsets(name, content)
        yield from _undefined(name, content, states)


def _media_offsets(name: str, content: dict) -> Iterator[Note]:
    for player, offset in ((content.get("media_info") or {}).get("offset") or {}).items():
        if offset_note(str(offset)):
            detail = f"In the observation '{name}', player {player} is offset by {offset} s."
            yield Note("media_offset", "info", detail, "Events keep their times; only that video is shifted.")


def _undefined(name: str, content: dict, states: dict[str, bool]) -> Iterator[Note]:
    used = {str(event[2]).strip() for event in content.get("events") or [] if len(event) > 2}
    for code in sorted(used - states.keys()):
        detail = f"The observation '{name}' uses the code '{code}', which the project does not define."
        yield Note("undefined_code", "warning", detail, "Its events were read as points. Define it in the project.")
