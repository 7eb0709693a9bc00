"""Reads Observer XT sampled exports: one row per time step, all channels side by side in repeated blocks of columns."""

import re
from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.flat import Flat, open_flat
from pipeline.readers.header import find_columns, folded, repeated
from pipeline.readers.observer import coder_column, missing_column, no_time_column
from pipeline.readers.observer_time import CLOCKS, Clock, coarse_note, sample_clock
from pipeline.readers.reading import Cells, Channel, Note, Reading
from pipeline.readers.rows import Row, in_chunks

MOST_S = 10**6
"""A fraction of a second that is more than this is no time."""
CLOCK = re.compile(r"(\d{1,9}):(\d\d?):(\d\d?(?:[.,]\d{1,18})?)")
CODE_NAMES = ("behavior", "behaviour")
EXPECTED = "a row with Observation, a time column and one or more Subject, Behavior blocks. Export the samples again."


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """A sampled export (.csv, .txt, .gz or .xlsx); blank cells of a channel mean that it was not coded then."""
    flat = open_flat(path, entry, scratch, _score, EXPECTED)
    _refuse_event_log(flat)
    observation = find_columns(flat.names, {"observation": ("observation", "observationname")}).get("observation")
    if observation is None:
        raise missing_column(path, "Observation", flat.names)
    clock = sample_clock(flat.names, flat.sample(), entry)
    if clock is None:
        raise no_time_column(path)
    channels = _grouped(find_channels(flat.names), flat, entry)
    plain = clock.rule == "seconds"
    onset = clock.onset if plain else flat.width
    return Reading(
        path,
        "observer_sampled",
        "samples",
        "seconds",
        Cells(observation, onset=onset, coder=coder_column(flat, entry), channels=channels),
        flat.width if plain else flat.width + 1,
        decimal=clock.decimal if plain else ".",
        table=flat.table if plain else None,
        chunks=flat.chunks if plain else lambda: in_chunks(_with_seconds(flat, clock)),
        notes=flat.notes + clock.notes + _coarse(flat, clock) + _second_modifiers(flat, channels),
        found=flat.found,
        dialect=flat.dialect,
    )


def find_channels(names: Sequence[str]) -> tuple[Channel, ...]:
    """Channel k: the k-th Subject, the Behavior after it, and the Modifier_1 up to the next name that is neither."""
    keys = [folded(name) for name in names]
    found = []
    for position, key in enumerate(keys[:-1]):
        if key == "subject" and keys[position + 1] in CODE_NAMES:
            modified = position + 2 < len(keys) and keys[position + 2].startswith("modifier")
            found.append(Channel(position, position + 1, position + 2 if modified else None))
    return tuple(found)


def _grouped(channels: tuple[Channel, ...], flat: Flat, entry: Coded) -> tuple[Channel, ...]:
    """Channels with the behaviour groups the manifest lists for them, if it does."""
    if not entry.channels:
        return channels
    if len(entry.channels) != len(channels):
        name = file_name(flat.path)
        text = f"{name}: the file has {len(channels)} channels (Subject, Behavior blocks), the manifest names"
        text = f"{text} {len(entry.channels)} (channels = ...). Name one behaviour group per channel, in order."
        raise UnreadableFile(text, file=name, column="channels")
    pairs = zip(channels, entry.channels, strict=True)
    return tuple(Channel(each.subject, each.code, each.modifier, group) for each, group in pairs)


def _with_seconds(flat: Flat, clock: Clock) -> Iterator[Row]:
    """Rows with one cell more: the clock time as decimal seconds, '' where it is none."""
    for line, cells in flat.rows():
        fraction = "0" if clock.onset_f is None else cells[clock.onset_f]
        yield line, [*cells, clock_seconds(cells[clock.onset], fraction)]


def clock_seconds(clock: str, fraction_ms: str) -> str:
    """'00:01:40' and '66.666' as '100.066666'; '00:01:40.5' and '0' as '100.5'; '' where one of them is no time."""
    hit = CLOCK.fullmatch(clock.strip())
    try:
        extra = Decimal(fraction_ms.strip().replace(",", ".") or "0") / 1000
        sound = abs(extra) < MOST_S
    except ArithmeticError:  # no number, or one beyond all bounds
        return ""
    if hit is None or not sound:
        return ""
    whole = int(hit[1]) * 3600 + int(hit[2]) * 60
    return format(whole + Decimal(hit[3].replace(",", ".")) + extra, "f")


def _score(cells: list[str]) -> int:
    channels = len(find_channels(cells))
    return channels + len(find_columns(cells, CLOCKS)) if channels else 0


def _refuse_event_log(flat: Flat) -> None:
    event_log = {"eventtype", "stateevent"} & {folded(name) for name in flat.names}
    if event_log and not repeated(flat.names, "subject"):
        name = file_name(flat.path)
        text = f"{name}: the column Event_Type says that this is an event log, not a sampled export."
        raise UnreadableFile(f'{text} Write format = "observer_event_log" in the manifest.', file=name)


def _second_modifiers(flat: Flat, channels: tuple[Channel, ...]) -> tuple[Note, ...]:
    """The remark about modifiers after the first: a channel has room for one."""
    nexts = [channel.modifier + 1 for channel in channels if channel.modifier is not None]
    more = sum(folded(flat.names[each]).startswith("modifier") for each in nexts if each < flat.width)
    if not more:
        return ()
    detail = f"{more} channels have more than one modifier."
    return (Note("modifier_not_read", "warning", detail, "Only the first modifier of each was read."),)


def _coarse(flat: Flat, clock: Clock) -> tuple[Note, ...]:
    if clock.rule != "seconds":
        return ()
    return coarse_note(flat.column(clock.onset))
