"""Starts and stops of events in the order in which a coding tool writes them, with the faults put in on purpose."""

from dataclasses import dataclass, field, replace

import pandas as pd

SUBJECT_WORDS = {"infant": "Infant", "caregiver1": "Caregiver 1", "caregiver2": "Caregiver 2", "sibling": "Sibling"}


@dataclass(frozen=True)
class Mark:
    """One row of an event log. `word` is start, stop or blank; `fault` names what was made wrong with this row."""

    observation: str
    time_ms: int
    word: str
    subject: str
    group: str
    code: str
    modifier: str
    lasts_ms: int
    fault: str = ""


@dataclass(frozen=True)
class Fault:
    """One fault that the import should find: `line` counts from 1, None = the file as a whole. `follows` marks a
    consequence.
    """

    kind: str
    file: str
    line: int | None
    observation_id: str
    detail: str
    count: int = 1
    follows: bool = False


@dataclass
class Written:
    """What was written besides the rows themselves."""

    faults: list[Fault] = field(default_factory=list)
    blank_rows: dict[str, int] = field(default_factory=dict)


def marks_of(events: pd.DataFrame, observation_name: str) -> list[Mark]:
    """Start and stop rows of one recording by time; a stop comes before a start at the same moment."""
    columns = ("onset_ms", "offset_ms", "subject", "behaviour_group", "code", "modifier")
    rows = []
    for onset, offset, subject, group, code, modifier in events[list(columns)].itertuples(index=False):
        start = Mark(
            observation_name, int(onset), "start", SUBJECT_WORDS[subject], group, code, modifier, int(offset - onset)
        )
        rows += [start, replace(start, time_ms=int(offset), word="stop", lasts_ms=0)]
    return sorted(rows, key=lambda mark: (mark.time_ms, mark.word == "start"))
