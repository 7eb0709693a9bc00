"""A hand study of still-face sessions: phases by a person and by a model, episodes, and a stream that follows them.

In play infants are mostly positive, in the still face mostly negative, in the reunion in between; in the right half of
the picture nothing moves during the still face.
"""

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np

from pipeline.features.choices import Choices, Dinov2Choices, MotionGridChoices, as_words
from pipeline.features.feature_file import write_feature
from pipeline.features.grid import Grid
from pipeline.features.stream_table import about_stream, sums_file, sums_table, wide_table
from pipeline.measures.pca import components, scores, sums_of
from pipeline.steps.import_study import import_study
from tests.timeline_study import clip

EPISODES = {"play": (0, 20_040), "still_face": (24_040, 44_000), "reunion": (44_000, 64_000)}
LENGTH_S, FPS, MODEL = 64, 25, "model:0a1b2c3d"
INFANT, CAREGIVER = ("Ipos", "Ineu", "Inon", "Ipro"), ("Cpos", "Cpvc", "Cneu", "Cnon")
LIKELY = {"play": (0.5, 0.25, 0.2, 0.05), "still_face": (0.05, 0.25, 0.35, 0.35), "reunion": (0.3, 0.3, 0.2, 0.2)}
MOTHER = {"play": (0.4, 0.4, 0.2, 0.0), "still_face": (0.0, 0.0, 0.9, 0.1), "reunion": (0.4, 0.3, 0.3, 0.0)}
PEOPLE = (
    ("infant", INFANT, LIKELY, ("Ineg", "Inon", "Ineu", "Ipos")),
    ("caregiver", CAREGIVER, MOTHER, ("Cneu", "Cpvc", "Cpos")),
)
HEAD = """
[study]
id = "phases"
title = "Still-face hand study"
scheme = "icepr"
protocol = "still_face"
synthetic = true

[tables.observations]
file = "observations.csv"

[tables.episodes]
file = "episodes.csv"

[[coded]]
files = ["coded/*.csv"]
format = "long_csv"

[coded.columns]
observation = "obs"
subject = "who"
code = "code"
onset = "start"
offset = "stop"
unit = "ms"
coder = "rater"
"""
STREAMS = '\n[[streams]]\nfiles = ["streams/*.parquet"]\nformat = "extracted"\n'
MEDIA = '\n[tables.media]\nfile = "media.csv"\n'


def phases(random: np.random.Generator, codes: tuple[str, ...], likely: dict) -> list[tuple[str, int, int]]:
    """Bouts of 2 to 6 s that fill the episodes but for their last second, which cannot be scored."""
    rows = []
    for episode, (start, end) in EPISODES.items():
        at = start
        while at < end - 1000:
            until = min(at + int(random.integers(2000, 6000)), end - 1000)
            rows.append((codes[random.choice(4, p=likely[episode])], at, until))
            at = until
        rows.append((f"{codes[0][0]}usc", at, end))
    return rows


def predicted(random: np.random.Generator, rows: list[tuple[str, int, int]], classes: tuple[str, ...]) -> list:
    """What a model might say: the classes, the whole session tiled, one bout in five wrong."""
    found, at = [], 0
    for code, _, until in rows:
        code = {"Ipro": "Ineg"}.get(code, code)
        code = code if code in classes and random.random() > 0.2 else classes[random.integers(len(classes))]
        found.append((code, at, until))
        at = until
    return found


