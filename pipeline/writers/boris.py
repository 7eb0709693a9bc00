"""Writes BORIS tabular events: one row per start, stop or point, in the flat form BORIS writes today."""

from collections.abc import Iterator

import pandas as pd

from pipeline.errors import StudyError
from pipeline.writers.study_events import File, StudyEvents, distinct_names, seconds, table

COLUMNS = (
    "Observation id",
    "Observation date",
    "Description",
    "Observation duration",
    "Observation type",
    "Source",
    "Time offset (s)",
    "Media duration (s)",
    "FPS",
    "Subject",
    "Behavior",
    "Behavioral category",
    "Modifier #1",
    "Behavior type",
    "Time",
    "Media file name",
    "Image index",
    "Image file path",
    "Comment",
)
STOP, BRIEF, START, POINT = range(4)
"""Order of marks at one time: what ends, what begins and ends there, what begins, what has no length."""
MARKS = {STOP: ("STOP",), BRIEF: ("START", "STOP"), START: ("START",), POINT: ("POINT",)}


def write(study: StudyEvents) -> Iterator[File]:
    """One file, events.tsv; format "boris_events" reads it back. BORIS knows a behaviour by its name alone and marks
    it by turns, so StudyError where a label stands in two groups or a code runs twice at a time."""
    codes = study.events[["behaviour_group", "code"]].drop_duplicates().itertuples(index=False, name=None)
    distinct_names({f"'{code}' of group {group}": code for group, code in codes}, "code", "BORIS")
    _refuse_doubles(study.events)
    lengths = dict(study.observations[["observation_id", "end_ms"]].itertuples(index=False, name=None))
    yield "events.tsv", table(COLUMNS, _rows(study, lengths), "\t")


def _rows(study: StudyEvents, lengths: dict[str, int]) -> Iterator[list[object]]:
    for name, events in study.by_observation():
        length = seconds(lengths[name])
        for ms, mark, event in _marks(events):
            before = [name, "", "", length, "", "", "", length, ""]
            what = [event.subject, event.code, event.title, event.modifier]
            for word in MARKS[mark]:
                yield [*before, *what, word, seconds(ms), "", "", "", ""]


def _marks(events: pd.DataFrame) -> list[tuple[int, int, tuple]]:
    """Marks of one observation in the order of time."""
    found = []
    for event in events.itertuples(index=False):
        if event.kind == "point":
            found.append((event.onset_ms, POINT, event))
        elif event.offset_ms == event.onset_ms:
            found.append((event.onset_ms, BRIEF, event))
        else:
            found += [(event.onset_ms, START, event), (event.offset_ms, STOP, event)]
    return sorted(found, key=lambda mark: mark[:2])


def _refuse_doubles(events: pd.DataFrame) -> None:
    """Raises StudyError where a code of one subject begins before it has ended, or has no length where it touches."""
    states = events[events["kind"] == "state"]
    stream = ["observation_id", "subject", "behaviour_group", "code"]
    ordered = states.sort_values([*stream, "onset_ms", "offset_ms"])
    before = ordered.groupby(stream)["offset_ms"].cummax().groupby([ordered[key] for key in stream]).shift()
    brief = ordered["onset_ms"] == ordered["offset_ms"]
    touching = brief | brief.groupby([ordered[key] for key in stream]).shift(fill_value=False)
    doubled = ordered[(ordered["onset_ms"] < before) | (touching & (ordered["onset_ms"] == before))]
    if len(doubled):
        first = doubled.iloc[0]
        text = f"BORIS cannot hold a code that runs twice at a time: '{first['code']}' of {first['subject']} in"
        text = f"{text} recording '{first['observation_id']}' at {seconds(first['onset_ms'])} s"
        raise StudyError(f"{text}. Export long_csv instead, or another group (--group). Nothing was written.")
