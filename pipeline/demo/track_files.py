"""OpenFace-format tables of the free-play recordings, with the differences that such files have in real life."""

import io
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_parameters import LANDMARKS
from pipeline.demo.free_play import FreePlay
from pipeline.demo.parameters import smile_parameters
from pipeline.demo.smile_schedule import Session, add_gap, add_lean, add_speech, lose_frames, schedule
from pipeline.demo.smile_tracks import Face, draw_face

FOUND_FROM = 0.5
"""Below this confidence the program says that it found no face (success 0)."""
SECOND_FACE_PX = (190.0, 60.0)
FOLDER, CAMERA_FOLDER, CAMERA_NAME, CAMERA_VIEW = "tracks", "tracks/camera", "mother_{}", "parent_camera"
OFFSETS_MS = (1_280, 640)
"""Recordings with a film of their own: time of the film (ms) at the start of the recording."""


@dataclass(frozen=True)
class Variant:
    """How the file of one recording differs. `number`: of the recording, from 0. `late_s`: time of the first frame.
    `offset_ms`: of the film, None without one. `noise`: of the landmarks, IR.
    """

    number: int
    noise: float
    face_id: bool = False
    blanks: bool = False
    second_face: bool = False
    late_s: float = 0.0
    gap: bool = False
    lean: bool = False
    clicks: int = 0
    ending: str = ""
    offset_ms: int | None = None

    @property
    def start_s(self) -> float:
        """Time of the recording at the first frame."""
        return self.late_s - (self.offset_ms or 0) / 1000