def motion(random: np.random.Generator) -> np.ndarray:
    """(frames, 64) float16 of a motion_grid of 4 x 4 cells: in the right half nothing moves in the still face."""
    values = random.gamma(2, 0.5, (LENGTH_S * FPS, 4, 4, 4)).astype(np.float16)
    first, last = (edge * FPS // 1000 for edge in EPISODES["still_face"])
    values[first:last, :, 2:] = 0
    return values.reshape(len(values), -1)


def write_stream(folder: Path, name: str, stream: str, values: np.ndarray, choices: Choices, **more: str) -> Path:
    """A stream as `extract` writes it."""
    count = np.arange(len(values))
    grid = Grid(FPS, count, count, count / FPS, np.zeros(len(values), dtype=bool))
    about = about_stream(values.shape[1], choices) | {"stream": stream, "choices": json.dumps(as_words(choices))}
    path = folder / f"{name}.{stream}.{'ab' * 8}.parquet"
    write_feature(wide_table(grid, values), path, about | more)
    return path


def build(
    folder: Path, sessions: int = 8, model: bool = True, film: bool = False, random_weights: bool = False
) -> Path:
    """The study in `folder`, imported into `folder`/home. S0 and S1 are of one family; the last lacks its reunion.

    `film`: S0 has a clip of 4 s that began half a second before it. `random_weights`: a second stream that means
    nothing.
    """
    random, rows = np.random.default_rng(11), []
    for name in (f"S{number}" for number in range(sessions)):
        for who, codes, likely, classes in PEOPLE:
            mine = phases(random, codes, likely)
            rows += [[name, who, *bout, "anna"] for bout in mine]
            rows += [[name, who, *bout, MODEL] for bout in predicted(random, mine, classes) if model]
        write_stream(folder / "streams", name, "motion_grid", motion(random), MotionGridChoices(cells=4))
        if random_weights:
            values = random.normal(size=(LENGTH_S * FPS, 8)).astype(np.float16)
            write_stream(folder / "streams", name, "w2vbert", values, MotionGridChoices(), random_weights="true")
    _write(folder / "coded" / "phases.csv", [["obs", "who", "code", "start", "stop", "rater"], *rows])
    families = [f"F{max(number - 1, 0)}" for number in range(sessions)]
    about = [[f"S{number}", f"D{family}", family, "mother", LENGTH_S] for number, family in enumerate(families)]
    _write(folder / "observations.csv", [["observation_id", "dyad_id", "family_id", "role", "length_s"], *about])
    _write(folder / "episodes.csv", [["observation_id", "episode", "onset", "offset", "unit"], *_marks(sessions)])
    if film:
        clip(folder / "film.webm", 4)
        _write(
            folder / "media.csv", [["observation_id", "view", "path", "offset_ms"], ["S0", "room", "film.webm", 500]]
        )
    manifest = folder / "STUDY.toml"
    manifest.write_text(HEAD + STREAMS + (MEDIA if film else ""), encoding="utf-8")
    import_study(manifest, folder / "home", report=lambda text: None)
    return folder / "home"


def patches(random: np.random.Generator, frames: int = LENGTH_S * FPS) -> np.ndarray:
    """(frames, 4, 6): four patches of six dimensions that vary along three axes only, far from the origin."""
    along = random.normal(size=(frames, 4, 3)) * (3, 2, 1)
    return along @ np.linalg.qr(np.random.default_rng(1).normal(size=(6, 3)))[0].T + np.arange(6)


def write_tokens(folder: Path, name: str, seen: np.ndarray, turned: bool = False) -> None:
    """A stream of scores of patches with its sums; `turned`: its own axes have the other sign."""
    sums = sums_of(seen.reshape(-1, seen.shape[2]))
    kept = components(sums, 3)
    kept = replace(kept, axes=-kept.axes) if turned else kept
    choices = Dinov2Choices(components=3)
    file = write_stream(folder, name, "dinov2", scores(seen, kept).reshape(len(seen), -1), choices)
    write_feature(sums_table(sums, kept), sums_file(file), {"n": str(sums.n)})


def _marks(sessions: int) -> list[list]:
    """Rows of the table of episodes."""
    return [
        [f"S{number}", episode, *span, "ms"]
        for number in range(sessions)
        for episode, span in EPISODES.items()
        if (number, episode) != (sessions - 1, "reunion")
    ]


def _write(path: Path, rows: list[list]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file, lineterminator="\n").writerows(rows)
