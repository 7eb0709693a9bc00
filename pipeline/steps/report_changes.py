"""What a report says other than when it was last made from other data: numbers that moved, rows that came or went."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

from pipeline.plain_words import counted
from pipeline.steps.release import T
from pipeline.steps.report_items import Piece, Report
from pipeline.steps.report_spec import FOLDER
from pipeline.steps.report_text import cell, clean
from pipeline.steps.whole_file import write_whole

BUILT = "built"
MOST_KEPT = 5
"""So many generations are kept of what a report said."""
NOT_WORDS = ("colour", "unobservable", "place")
"""Labels that only say how a row is drawn."""
NOT_KEPT = "what this report says was not kept, {}. Check the study folder."
DIGITS = 3


@dataclass(frozen=True)
class Change:
    """`what`: 'moved', 'new' or 'gone'; of which item, row and number, and what it was and is."""

    what: str
    item: str
    row: str
    column: str = ""
    before: str = ""
    after: str = ""


@dataclass(frozen=True)
class Changes:
    """Since which generation; `close`: that of an item only 1 to T - 1 families came or went."""

    number: int
    day: str
    found: tuple[Change, ...]
    close: bool = False

    @property
    def words(self) -> str:
        """How many numbers moved and rows came or went, in a sentence."""
        counts = {what: sum(one.what == what for one in self.found) for what in ("moved", "new", "gone")}
        since = f"Since generation {self.number} ({self.day})"
        if not self.found:
            return f"{since} nothing has changed."
        parts = [
            f"{counted(counts['moved'], 'number')} moved", f"{counted(counts['new'], 'row')} came",
            f"{counted(counts['gone'], 'row')} went",
        ]  # fmt: skip
        return f"{since} {', '.join(parts)}."


CLOSE = (
    f"Since the last version 1 to {T - 1} families came or went in some item: whoever has both versions could work out "
    f"their numbers. Give this version only to people who do not have the last one, or wait until {T} families differ."
)
NOT_TOLD = "What is other than in the last version is not told here."


def said(report: Report) -> dict[str, object]:
    """Everything a report says in numbers, as plain JSON: per item its rows by label."""
    items = [_item(piece) for piece in report.pieces if piece.released is not None]
    return {"number": report.number, "sha256": report.sha256, "day": report.day, "items": items}


def _item(piece: Piece) -> dict[str, object]:
    """One item: its key (what it asks), title, families, and row -> {column in words: value as text}."""
    spec = piece.released.spec
    labels = [name for name in spec.labels if name in piece.numbers and name not in NOT_WORDS]
    columns = [name for name in piece.names if name in piece.numbers and name not in spec.labels]
    rows: dict[str, dict[str, str]] = {}
    for row in piece.numbers.to_dict("records"):
        label = ", ".join(text for name in labels if (text := cell(row[name])))
        while label in rows:
            label += " (again)"
        rows[label] = {piece.names[name]: cell(row[name], DIGITS) for name in columns}
    return {"key": key_of(piece), "title": piece.title, "families": piece.families, "rows": rows}


def key_of(piece: Piece) -> str:
    """What an item asks, whatever it is called and wherever it stands."""
    asked = piece.item.model_dump(mode="json", exclude={"title", "figure", "table", "run"})
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


def compare(before: dict, after: dict) -> Changes:
    """What differs between two `said`; items that only one of them has are new or gone as a whole."""
    old, new = ({one["key"]: one for one in which["items"]} for which in (before, after))
    found: list[Change] = []
    for key, item in new.items():
        found += _rows(old[key], item) if key in old else [Change("new", item["title"], "the whole item")]
    found += [Change("gone", item["title"], "the whole item") for key, item in old.items() if key not in new]
    close = any(0 < abs(new[key]["families"] - old[key]["families"]) < T for key in new.keys() & old.keys())
    return Changes(before["number"], before["day"], tuple(found), close)


def _rows(old: dict, new: dict) -> list[Change]:
    """Changes of one item."""
    found = []
    for row, values in new["rows"].items():
        if row not in old["rows"]:
            found.append(Change("new", new["title"], row))
            continue
        was = old["rows"][row]
        moved = [name for name in values if values[name] != was.get(name, "")]
        found += [Change("moved", new["title"], row, name, was.get(name, ""), values[name]) for name in moved]
    return found + [Change("gone", new["title"], row) for row in old["rows"] if row not in new["rows"]]


def since_last(home: Path, report: Report) -> Changes | None:
    """What changed since the report was last made from another generation; None when it never was."""
    before = [one for one in _history(home, report.spec.name) if one["sha256"] != report.sha256]
    return compare(before[-1], said(report)) if before else None


def keep(home: Path, report: Report) -> None:
    """Remembers what the report says, once per generation; StudyError when the disk is full."""
    folder = home / FOLDER / BUILT
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    others = [one for one in _history(home, report.spec.name) if one["sha256"] != report.sha256]
    text = json.dumps([*others, said(report)][-MOST_KEPT:], ensure_ascii=False, indent=1)
    file = folder / f"{report.spec.name}.json"
    write_whole(file, text, NOT_KEPT)
    file.chmod(0o600)


def _history(home: Path, name: str) -> list[dict]:
    """What was kept, the oldest first; nothing where it cannot be read."""
    try:
        found = json.loads((home / FOLDER / BUILT / f"{name}.json").read_text(encoding="utf-8"))
        return [one for one in found if {"sha256", "number", "day", "items"} <= set(one)]
    except (OSError, ValueError, TypeError):
        return []


def lines(changes: Changes, most: int = 200) -> list[tuple[str, str, str, str, str]]:
    """(item, row, number, before, after) of every change, in words."""
    words = {"new": "new", "gone": "gone"}
    return [
        (clean(one.item), clean(one.row), one.column or words[one.what], one.before, one.after)
        for one in changes.found[:most]
    ]
