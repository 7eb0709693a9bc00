"""What a writer is given: the events of a study as rows, and how names, times and cells are written."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import pandas as pd

from pipeline.errors import StudyError

NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
NOT_IN_A_FILE_NAME = re.compile(r"[^\w.-]+", re.ASCII)

File = tuple[str, str]
"""Name and text of one file."""


@dataclass(frozen=True)
class StudyEvents:
    """What is to be written.

    `events`: one row per event (observation_id, coder_id, subject, behaviour_group, code, modifier, kind, onset_ms,
    offset_ms, title, exclusive), times in ms from the origin of the observation, in order.
    `observations`: observation_id, start_ms, end_ms, infant_age_months, child_sex.
    `codes`: all codes of the groups in the order of their schemes (behaviour_group, code, colour, subjects); may be
    empty, and then only codes that occur are known.
    """

    events: pd.DataFrame
    observations: pd.DataFrame
    codes: pd.DataFrame = field(default_factory=pd.DataFrame)

    def by_observation(self) -> Iterator[tuple[str, pd.DataFrame]]:
        """Events of each observation that has any."""
        for name, rows in self.events.groupby("observation_id", sort=True):
            yield str(name), rows


def seconds(ms: int) -> str:
    """Milliseconds as seconds with three decimals, exactly: 12050 is '12.050'."""
    sign, size = ("-" if ms < 0 else ""), abs(int(ms))
    return f"{sign}{size // 1000}.{size % 1000:03d}"


def harmless(value: object) -> str:
    """The value as text on one line; text that a spreadsheet would run as a formula gets a ' in front."""
    text = "" if value is None or value != value else str(value)
    text = re.sub(r"[\r\n]+", " ", text)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text


def table(columns: Sequence[str], rows: Iterable[Sequence[object]], delimiter: str) -> str:
    """A delimited text with a header row, no cell of which is a formula."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\r\n")
    writer.writerow(columns)
    writer.writerows([harmless(value) for value in row] for row in rows)
    return text.getvalue()


def distinct_names(named: dict[str, str], what: str, tool: str) -> dict[str, str]:
    """The names as they are, where no two things have the same one; StudyError names the first two that do.

    `named` maps a thing (in words) to its name in the `tool`; `what` says what is named.
    """
    first: dict[str, str] = {}
    for thing, name in named.items():
        if name in first:
            text = f"{tool} would write {first[name]} and {thing} both as '{name}'. Rename one {what}"
            raise StudyError(f"{text}, or export one behaviour group (--group). Nothing was written.")
        first[name] = thing
    return named


def file_names(observations: Iterable[str], ending: str, tool: str) -> dict[str, str]:
    """A file name for each observation; StudyError where two would have the same one."""
    names = {name: f"{NOT_IN_A_FILE_NAME.sub('_', name).strip('.') or '_'}{ending}" for name in observations}
    distinct_names({f"the recording '{name}'": file.casefold() for name, file in names.items()}, "recording", tool)
    return names