def draw_variants(rng: np.random.Generator, play: FreePlay, smiles: pd.DataFrame, films: bool = True) -> list[Variant]:
    """One per recording, in the order in which the files are written: the unusual ones come first. Without `films` no
    recording has a film of its own.
    """
    wanted = smile_parameters()
    kept = np.bincount(smiles["recording"][smiles["kind"] == "kept"], minlength=len(play))
    order = [int(number) for number in rng.permutation(len(play))]
    order.sort(key=lambda number: kept[number] < 3)
    track = wanted["track"]
    found = [
        Variant(number, track["landmark_noise"], bool(rng.random() < 0.6), bool(rng.random() < 0.15))
        for number in order
    ]
    special = [
        *({"offset_ms": offset if films else None, "face_id": True} for offset in OFFSETS_MS),
        {"second_face": True, "face_id": True, "blanks": False},
        {"ending": "offset"},
        {"ending": "apex"},
        {"blanks": True, "face_id": False},
        *({"late_s": round(rng.uniform(0.6, 2.4), 3)} for _ in range(4)),
        *({"gap": True} for _ in range(3)),
        *({"noise": track["noisy_landmarks"]} for _ in range(track["noisy"])),
        *({"lean": True} for _ in range(round(wanted["lean_share"] * len(play)))),
        *({"clicks": 2} for _ in range(wanted["clicks"] // 2)),
    ]
    return [
        replace(variant, **special[place]) if place < len(special) else variant for place, variant in enumerate(found)
    ]


def draw_sessions(seed: int, play: FreePlay, smiles: pd.DataFrame, variants: list[Variant]) -> dict[int, Session]:
    """What happens when in every recording, by its number; the same whichever files are written."""
    shares = [visit["low_confidence"] for visit in smile_parameters()["visits"]]
    found = {}
    for variant in variants:
        rng = np.random.default_rng([seed, 7, variant.number])
        row = play.recordings.iloc[variant.number]
        mine = smiles[smiles["recording"] == variant.number]
        session = schedule(rng, mine, float(row["fps"]), float(row["length_s"]), variant.ending)
        session.start_s = variant.start_s
        if variant.lean:
            add_lean(session, rng)
        lose_frames(rng, session, shares[int(row["visit"])])
        if variant.gap:
            add_gap(rng, session)
        add_speech(rng, session, variant.clicks)
        found[variant.number] = session
    return found


def write_tracks(
    folder: Path, seed: int, play: FreePlay, sessions: dict[int, Session], variants: list[Variant]
) -> None:
    """Writes the table of every variant's recording below `folder`, two at a time."""
    (folder / CAMERA_FOLDER).mkdir(parents=True, exist_ok=True)
    names = play.recordings["observation_id"].tolist()

    def write(variant: Variant) -> None:
        rng = np.random.default_rng([seed, 8, variant.number])
        path = folder / track_path(names[variant.number], variant)
        path.write_bytes(table(rng, sessions[variant.number], variant))

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(write, variants))


def track_path(observation_id: str, variant: Variant) -> str:
    """File below the study's folder."""
    if variant.offset_ms is None:
        return f"{FOLDER}/{observation_id}.csv"
    return f"{CAMERA_FOLDER}/{CAMERA_NAME.format(observation_id)}.csv"


def table(rng: np.random.Generator, session: Session, variant: Variant) -> bytes:
    """The file of one recording as OpenFace writes it, with the columns that smiles need."""
    columns = _columns(draw_face(rng, session, variant.noise), session, variant, 1 if variant.second_face else 0)
    if session.gap:
        columns = {name: np.delete(values, np.s_[slice(*session.gap)]) for name, values in columns.items()}
    if variant.second_face:
        columns = _beside(columns, _second(rng, session, variant))
    return _csv(columns, variant.blanks)


def _columns(face: Face, session: Session, variant: Variant, number: int) -> dict[str, np.ndarray]:
    frames = np.arange(1, session.frames + 1)
    columns = {"frame": frames}
    if variant.face_id:
        columns["face_id"] = np.full(session.frames, number)
    columns |= {
        "timestamp": np.round(session.seconds + (variant.offset_ms or 0) / 1000, 3),
        "confidence": face.confidence,
        "success": (face.confidence >= FOUND_FROM).astype(int),
        "pose_Tx": np.round(face.pose[:, 0], 1),
        "pose_Ty": np.round(face.pose[:, 1], 1),
        "pose_Tz": np.round(face.distance_mm, 1),
    }
    for axis, name in enumerate("xy"):
        columns |= {f"{name}_{mark}": np.round(face.points[mark][:, axis], 3) for mark in LANDMARKS}
    return columns | {
        "AU06_r": np.round(face.au06, 2),
        "AU12_r": face.au12,
        "AU12_c": (face.au12 >= 1.0).astype(int),
    }


def _second(rng: np.random.Generator, session: Session, variant: Variant) -> dict[str, np.ndarray]:
    """The child's face at the edge of the picture: seen in some frames, and less surely."""
    alone = Session(session.fps, session.frames, [], session.start_s, rng.random(session.frames) < 0.3)
    columns = _columns(draw_face(rng, alone, variant.noise), alone, variant, 0)
    columns["confidence"] = np.round(columns["confidence"] * 0.9, 2)
    for mark in LANDMARKS:
        for name, shift in zip("xy", SECOND_FACE_PX, strict=True):
            columns[f"{name}_{mark}"] = np.round(columns[f"{name}_{mark}"] + shift, 3)
    seen = np.cumsum(rng.choice([-1, 1], session.frames)) % 400 < 240
    return {name: values[seen] for name, values in columns.items()}


def _beside(first: dict[str, np.ndarray], second: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Rows of both faces, frame by frame."""
    joined = {name: np.concatenate([second[name], first[name]]) for name in first}
    order = np.argsort(joined["frame"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def _csv(columns: dict[str, np.ndarray], blanks: bool) -> bytes:
    """The table as text; `blanks`: a blank after every comma, as older versions write it."""
    import pyarrow as pa
    from pyarrow import csv

    text = io.BytesIO()
    csv.write_csv(pa.table(columns), text, csv.WriteOptions(include_header=False))
    whole = ",".join(columns).encode() + b"\n" + text.getvalue()
    return whole.replace(b",", b", ") if blanks else whole
