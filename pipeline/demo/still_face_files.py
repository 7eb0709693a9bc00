"""The still-face sessions as raw files: NOVA annotations, feature streams, and rows of the study's tables."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.demo.still_face import Session, draw_sessions, still_face_parameters
from pipeline.demo.still_face_coder import Labels, code_again
from pipeline.demo.still_face_features import CELLS, DESCRIPTORS, FPS, motion, sound
from pipeline.demo.still_face_films import Film, choose_films, write_films
from pipeline.demo.still_face_tables import episodes_table
from pipeline.demo.tables import write_csv
from pipeline.features.choices import Choices, LogMelChoices, MotionGridChoices, View, as_words
from pipeline.features.feature_file import write_feature
from pipeline.features.grid import Grid
from pipeline.features.stream_table import about_stream, wide_table
from pipeline.features.task import VERSIONS
from pipeline.writers import nova
from pipeline.writers.study_events import StudyEvents

GOLD = "gold"
VIEWS: dict[str, View] = {"infant": ("infant", 0.5, 0, 1, 1), "caregiver": ("caregiver", 0, 0, 0.5, 1)}
"""Half of the picture in which each person is filmed."""


@dataclass(frozen=True)
class StillFace:
    """All sessions, what the second coder saw in some of them (recording -> person -> labels), and the films."""

    seed: int
    sessions: list[Session]
    again: dict[str, Labels]
    films: list[Film]


def make_still_face(seed: int, families: int, films: bool = True) -> StillFace:
    """The sessions that belong to a study of so many families; the same for the same seed."""
    sessions = draw_sessions(np.random.default_rng([seed, 21]), families)
    again = code_again(np.random.default_rng([seed, 22]), sessions)
    return StillFace(seed, sessions, again, choose_films(sessions) if films else [])


def write_still_face(folder: Path, still: StillFace, clip_seconds: float) -> None:
    """Annotations, streams, films and the table of episodes below `folder`."""
    write_annotations(folder / "coded" / "nova", still)
    for number, session in enumerate(still.sessions):
        for stream in streams_of(still.seed, number, session):
            stream.write(folder / "streams")
    write_films(folder, still.films, clip_seconds)
    write_csv(folder / "tables" / "episodes.csv", episodes_table(still.sessions))


def coded_events(still: StillFace) -> pd.DataFrame:
    """What both coders coded: observation_id, subject, behaviour_group, code, onset_ms, offset_ms, coder_id."""
    second = still_face_parameters()["second"]["coder"]
    frames = [session.events().assign(coder_id=GOLD) for session in still.sessions]
    for session in still.sessions:
        if labels := still.again.get(session.observation_id):
            frames.append(session.events(labels).assign(coder_id=second))
    return pd.concat(frames, ignore_index=True)


def write_annotations(folder: Path, still: StillFace) -> None:
    """One folder per session with a pair of files per person and coder."""
    scheme = load_scheme(scheme_path("icepr"))
    codes = [
        (group.name, code.label, code.colour, ",".join(group.subjects_of(code)))
        for group in scheme.groups
        for code in group.codes
    ]
    names = ["behaviour_group", "code", "colour", "subjects"]
    events = coded_events(still).assign(modifier="", kind="state")
    for path, text in nova.write(StudyEvents(events, pd.DataFrame(), pd.DataFrame(codes, columns=names))):
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8", newline="")


@dataclass(frozen=True)
class Stream:
    """One stream of one session as `extract` would write it. `values`: (frames, dim) float16."""

    observation_id: str
    name: str
    choices: Choices
    values: np.ndarray
    seed: int

    @property
    def file(self) -> str:
        """Its name, which ends in a key of what it was made from."""
        view = getattr(self.choices, "view", ("",))[0]
        made = json.dumps([self.seed, self.observation_id, self.name, as_words(self.choices)], sort_keys=True)
        key = hashlib.sha256(made.encode()).hexdigest()[:16]
        return f"{self.observation_id}.{self.name}{'-' * bool(view)}{view}.{key}.parquet"

    def table(self) -> pa.Table:
        """Its rows, on a grid of which every picture is shown once."""
        step = np.arange(len(self.values))
        grid = Grid(FPS, step, step, step / FPS, np.zeros(len(step), bool))
        flag = "measured" if self.name == "motion_grid" else "padded"
        return wide_table(grid, self.values, **{flag: np.full(len(step), flag == "measured")})

    def about(self) -> dict[str, str]:
        """Its description: that of `extract`, and that it is synthetic."""
        found = {"stream": self.name, "version": VERSIONS[self.name], "synthetic": "true", "model_sha256": ""}
        found |= {"choices": json.dumps(as_words(self.choices), sort_keys=True), "times": "synthetic"}
        found |= {"frames": str(len(self.values)), "frames_held": "0", "longest_hold_s": "0.0000"}
        found |= about_stream(self.values.shape[1], self.choices)
        if self.name == "motion_grid":
            return found | {"cells": f"{CELLS} x {CELLS}", "descriptors": json.dumps(DESCRIPTORS), "crop": "none"}
        return found | {"normalised": "over the session"}

    def write(self, folder: Path) -> None:
        """Writes it below a folder."""
        write_feature(self.table(), folder / self.file, self.about())


def streams_of(seed: int, number: int, session: Session) -> list[Stream]:
    """Movement of each person and sound, of the session with this number."""
    rng = np.random.default_rng([seed, 23, number])
    name = session.observation_id
    found = [
        Stream(name, "motion_grid", MotionGridChoices(view=view, cells=CELLS), motion(rng, session, role), seed)
        for role, view in VIEWS.items()
    ]
    return [*found, Stream(name, "log_mel", LogMelChoices(), sound(rng, session), seed)]
