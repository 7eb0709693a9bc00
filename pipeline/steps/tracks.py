"""Tracks of an import: which files give one, and for which recording, person and face each of them stands."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TypeVar

import pandas as pd

from pipeline.catalogue.manifest import Tracks
from pipeline.errors import UserError, did_you_mean, file_name, listed
from pipeline.steps.issues import Log
from pipeline.steps.meaning import SUBJECT_WORDS
from pipeline.steps.plan import Old, Plan
from pipeline.steps.source_files import NOT_READ
from pipeline.steps.track_files import TimedFile
from pipeline.steps.track_store import Face, Stored, known, stored

CODERS = {"openface": "openface", "blendshape": "model:blendshape"}
"""Where AU12 comes from -> the coder of the smiles that are measured on it."""

MOST_SUGGESTED_FROM = 5_000
"""No suggestions are looked for among more recordings than these."""

OF_PLACING = (
    *("track_of_unknown_recording", "track_twice", "speech_twice", "no_face", "face_absent"),
    *("no_video_for_track", "track_past_end", "track_lost", "several_faces"),
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


@dataclass(frozen=True)
class Track:
    """One face of one recording, as table track has it; `file` and `source` say where its frames lie."""

    observation_id: str
    subject: str
    coder_id: str
    au12_source: str
    face: int
    faces: int
    frames: int
    fps: float | None
    start_s: float
    end_s: float
    offset_ms: int
    file: str
    unfit: str
    source_id: int

    @property
    def identity(self) -> tuple[str, str, str]:
        """What only one track of a study has."""
        return self.observation_id, self.subject, self.coder_id

    @property
    def end_ms(self) -> int:
        """Where its last frame ends, in ms of the recording."""
        step = 1 / self.fps if self.fps else 0.0
        return round((self.end_s + step) * 1000) - self.offset_ms


@dataclass(frozen=True)
class SpeechTrack:
    """The probability of speech in one recording, as table speech_track has it."""

    observation_id: str
    file: str
    offset_ms: int
    source_id: int

    @property
    def identity(self) -> tuple[str, ...]:
        """What only one speech track of a study has."""
        return (self.observation_id,)


One = TypeVar("One", Track, SpeechTrack)


@dataclass(frozen=True)
class Placed:
    """Tracks of known recordings, one per identity, and the files of which nothing is used (source ids)."""

    tracks: tuple[Track, ...]
    speech: tuple[SpeechTrack, ...]
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
    new = [placing.one(one) for one in tracked.seen]
    before = list(_carried(tracked, old, home, placing))
    tracks = _one_each([one for one in (*new, *before) if isinstance(one, Track)], "track", before, log)
    speech = _one_each([one for one in (*new, *before) if isinstance(one, SpeechTrack)], "speech", before, log)
    used = {one.source_id for one in (*tracks, *speech)}
    everything = {one.source_id for one in (*tracked.seen, *before)}
    return Placed(tuple(tracks), tuple(speech), frozenset(everything - used))


def _offsets(media: pd.DataFrame) -> dict[tuple[str, str], int]:
    rows = media[["observation_id", "view", "offset_ms"]].itertuples(index=False, name=None)
    return {(observation, view): int(offset) for observation, view, offset in rows}


@dataclass(frozen=True)
class _Placing:
    known: set[str]
    offsets: dict[tuple[str, str], int]
    log: Log

    def one(self, seen: Seen) -> Track | SpeechTrack | None:
        observation = self._recording(seen)
        if observation is None:
            return None
        entry, track = seen.file.entry, seen.stored
        if not isinstance(entry, Tracks):
            return SpeechTrack(observation, track.file, self._offset(seen, observation), seen.source_id)
        face = self._face(seen, observation)
        if face is None:
            return None
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
        self.log.add("track_of_unknown_recording", seen.source_id, name=name, suggestion=near)
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
            self.log.add("no_video_for_track", seen.source_id, observation_id=observation, view=entry.view)
        return self.offsets.get((observation, entry.view), 0)


def _carried(tracked: Tracked, old: Old | None, home: Path, placing: _Placing) -> Iterator[Track | SpeechTrack]:
    """Tracks of earlier versions that stay, as they were placed before."""
    if old is None:
        return
    for path in tracked.carried:
        number = tracked.ids[path]
        rows = old.track[old.track["source_id"] == number].to_dict("records")
        speech = old.speech_track[old.speech_track["source_id"] == number].to_dict("records")
        for row in [one for one in (*rows, *speech) if one["observation_id"] in placing.known]:
            if known(home, row["file"]) is None:
                placing.log.add("track_lost", None, file=path, observation_id=row["observation_id"])
                continue
            of = Track if row in rows else SpeechTrack
            one = of(**{name: row[name] for name in of.__dataclass_fields__})
            yield replace(one, source_id=int(one.source_id), offset_ms=int(one.offset_ms))


def _one_each(every: list[One], content: str, before: list[Track | SpeechTrack], log: Log) -> list[One]:
    """The first of each identity; every other one is named, or was replaced where it stands `before` this import."""
    first: dict[tuple[str, ...], One] = {}
    for one in every:
        kept = first.setdefault(one.identity, one)
        if kept is one:
            continue
        if any(one is other for other in before):
            log.add("superseded", kept.source_id, other_file=file_name(log.files[one.source_id]))
            continue
        words = {"subject_word": SUBJECT_WORDS[one.subject]} if isinstance(one, Track) else {}
        other = file_name(log.files[kept.source_id])
        log.add(f"{content}_twice", one.source_id, observation_id=one.observation_id, other_file=other, **words)
    return list(first.values())
