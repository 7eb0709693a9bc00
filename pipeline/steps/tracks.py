"""Tracks and streams of an import: which files give one, and for which recording, person and face each stands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from pipeline.catalogue.timed_entries import Speech, Streams, Tracks
from pipeline.errors import UserError, did_you_mean, file_name, listed
from pipeline.steps.issues import Log
from pipeline.steps.plan import Old, Plan
from pipeline.steps.source_files import NOT_READ
from pipeline.steps.stream_places import OF_PLACING_STREAMS, alike, placed_streams
from pipeline.steps.track_files import TimedFile
from pipeline.steps.track_kinds import FeatureStream, SpeechTrack, Track
from pipeline.steps.track_store import Face, Stored, stored, there

CODERS = {"openface": "openface", "blendshape": "model:blendshape"}
"""Where AU12 comes from -> the coder of the smiles that are measured on it."""

MOST_SUGGESTED_FROM = 5_000
"""No suggestions are looked for among more recordings than these."""

OF_PLACING = (
    *("track_of_unknown_recording", "track_twice", "speech_twice", "no_face", "face_absent"),
    *("no_video_for_track", "track_past_end", "track_lost", "several_faces"),
    *OF_PLACING_STREAMS,
)
"""Issues that are found anew in every import, because other files and tables decide them."""


@dataclass(frozen=True)
class Seen:
    """A track file that can be read: `source_id` is that of its rows, `kept` says that it was imported before."""

    file: TimedFile
    stored: Stored
    source_id: int
    kept: bool


@dataclass(frozen=True)
class Tracked:
    """Tracks of an import in the order of the manifest, sentences of those that cannot be read, and the paths of
    earlier versions that stay because the file is gone or its correction cannot be read."""

    seen: tuple[Seen, ...]
    faults: tuple[tuple[TimedFile, str], ...]
    carried: tuple[str, ...]
    ids: dict[str, int]

    @property
    def names(self) -> pd.DataFrame:
        """source_id, name, observation_id, coder_id of the files that were read."""
        columns = ["source_id", "name", "observation_id", "coder_id"]
        rows = [(one.source_id, one.file.name, one.file.observation_id, _coder(one.stored)) for one in self.seen]
        return pd.DataFrame(rows, columns=columns)


def _coder(track: Stored) -> str | None:
    return CODERS.get(track.au12_source)


Every = Track | SpeechTrack | FeatureStream
One = TypeVar("One", Track, SpeechTrack, FeatureStream)
WORDS = {Tracks: "track", Speech: "track", Streams: "stream"}
"""Entry -> what the rules of placing call its files."""


@dataclass(frozen=True)
class Placed:
    """Tracks and streams of known recordings, one per identity, and the files of which nothing is used (source ids)."""

    tracks: tuple[Track, ...]
    speech: tuple[SpeechTrack, ...]
    streams: tuple[FeatureStream, ...]
    refused: frozenset[int]


def gather(plan: Plan[TimedFile], old: Old | None, home: Path) -> Tracked:
    """Reads and stores what is new; of what is known only the metadata are read."""
    seen, faults = [], []
    before = dict(zip(old.sources["source_id"], old.sources["dialect"], strict=True)) if old else {}
    for file in sorted((*plan.new, *plan.kept), key=lambda one: one.source_id):
        kept = file in plan.kept
        number = plan.known[file.shown].source_id if kept else file.source_id
        if kept and before.get(number) == NOT_READ:
            continue
        try:
            seen.append(Seen(file, stored(file, home), number, kept))
        except UserError as fault:
            faults.append((file, str(fault)))
    failed = [file.shown for file, _ in faults if file.shown in plan.known]
    ids = {path: one.source_id for path, one in plan.known.items()}
    return Tracked(tuple(seen), tuple(faults), (*plan.gone, *failed), ids)


def kept_ids(tracked: Tracked, plan: Plan[TimedFile]) -> list[int]:
    """Source ids of tracks that stay as they were read before, carried ones included."""
    return [tracked.ids[path] for path in (*(file.shown for file in plan.kept), *tracked.carried)]


def log_files(tracked: Tracked, plan: Plan[TimedFile], log: Log) -> None:
    """Issues of the files themselves, known before any of them has a recording."""
    log.files |= {number: path for path, number in tracked.ids.items()}
    log.files |= {file.source_id: file.shown for file in plan.new}
    for one in tracked.seen:
        for note in one.stored.notes if not one.kept else ():
            if note.kind not in OF_PLACING:
                log.note(one.source_id, note)
        if not one.kept and plan.corrected(one.file):
            log.add("superseded", one.source_id, other_file="its earlier version")
    for file, fault in tracked.faults:
        if file.shown in plan.known:
            log.add("kept_older_version", None, file=file.shown, detail=fault)
        else:
            log.add("unreadable_file", file.source_id, detail=fault)
    for file, twin in plan.same:
        log.add("same_content", None, file=file.shown, other_file=file_name(twin))
    for path in plan.gone:
        log.add("file_gone", None, file=path)


def place(
    tracked: Tracked, old: Old | None, home: Path, observations: pd.DataFrame, media: pd.DataFrame, log: Log
) -> Placed:
    """Gives every track its recording, person and face; what cannot be placed is an issue that names it."""
    placing = _Placing(set(observations["observation_id"]), _offsets(media), log)
    new = [found for one in tracked.seen for found in placing.all(one)]
    before = list(_carried(tracked, old, home, placing))
    tracks = _one_each([one for one in (*new, *before) if isinstance(one, Track)], before, log)
    speech = _one_each([one for one in (*new, *before) if isinstance(one, SpeechTrack)], before, log)
    streams = _one_each([one for one in (*new, *before) if isinstance(one, FeatureStream)], before, log)
    streams = alike(streams, log)
    used = {one.source_id for one in (*tracks, *speech, *streams)}
    everything = {one.source_id for one in (*tracked.seen, *before)}
    return Placed(tuple(tracks), tuple(speech), tuple(streams), frozenset(everything - used))


def _offsets(media: pd.DataFrame) -> dict[tuple[str, str], int]:
    rows = media[["observation_id", "view", "offset_ms"]].itertuples(index=False, name=None)
    return {(observation, view): int(offset) for observation, view, offset in rows}


@dataclass(frozen=True)
class _Placing:
    known: set[str]
    offsets: dict[tuple[str, str], int]
    log: Log

    def all(self, seen: Seen) -> Iterator[Every]:
        """The track of a file, or its streams; none where its recording or its face is not known."""
        observation, entry, track = self._recording(seen), seen.file.entry, seen.stored
        if observation is None:
            return
        if isinstance(entry, Streams):
            where = (observation, self._offset(seen, observation), seen.source_id)
            yield from placed_streams(entry, track.streams, where, self.log)
        elif isinstance(entry, Speech):
            yield SpeechTrack(observation, track.file, self._offset(seen, observation), seen.source_id)
        elif (face := self._face(seen, observation)) is not None:
            yield self._track(seen, observation, face)

    def _track(self, seen: Seen, observation: str, face: Face) -> Track:
        entry, track = seen.file.entry, seen.stored
        assert isinstance(entry, Tracks)
        return Track(
            observation,
            entry.subject,
            CODERS[track.au12_source],
            track.au12_source,
            *(face.face, len(track.faces), face.frames, round(1 / face.step_s, 6) if face.step_s else None),
            *(face.start_s, face.end_s, self._offset(seen, observation), track.file, track.unfit, seen.source_id),
        )

    def _recording(self, seen: Seen) -> str | None:
        observation = seen.file.observation_id
        if observation in self.known:
            return observation
        few = len(self.known) <= MOST_SUGGESTED_FROM
        near = did_you_mean(observation or seen.file.name, self.known) if few else ""
        name = seen.file.name if observation is None else observation
        kind = f"{WORDS[type(seen.file.entry)]}_of_unknown_recording"
        self.log.add(kind, seen.source_id, name=name, suggestion=near)
        return None

    def _face(self, seen: Seen, observation: str) -> Face | None:
        entry, track = seen.file.entry, seen.stored
        assert isinstance(entry, Tracks)
        if not track.faces:
            self.log.add("no_face", seen.source_id, observation_id=observation)
            return None
        named = entry.faces.get(observation, entry.face)
        if named is None:
            for note in track.notes if len(track.faces) > 1 else ():
                if note.kind == "several_faces":
                    self.log.note(seen.source_id, note)
            return track.chosen
        if track.face(named) is None:
            numbers = listed([str(one.face) for one in track.faces])
            self.log.add("face_absent", seen.source_id, observation_id=observation, face=named, known=numbers)
        return track.face(named)

    def _offset(self, seen: Seen, observation: str) -> int:
        entry = seen.file.entry
        if entry.view is None:
            return entry.offset_ms
        if (observation, entry.view) not in self.offsets:
            kind = f"no_video_for_{WORDS[type(entry)]}"
            self.log.add(kind, seen.source_id, observation_id=observation, view=entry.view)
        return self.offsets.get((observation, entry.view), 0)


def _carried(tracked: Tracked, old: Old | None, home: Path, placing: _Placing) -> Iterator[Every]:
    """Tracks and streams of earlier versions that stay, as they were placed before."""
    if old is None:
        return
    before = ((Track, old.track), (SpeechTrack, old.speech_track), (FeatureStream, old.feature_stream))
    for path in tracked.carried:
        for of, frame in before:
            for row in frame[frame["source_id"] == tracked.ids[path]].to_dict("records"):
                one = of(**{name: row[name] for name in of.__dataclass_fields__ if name in row})
                if one.observation_id not in placing.known:
                    continue
                word = "stream" if of is FeatureStream else "track"
                if there(home, one.file, word):
                    yield replace(one, source_id=int(one.source_id), offset_ms=int(one.offset_ms))
                else:
                    placing.log.add(f"{word}_lost", None, file=path, observation_id=one.observation_id)


def _one_each(every: list[One], before: list[Every], log: Log) -> list[One]:
    """The first of each identity; every other one is named, or was replaced where it stands `before` this import."""
    first: dict[tuple[str, ...], One] = {}
    for one in every:
        kept = first.setdefault(one.identity, one)
        if kept is one:
            continue
        if any(one is other for other in before):
            log.add("superseded", kept.source_id, other_file=file_name(log.files[one.source_id]))
            continue
        other, (kind, words) = file_name(log.files[kept.source_id]), one.again
        log.add(kind, one.source_id, observation_id=one.observation_id, other_file=other, **words)
    return list(first.values())
