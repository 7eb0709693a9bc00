"""Which of the Observer XT's many time columns to trust, and what to say about the others."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from pipeline.catalogue.manifest import Coded
from pipeline.readers.header import Fields, find_columns
from pipeline.readers.reading import Note, TimeRule

CLOCKS: Fields = {
    "hmsf": ("timerelativehmsf",),
    "hms": ("timerelativehms",),
    "f": ("timerelativef",),
    "sf": ("timerelativesf", "relativetimeseconds", "timerelatives"),
    "time": ("time", "relativetime"),
}
ABSOLUTE: Fields = {
    "whole": ("datetimeabsolutedmyhmsf", "timeabsolutehmsf"),
    "hms": ("timeabsolutehms",),
    "f": ("timeabsolutef",),
}
TIME_COLUMNS = "Time_Relative_hmsf, Time_Relative_hms with Time_Relative_f, Time_Relative_sf"

Cells = Callable[[str], list[str]]
"""The cells of one of the time columns in the first rows; none where the file has no such column."""

FRACTION = re.compile(r":\d\d?[.,]\d")
COARSE_DIGITS = 6
"""The Observer writes seconds with six significant digits: from 1,000 s on only two decimals are left."""


@dataclass(frozen=True)
class Clock:
    """The time columns to use, by position, and how they are written."""

    rule: TimeRule
    onset: int
    onset_f: int | None = None
    decimal: Literal[".", ","] = "."
    notes: tuple[Note, ...] = ()


def event_clock(names: Sequence[str], sample: list[list[str]], entry: Coded) -> Clock | None:
    """For event logs: hms with fraction, else hms + milliseconds, else seconds; None without a time column."""
    return _clock(names, sample, entry, seconds_first=False)


def sample_clock(names: Sequence[str], sample: list[list[str]], entry: Coded) -> Clock | None:
    """For sampled exports, whose hmsf has lost its fraction: seconds where they have all their digits."""
    return _clock(names, sample, entry, seconds_first=True)


def _clock(names: Sequence[str], sample: list[list[str]], entry: Coded, seconds_first: bool) -> Clock | None:
    at = find_columns(names, CLOCKS)

    def cells(name: str) -> list[str]:
        return [row[at[name]] for row in sample] if name in at else []

    rule, onset, onset_f = _choice(at, cells, seconds_first)
    if rule is None:
        return None
    texts = [row[position] for row in sample for position in (onset, onset_f) if position is not None]
    decimal, notes = decimal_of(texts, entry)
    if rule == "hmsf" and sample and not any(FRACTION.search(text) for text in texts):
        notes += (_whole_seconds(names[onset]),)
    return Clock(rule, onset, onset_f, decimal, notes)


def _choice(at: dict[str, int], cells: Cells, seconds_first: bool) -> tuple[TimeRule | None, int, int | None]:
    clock = at.get("hms", at.get("hmsf"))
    if seconds_first and "sf" in at and not (coarse_rows(cells("sf")) and clock is not None and "f" in at):
        return "seconds", at["sf"], None
    if any(FRACTION.search(text) for text in cells("hmsf")):
        return "hmsf", at["hmsf"], None
    if clock is not None and "f" in at:
        return "hms_f", clock, at["f"]
    if "sf" in at:
        return "seconds", at["sf"], None
    if "time" in at:
        return ("hmsf" if any(":" in text for text in cells("time")) else "seconds"), at["time"], None
    return ("hmsf", clock, None) if clock is not None else (None, 0, None)


def decimal_of(texts: Iterable[str], entry: Coded) -> tuple[Literal[".", ","], tuple[Note, ...]]:
    """The decimal mark: the manifest's, else the comma when numbers have commas and no dots (and that is said)."""
    if entry.decimal:
        return entry.decimal, ()
    comma, dot = False, False
    for text in texts:
        comma, dot = comma or "," in text, dot or "." in text
    if not comma or dot:
        return ".", ()
    detail = "Times are written with a decimal comma (1,5 = one and a half)."
    return ",", (
        Note("decimal_comma", "info", detail, "They were read so. If that is wrong, set decimal in the manifest."),
    )


def significant_digits(number: str) -> int:
    """Digits of a number as written, leading zeros aside: '0.066666' has 5, '1234.50' has 6."""
    return len(re.sub(r"\D", "", number).lstrip("0"))


def coarse_rows(seconds: Iterable[str]) -> int:
    """Rows past 1,000 s, if no number has more than six digits; 0 as soon as one has."""
    late = 0
    for text in seconds:
        if len(text) > COARSE_DIGITS and significant_digits(text) > COARSE_DIGITS:
            return 0
        late += len(text.replace(",", ".").partition(".")[0]) > 3
    return late


def coarse_note(seconds: Iterable[str]) -> tuple[Note, ...]:
    """The warning about seconds that were rounded by the Observer, with the size of the error."""
    rows = coarse_rows(seconds)
    if not rows:
        return ()
    detail = (
        f"Time_Relative_sf has six digits, so {rows:,} rows past 1,000 s are rounded to 0.01 s (error up to 5 ms); "
        "past 10,000 s to 0.1 s."
    )
    action = (
        "The rounded times were used. Export Time_Relative_hmsf, or Time_Relative_hms with Time_Relative_f, as well."
    )
    return (Note("coarse_seconds", "warning", detail, action, count=rows),)


def _whole_seconds(name: str) -> Note:
    detail = f"{name} holds whole seconds only: the fraction was lost on export."
    action = "Whole seconds were used. Export Time_Relative_f or Time_Relative_sf as well."
    return Note("whole_seconds", "warning", detail, action)


def absolute_note(names: Sequence[str], rows: Iterable[list[str]]) -> tuple[Note, ...]:
    """The remark that the two absolute times of a row differ by a second, as the Observer writes them at times."""
    at = find_columns(names, ABSOLUTE)
    if not {"whole", "hms"} <= at.keys():
        return ()
    faults = sum(gap >= 999 for gap in _absolute_gaps(rows, at))
    if not faults:
        return ()
    detail = f"The absolute times contradict each other by a second in {faults:,} rows."
    return (Note("absolute_time_fault", "info", detail, "They are never used; relative times were.", count=faults),)


def _absolute_gaps(rows: Iterable[list[str]], at: dict[str, int]) -> Iterator[int]:
    for row in rows:
        whole = clock_ms(row[at["whole"]].split(" ")[-1])
        parts = clock_ms(row[at["hms"]])
        if whole is not None and parts is not None:
            extra = row[at["f"]] if "f" in at else ""
            yield abs(whole - parts - (int(extra) if re.fullmatch(r"\d{1,9}", extra) else 0))


def clock_ms(text: str) -> int | None:
    """'17:41:48.883' as milliseconds of the day; None when it is not a clock time."""
    hit = re.fullmatch(r"(\d{1,9}):(\d\d?):(\d\d?)(?:[.,](\d{1,3})\d*)?", text.strip())
    if hit is None:
        return None
    hours, minutes, seconds = int(hit[1]), int(hit[2]), int(hit[3])
    return (hours * 3600 + minutes * 60 + seconds) * 1000 + int((hit[4] or "").ljust(3, "0"))
