"""One observation as it was coded: streams, events, videos, and what two strands or two coders have in common."""

from dataclasses import astuple, dataclass, field

import duckdb
import pandas as pd

from db import queries, queries_confidence
from db.queries_episodes import episodes
from pipeline.intervals import Interval
from pipeline.measures.co_occurrence import (
    CoOccurrence,
    Disagreement,
    Strand,
    co_occurrence,
    disagreement,
    time_together,
)

STREAM = ["coder_id", "subject", "behaviour_group"]


@dataclass(frozen=True)
class Recording:
    """Frames of one observation: `streams` (who coded what of whom), `events` (ms; `confidence` of a trained model's
    event, 0 to 1), `media` (videos), `episodes` of a still-face session (episode, onset_ms, offset_ms)."""

    streams: pd.DataFrame
    events: pd.DataFrame
    media: pd.DataFrame
    episodes: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=["episode", "onset_ms", "offset_ms"]))

    @property
    def coders(self) -> tuple[str, ...]:
        """Coders of the observation, the one with most analysed streams first."""
        primary = self.streams.groupby("coder_id")["is_primary"].sum()
        return tuple(str(coder) for coder in primary.sort_values(ascending=False, kind="stable").index)


def read_recording(cursor: duckdb.DuckDBPyConnection, observation: str) -> Recording:
    """All that is known of one observation."""
    events = queries.timeline_events(cursor, observation)
    sure = queries_confidence.confidences(cursor, observation).drop(columns="observation_id")
    return Recording(
        queries.timeline_streams(cursor, observation),
        events.merge(sure, on=[*STREAM, "code", "onset_ms"], how="left"),
        queries.timeline_media(cursor, observation),
        episodes(cursor, [observation]),
    )


def coding(recording: Recording, coder: str | None) -> pd.DataFrame:
    """Streams of one coder; None: the analysed stream of every subject and behaviour group."""
    streams = recording.streams
    return streams[streams["is_primary"]] if coder is None else streams[streams["coder_id"] == coder]


def events_of(recording: Recording, streams: pd.DataFrame) -> pd.DataFrame:
    """Events of the given streams."""
    return recording.events.merge(streams[STREAM], on=STREAM)


def together(
    recording: Recording,
    coder: str | None,
    pair: tuple[Strand, Strand],
    session: Interval,
    unobservable: tuple[str, ...],
) -> CoOccurrence | None:
    """When both strands are on (ms); None when one of the two was not coded at all: missing, not zero."""
    streams = coding(recording, coder)
    coded = set(zip(streams["subject"], streams["behaviour_group"], strict=True))
    if not all((strand.subject, strand.behaviour_group) in coded for strand in pair):
        return None
    return co_occurrence(events_of(recording, streams), *pair, session, unobservable)


def together_everywhere(cursor: duckdb.DuckDBPyConnection, pair: tuple[Strand, Strand]) -> pd.Series:
    """Time together (ms) of all observations in which both streams were coded, by observation_id (analysed coding)."""
    strands = {
        f"{name}{number}": value
        for number, strand in enumerate(pair, start=1)
        for name, value in zip(("subject", "group", "code"), astuple(strand), strict=True)
    }
    coded = queries.timeline_pair_coded(cursor, strands)["observation_id"]
    return time_together(queries.timeline_pair_events(cursor, strands), *pair, coded)


def differing(
    recording: Recording, coders: tuple[str, str], subject: str, behaviour_group: str, session: Interval
) -> Disagreement | None:
    """Where two coders of one subject and group differ (ms); None unless both coded it."""
    both = [
        stream[(stream["subject"] == subject) & (stream["behaviour_group"] == behaviour_group)]
        for stream in (coding(recording, coder) for coder in coders)
    ]
    if any(stream.empty for stream in both):
        return None
    return disagreement(*(events_of(recording, stream) for stream in both), session)
