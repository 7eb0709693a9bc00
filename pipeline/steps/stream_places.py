"""Feature streams of an import: whom each describes, and whether streams of one name can be compared."""

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from typing import TypeVar

import pandas as pd

from pipeline.catalogue.timed_entries import Streams
from pipeline.errors import StudyError
from pipeline.steps.feature_streams import session_clock
from pipeline.steps.issues import Log
from pipeline.steps.stream_files import stream_rate
from pipeline.steps.stream_store import StoredStream
from pipeline.steps.track_kinds import FeatureStream

OF_PLACING_STREAMS = (
    *("stream_of_unknown_recording", "stream_of_unknown_person", "stream_twice", "stream_lost", "no_video_for_stream"),
    *("stream_other_width", "stream_other_choices", "streams_apart", "stream_length"),
)
"""Issues that are found anew in every import, because other files and tables decide them."""
TOLERATED_MS = 1_000
"""A stream may end so much before or after its recording without a word."""
COLUMNS = (
    *("observation_id", "stream", "subject", "fps", "frames", "dim", "file", "random_weights", "choices"),
    *("offset_ms", "source_id"),
)
Value = TypeVar("Value", bound=Hashable)


def placed_streams(
    entry: Streams, stored: Sequence[StoredStream], where: tuple[str, int, int], log: Log
) -> Iterator[FeatureStream]:
    """The streams of a file with the name and person that the manifest or the file gives them.

    `where`: recording, offset (ms), source. A stream of which nobody says whom it shows is an issue.
    """
    observation, offset_ms, source_id = where
    for one in stored:
        subject = entry.subject if entry.subject is not None else one.subject
        name = entry.stream or one.stream
        if subject is None:
            log.add("stream_of_unknown_person", source_id, observation_id=observation, stream=name)
            continue
        fps = float(stream_rate(one.fps))
        width = (one.frames, one.dim, one.file, one.random_weights, one.choices)
        yield FeatureStream(observation, name, subject, fps, *width, offset_ms, source_id, one.made)


def alike(streams: list[FeatureStream], log: Log) -> list[FeatureStream]:
    """Streams that have as many numbers per frame as most of their name; the others are refused by name. Those made in
    another way than most, and those of one recording that do not fit together, stay and are named."""
    groups: dict[tuple[str, str], list[FeatureStream]] = {}
    for one in streams:
        groups.setdefault((one.stream, one.subject), []).append(one)
    dims = {key: _most([one.dim for one in group]) for key, group in groups.items()}
    kept = []
    for one in streams:
        usual = dims[one.stream, one.subject]
        if one.dim == usual:
            kept.append(one)
            continue
        words = {"what": one.words, "dim": f"{one.dim:,}", "usual": f"{usual:,}"}
        log.add("stream_other_width", one.source_id, observation_id=one.observation_id, **words)
    _say_other_choices(kept, log)
    _say_apart(kept, log)
    return kept


def _most(values: Sequence[Value]) -> Value:
    """The commonest value, the first of them in a tie."""
    return Counter(values).most_common(1)[0][0]


def _say_other_choices(streams: list[FeatureStream], log: Log) -> None:
    groups: dict[tuple[str, str], list[FeatureStream]] = {}
    for one in streams:
        groups.setdefault((one.stream, one.subject), []).append(one)
    for group in groups.values():
        choices = _most([one.choices for one in group])
        made = _most([one.made for one in group if one.made] or [""])
        for one in group:
            if one.choices != choices or one.made not in ("", made):
                words = {"what": one.words, "count": len(group)}
                log.add("stream_other_choices", one.source_id, observation_id=one.observation_id, **words)


def _say_apart(streams: list[FeatureStream], log: Log) -> None:
    """Recordings whose streams differ in rate, or in length by more than a frame."""
    groups: dict[str, list[FeatureStream]] = {}
    for one in streams:
        groups.setdefault(one.observation_id, []).append(one)
    for observation, group in groups.items():
        try:
            session_clock(pd.DataFrame([vars(one) for one in group]))
        except StudyError as fault:
            log.add("streams_apart", group[-1].source_id, observation_id=observation, detail=fault.message)


def table_rows(streams: Sequence[FeatureStream], ends: dict[str, int], log: Log) -> pd.DataFrame:
    """Rows of table feature_stream, of recordings in `ends` (their end in ms); who ends elsewhere is named."""
    kept = [one for one in streams if one.observation_id in ends]
    for one in kept:
        after = one.end_ms - ends[one.observation_id]
        if abs(after) > TOLERATED_MS:
            when = f"{abs(after) / 1000:.1f} s {'after' if after > 0 else 'before'}"
            log.add("stream_length", one.source_id, observation_id=one.observation_id, what=one.words, when=when)
    return pd.DataFrame([vars(one) for one in kept], columns=[*COLUMNS])
