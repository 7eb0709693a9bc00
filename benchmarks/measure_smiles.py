"""How long smiles take: ten thousand of them from tracks in memory to features and statistics, and a table of OpenFace
to a track.
"""

import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, markdown
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.measures.face_track import FaceTrack
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smiles import as_table, smile_rows
from pipeline.readers.openface import read_openface
from pipeline.steps import smile_cohort_answers as answers
from pipeline.steps.smile_cohort import SmileCohort

FPS = 30
SMILES, PER_TRACK, LENGTH_S = 10_000, 5, 180
TARGET_S = 2.0
READ_TARGET_S = 1.0
STATISTICS_TARGET_S = 3.0
MOTHERS, VISITS = 943, ("6 months", "12 months")
REPEATS = 3


def tracks(number: int, seed: int = 1) -> list[FaceTrack]:
    """Tracks of three minutes with five smiles each, landmarks rounded to a tenth of a pixel."""
    chance = np.random.default_rng(seed)
    t_s = np.round(np.arange(LENGTH_S * FPS) / FPS, 3)
    return [_track(t_s, chance) for _ in range(number)]


def _track(t_s: np.ndarray, chance: np.random.Generator) -> FaceTrack:
    level = np.zeros(len(t_s))
    for number in range(PER_TRACK):
        begin = 10 + number * 33 + chance.uniform(0, 10)
        level += np.clip((t_s - begin) / 0.6, 0, 1) * np.clip((begin + 4 - t_s) / 0.6, 0, 1)
    noise = chance.normal(0, 0.3, (4, len(t_s)))
    corner = np.column_stack([460 - 12 * level, 300 - 6 * level]) + noise[:2].T
    points = {34: np.tile([500.0, 250.0], (len(t_s), 1)) + noise[2:].T, 48: corner, 54: corner + [80, 0]}
    confidence = np.where((chance.random(len(t_s)) < 0.9) | (level > 0), 0.98, 0.5)
    rounded = {name: place.round(1) for name, place in points.items()}
    return FaceTrack(t_s, confidence, 3 * level, rounded, np.full(len(t_s), 500.0))


def measure_smiles() -> list[Figure]:
    """Processor seconds (the best of three) for 10,000 smiles, and for reading a table of 714 columns."""
    drawn, parameters = tracks(SMILES // PER_TRACK // 20), SmileParameters()
    spoken = pd.DataFrame({"onset_s": np.arange(0.0, 170, 17), "offset_s": np.arange(1.0, 171, 17)})
    best = min(_timed(drawn, parameters, spoken) for _ in range(REPEATS))
    what = f"Smiles of {SMILES // PER_TRACK:,} tracks of three minutes, to their features"
    return [Figure(what, f"{SMILES:,} smiles", best, "s", TARGET_S), _reading()]


def _timed(drawn: list[FaceTrack], parameters: SmileParameters, spoken: pd.DataFrame) -> float:
    """Processor seconds until all smiles stand in one table; every track is taken twenty times."""
    begin = time.process_time()
    found = as_table([row for _ in range(20) for track in drawn for row in smile_rows(track, parameters, spoken)])
    seconds = time.process_time() - begin
    assert len(found) == SMILES, len(found)
    return seconds


def _reading() -> Figure:
    """Reading one table with every group of columns."""
    names = ["frame", "face_id", "timestamp", "confidence", "success", "pose_Tz", "AU12_r"]
    names += [f"{axis}_{mark}" for axis in "xy" for mark in range(68)]
    names += [f"more_{number}" for number in range(714 - len(names))]
    cells = np.random.default_rng(1).uniform(1, 900, (FPS * LENGTH_S, len(names))).round(1)
    frame = pd.DataFrame(cells, columns=names)
    frame["frame"], frame["face_id"], frame["success"] = np.arange(len(frame)) + 1, 0, 1
    frame["timestamp"], frame["confidence"] = (np.arange(len(frame)) / FPS).round(3), 0.98
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "of.csv"
        frame.to_csv(path, index=False)
        begin = time.process_time()
        read_openface(path)
        seconds, size = time.process_time() - begin, path.stat().st_size
    return Figure(
        "Reading an OpenFace table of 714 columns", f"{size / 1e6:.0f} MB, three minutes", seconds, "s", READ_TARGET_S
    )


def cohort(seed: int = 1) -> SmileCohort:
    """10,000 smiles of 943 mothers at two visits, with a score in four bands."""
    chance = np.random.default_rng(seed)
    session = np.sort(chance.integers(0, 2 * MOTHERS, SMILES))
    mother, score = session // 2, np.round(chance.gamma(2, 3, 2 * MOTHERS)).clip(0, 27)
    values = chance.normal(size=(SMILES, len(FEATURES))) + chance.normal(size=(MOTHERS, 1))[mother]
    number = np.arange(SMILES) - np.searchsorted(session, session) + 1
    names = {"observation_id": session, "dyad_id": mother, "family_id": mother, "caregiver_id": mother}
    columns = {name: np.char.add(name[0], code.astype(str)) for name, code in names.items()}
    columns |= {"visit": np.array(VISITS)[session % 2], "smile_number": number, "score:PHQ-9": score[session]}
    smiles = pd.DataFrame(columns | dict(zip(FEATURES, values.T, strict=True)))
    sessions = smiles.groupby([*names, "visit", "score:PHQ-9"], as_index=False).agg(smiles=("smile_number", "size"))
    sessions = sessions.assign(rejected=1, in_speech=1, length_s=180.0, frames=4500, confident_frames=4000)
    bands = pd.DataFrame([("minimal", 0, 4), ("mild", 5, 9), ("moderate", 10, 14), ("severe", 15, 27)])
    return SmileCohort(smiles, sessions, {"PHQ-9": bands.set_axis(["band", "low", "high"], axis=1)}, VISITS)


def measure_smile_statistics() -> list[Figure]:
    """Processor seconds (the best of three) for every table and figure of all mothers at 10,000 smiles."""
    smiles = cohort()
    best = min(_answered(smiles) for _ in range(REPEATS))
    what = "Every statistic of all mothers, smile by smile and by mothers"
    return [Figure(what, f"{SMILES:,} smiles of {MOTHERS} mothers", best, "s", STATISTICS_TARGET_S)]


def _answered(smiles: SmileCohort) -> float:
    begin = time.process_time()
    answers.numbers(smiles, "PHQ-9")
    answers.growths(smiles, "PHQ-9")
    answers.visits(smiles, *VISITS)
    answers.bands(smiles)
    answers.visit_means(smiles)
    answers.band_means(smiles, "PHQ-9")
    answers.visit_checks(smiles, *VISITS)
    answers.band_checks(smiles, "PHQ-9")
    answers.counts(smiles)
    answers.counts_and_scores(smiles)
    answers.score_stability(smiles, *VISITS)
    return time.process_time() - begin


if __name__ == "__main__":
    print(markdown(measure_smiles() + measure_smile_statistics()))
