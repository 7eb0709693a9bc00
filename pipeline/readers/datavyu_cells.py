"""What Datavyu's two kinds of files have in common: a cell of a column, and the events that its codes say."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.manifest import Coded, Tier
from pipeline.readers.reading import CellEvent, Note
from pipeline.readers.tiers import left_out_note, require_tiers, subject_of, unknown_in

CLOCK = re.compile(r"(\d{1,4}):([0-5]\d):([0-5]\d):(\d{3})")
NOT_CODED = ("", ".")
"""A code left empty, and Datavyu's word for 'not applicable'."""


@dataclass(frozen=True)
class DatavyuCell:
    """One cell: `values` by the names of its column's codes, times as text (milliseconds where they can be read)."""

    line: int
    observation: str
    column: str
    onset: str
    offset: str
    values: dict[str, str]


def milliseconds(text: str) -> str:
    """'00:02:37:944' as '157944'; any other text as it is."""
    hit = CLOCK.fullmatch(text.strip())
    if hit is None:
        return text
    hours, minutes, seconds, rest = (int(part) for part in hit.groups())
    return str((hours * 3600 + minutes * 60 + seconds) * 1000 + rest)


def cell_events(cell: DatavyuCell, entry: Coded) -> Iterator[CellEvent]:
    """The events of a cell: one per code that is filled, or the one its column stands for.

    The manifest names a column ('hands') or one of its codes ('hands.left'); a code named so goes before its column.
    """
    whole = entry.tiers.get(cell.column) if entry.tiers else Tier()
    if whole is not None and whole.code is not None:
        yield _event(cell, entry, whole, whole.behaviour_group or cell.column, whole.code)
    for name, value in cell.values.items():
        tier = entry.tiers.get(f"{cell.column}.{name}") or _part_of(whole, name)
        if tier is not None and value not in NOT_CODED:
            yield _event(cell, entry, tier, tier.behaviour_group or name, tier.code or value)


def _part_of(whole: Tier | None, name: str) -> Tier | None:
    """The column's entry for one of its codes; None where the code is a modifier or the column one code itself."""
    return whole if whole is not None and whole.code is None and name not in whole.modifiers else None


def _event(cell: DatavyuCell, entry: Coded, tier: Tier, group: str, code: str) -> CellEvent:
    subject = subject_of(tier, entry, cell.column)
    words = [value for name in tier.modifiers if (value := cell.values.get(name, "")) not in NOT_CODED]
    modifier, coder = "|".join(words), tier.coder or ""
    return CellEvent(cell.line, cell.observation, subject, group, code, cell.onset, cell.offset, modifier, coder)


def check_columns(path: Path, entry: Coded, columns: dict[str, tuple[str, ...]]) -> tuple[Note, ...]:
    """The remark on columns left out; UnreadableFile where the manifest names columns or codes the file lacks."""
    codes = {f"{column}.{code}": column for column, names in columns.items() for code in names}
    require_tiers(path, entry, [*columns, *codes], "column")
    for wanted, tier in entry.tiers.items():
        column = wanted if wanted in columns else codes.get(wanted)
        if column is not None:
            unknown_in(path, wanted, tier.modifiers, columns[column])
    named = {codes.get(wanted, wanted) for wanted in entry.tiers}
    return left_out_note([name for name in columns if name not in named] if entry.tiers else [], "columns")
