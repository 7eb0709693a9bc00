"""Feature streams of a study as classifiers read them: one recording at a time, all its streams on one clock.

Row k of a stored stream lies at k / fps seconds in the lab's file; on the clock of the recording it lies `offset_ms`
earlier, taken to the nearest frame. A frame for which a stream has no numbers is nan.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import StudyError, listed
from pipeline.measures.frame_labels import frame_count
from pipeline.steps.stream_files import StoredRows, stream_rate

SESSION = ""
"""Subject of a stream that describes the whole session: infant and caregiver may both use it."""
BLOCK = 1_500
"""Frames read at a time: a minute at 25 per second."""


@dataclass(frozen=True)
class StreamRows:
    """Rows of one stream as stored: `t_s` (frames,) in time of the file, `values` (frames, dim), nan where missing."""

    t_s: np.ndarray
    values: np.ndarray


@dataclass(frozen=True)
class Clock:
    """The frames that streams of one recording share: frame i lies at [i, i + 1) / `fps` of the recording.

    `shifts`: per stream, the row that lies at frame 0. `rows`: per stream, how many of its rows count. `cut`: rows cut
    off a stream that is one frame longer than another of the same film, by its name.
    """

    fps: Fraction
    frames: int
    shifts: tuple[int, ...]
    rows: tuple[int, ...]
    cut: dict[str, int]


@dataclass(frozen=True)
class Features:
    """All numbers of one recording: `values` (frames, sum of dims) float32, streams side by side in the order asked."""

    clock: Clock
    values: np.ndarray


def read_rows(home: Path, file: str) -> StreamRows:
    """All rows of one stored stream; StudyError when it is missing or damaged."""
    with StoredRows(home / file) as stored:
        values = stored.between(0, stored.frames)
        return StreamRows(np.arange(stored.frames) / float(stored.fps), values)


def chosen_streams(rows: pd.DataFrame, names: Sequence[str], subject: str) -> pd.DataFrame:
    """The streams of one recording named, in that order: the subject's own, else that of the whole session.

    `rows`: those of `feature_streams` for one recording. StudyError names the streams it lacks.
    """
    found = [_of_subject(rows[rows["stream"] == name], subject) for name in names]
    if lacking := [name for name, one in zip(names, found, strict=True) if one.empty]:
        whose = str(rows["observation_id"].iloc[0]) if len(rows) else "The recording"
        word, it = ("stream", "it") if len(lacking) == 1 else ("streams", "them")
        text = f"{whose}: no {word} {listed(lacking)} of this person or of the whole session."
        raise StudyError(f"{text} Extract {it}, name {it} under [[streams]] in the manifest, and import again.")
    return pd.concat(found, ignore_index=True) if found else rows.iloc[:0]


def _of_subject(rows: pd.DataFrame, subject: str) -> pd.DataFrame:
    own = rows[rows["subject"] == subject]
    return own if len(own) else rows[rows["subject"] == SESSION]


def refuse_random(rows: pd.DataFrame, allow: bool = False) -> list[str]:
    """Names of the streams among `rows` that come from random weights; StudyError naming them unless `allow`."""
    names = sorted(set(rows.loc[rows["random_weights"].astype(bool), "stream"]))
    if names and not allow:
        raise StudyError(
            f"{listed(names)}: the numbers come from a network with random weights. They mean nothing, so they enter "
            "no report. Extract them again with the real weights."
        )
    return names


def session_clock(rows: pd.DataFrame, end_ms: int | None = None) -> Clock:
    """The frames that the streams in `rows` (of one recording) share, up to its end where that is given.

    StudyError where their rates differ, or where two with the same offset differ by more than one frame. A stream of
    another film (another offset) may begin and end elsewhere: its missing frames are nan.
    """
    if rows.empty:
        raise StudyError("No stream was chosen.")
    rates = [stream_rate(value) for value in rows["fps"]]
    names = [_name(row) for row in rows.itertuples()]
    _refuse_rates(str(rows["observation_id"].iloc[0]), names, rates)
    shifts = tuple(round(Fraction(int(offset), 1000) * rates[0]) for offset in rows["offset_ms"])
    counted = [int(frames) for frames in rows["frames"]]
    kept = _agreed(str(rows["observation_id"].iloc[0]), names, list(rows["offset_ms"]), counted)
    frames = max(count - shift for count, shift in zip(kept, shifts, strict=True))
    if end_ms is not None:
        frames = min(frames, frame_count(int(end_ms), rates[0]))
    cut = {name: whole - part for name, whole, part in zip(names, counted, kept, strict=True) if whole > part}
    return Clock(rates[0], max(frames, 0), shifts, tuple(kept), cut)


def _name(row: tuple) -> str:
    return f"{row.stream} ({row.subject})" if row.subject else str(row.stream)


def _refuse_rates(observation: str, names: list[str], rates: list[Fraction]) -> None:
    other = next((place for place, rate in enumerate(rates) if rate != rates[0]), None)
    if other is not None:
        text = f"{observation}: the streams {names[0]} and {names[other]} have {float(rates[0]):g} and"
        raise StudyError(f"{text} {float(rates[other]):g} frames per second. Extract them again at one rate.")


def _agreed(observation: str, names: list[str], offsets: list[int], frames: list[int]) -> list[int]:
    """Rows of each stream that count: as many as the shortest of the same offset has."""
    kept = list(frames)
    for offset in set(offsets):
        same = [place for place, one in enumerate(offsets) if one == offset]
        short, long = min(same, key=frames.__getitem__), max(same, key=frames.__getitem__)
        if frames[long] - frames[short] > 1:
            text = f"{observation}: {names[short]} has {frames[short]:,} frames and {names[long]} has {frames[long]:,}"
            raise StudyError(f"{text}, which is more than one apart. Extract them again from the same video.")
        for place in same:
            kept[place] = frames[short]
    return kept


def session_blocks(
    home: Path, rows: pd.DataFrame, end_ms: int | None = None, frames: int = BLOCK
) -> Iterator[tuple[int, np.ndarray]]:
    """First frame and numbers (at most `frames`, sum of dims) float32 of one block after the other, in order of time.

    Memory does not grow with the length of the recording. Errors as in `session_clock`, and for damaged files.
    """
    clock = session_clock(rows, end_ms)
    with ExitStack() as opened:
        stored = [opened.enter_context(StoredRows(home / file)) for file in rows["file"]]
        for first in range(0, clock.frames, frames):
            last = min(first + frames, clock.frames)
            yield first, np.column_stack([_shown(*each, first, last) for each in _each(stored, clock)])


def session_features(home: Path, rows: pd.DataFrame, end_ms: int | None = None) -> Features:
    """All frames of the streams in `rows` (of one recording) side by side; errors as in `session_blocks`."""
    clock = session_clock(rows, end_ms)
    values = np.empty((clock.frames, int(rows["dim"].sum())), dtype=np.float32)
    for first, block in session_blocks(home, rows, end_ms):
        values[first : first + len(block)] = block
    return Features(clock, values)


def _each(stored: list[StoredRows], clock: Clock) -> Iterator[tuple[StoredRows, int, int]]:
    return zip(stored, clock.shifts, clock.rows, strict=True)


def _shown(stored: StoredRows, shift: int, rows: int, first: int, last: int) -> np.ndarray:
    """Rows of a stream at the frames [first, last) of the recording, float32; nan where it has none."""
    found = np.full((last - first, stored.dim), np.nan, dtype=np.float32)
    start, stop = max(first + shift, 0), min(last + shift, rows)
    if stop > start:
        found[start - shift - first : stop - shift - first] = stored.between(start, stop)
    return found
