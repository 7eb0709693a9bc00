"""What happens to every row of every table: accepted, rejected or blank, with an issue for each refused or mended."""

import os
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.errors import file_name
from pipeline.readers.reading import Note
from pipeline.readers.table import TextTable
from pipeline.steps.cohort_values import id_key

FROM_NAMES = "observation names"
"""Where rows come from that were made from the names of the coded recordings and not from a file."""

SHOWN = 100
"""So many issues of one kind are listed one by one per file; further ones are counted in one more row."""


@dataclass(frozen=True)
class Place:
    """Where something was found: file (relative to the manifest), line, recording."""

    file: str
    line: int | None = None
    observation_id: str | None = None

    def said(self, detail: str) -> str:
        """The sentence with where it belongs in front: 'people.csv, line 4: the sex is ...'."""
        where = file_name(self.file) + (f", line {self.line}" if self.line else "")
        ours = len(detail) > 1 and detail[1].islower()
        return f"{where}: {detail[0].lower() + detail[1:] if ours else detail}"


@dataclass
class _FileRows:
    table: TextTable
    rejected: set[int] = field(default_factory=set)


class Log:
    """Collects issues and the outcome of every row while a cohort is built."""

    def __init__(self, folder: Path):
        self.folder = folder
        self._files: dict[str, _FileRows] = {}
        self._issues: list[dict] = []
        self._seen: Counter[tuple[str, str]] = Counter()
        self._more: dict[tuple[str, str], dict] = {}
        self._alike: dict[tuple[int, int], dict[str, str]] = {}

    def opened(self, table: TextTable, sheet: str | None = None) -> str:
        """Notes a file and what its reader found; one that several entries name is counted once.

        Returns what it is called in sources and issues: its path from the manifest's folder with forward slashes, and
        the sheet in brackets where the manifest names one.
        """
        path = Path(os.path.relpath(table.path, self.folder)).as_posix()
        file = f"{path} [{sheet}]" if sheet else path
        if file not in self._files:
            self._files[file] = _FileRows(table)
            for note in table.notes:
                self._note(file, note)
        return file

    def _note(self, file: str, note: Note) -> None:
        place = Place(file, note.line)
        self.issue(note.kind, note.severity, place, note.detail, note.action, count=note.count)

    def issue(self, kind: str, severity: str, place: Place, detail: str, action: str, count: int = 1) -> None:
        """One issue; beyond the first 100 of a kind in a file they are only counted."""
        key = (kind, place.file)
        self._seen[key] += 1
        row = {"kind": kind, "severity": severity, "file": place.file, "line": place.line, "detail": place.said(detail)}
        row |= {"observation_id": place.observation_id, "action": action, "count": count}
        if self._seen[key] <= SHOWN:
            self._issues.append(row)
        elif key in self._more:
            self._more[key]["count"] += count
        else:
            more = f"{place.file}: there are further rows like the {SHOWN} that are listed."
            self._more[key] = row | {"line": None, "observation_id": None, "detail": more}

    def reject(self, kind: str, place: Place, detail: str, action: str) -> None:
        """Refuses a row: an error, and the row counts as rejected."""
        if place.file in self._files and place.line is not None:
            self._files[place.file].rejected.add(place.line)
        self.issue(kind, "error", place, detail, f"The row was refused. {action}")

    def suggestion(self, identifier: str, known: dict) -> str:
        """' Did you mean 'P1'?' for an unknown identifier that differs in capitals or blanks only, else ''.

        One letter more or less is not enough: neighbouring numbers are other people.
        """
        key = (id(known), len(known))
        if key not in self._alike:
            self._alike[key] = {id_key(other): other for other in known}
        alike = self._alike[key].get(id_key(identifier))
        return f" Did you mean '{alike}'?" if alike else ""

    def issues(self) -> list[dict]:
        """All issues so far."""
        return [*self._issues, *self._more.values()]

    def sources(self) -> list[dict]:
        """One row per file; rows = accepted + rejected + blank."""
        return [_source(file, rows) for file, rows in self._files.items()]


def _source(file: str, rows: _FileRows) -> dict:
    table = rows.table
    rejected = table.refused + len(rows.rejected)
    counts = {"rows": table.total, "accepted": table.total - table.blank - rejected, "rejected": rejected}
    found = {"path": file, "sha256": table.sha256, "bytes": table.size, "format": table.format}
    return found | {"dialect": table.dialect} | counts | {"blank": table.blank}
