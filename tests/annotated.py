"""A small study with feature streams, and a network taught on numbers of the same kind: for tests of annotations."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.phase_card import Card
from pipeline.catalogue.phase_recipe import LSTM
from pipeline.features.choices import Choices, LogMelChoices, MotionGridChoices
from pipeline.features.task import as_words
from pipeline.measures.phase_sessions import Session
from pipeline.models.phases import Fitted, fit
from pipeline.models.phases_lesson import lesson
from pipeline.steps.phase_models import Kept, keep
from tests import model_files
from tests.feature_streams import STREAMS, extracted
from tests.tiny import Tiny, entry

GRID = MotionGridChoices(cells=4)
WIDTH = 64
RECIPE = replace(LSTM, hidden=(8,), epochs=4, learning_rate=0.02)
MEDIA = '\n[tables.media]\nfile = "media.csv"\n'


def used(stream: str = "motion_grid", choices: Choices = GRID, dim: int = WIDTH, **changes: object) -> dict:
    """A stream as a card has it."""
    text = json.dumps(as_words(choices), sort_keys=True)
    return {"stream": stream, "dim": dim, "fps": 25.0, "choices": text} | changes


def features(labels: np.ndarray, width: int = WIDTH, seed: int = 1) -> np.ndarray:
    """Numbers that show the class (0 or 1) clearly: half of them are near 1 in the one, the other half in the other."""
    shown = np.arange(width)[None, :] % 2 == labels[:, None]
    return (shown + np.random.default_rng(seed).normal(0, 0.3, shown.shape)).astype(np.float32)


def taught(width: int = WIDTH) -> Fitted:
    """A network that tells two classes apart, taught by four short sessions."""
    given = {f"T{number}": np.repeat(np.arange(8) % 2, 25 + number) for number in range(4)}
    sessions = [Session(name, name, labels, np.ones(len(labels), dtype=bool)) for name, labels in given.items()]
    read = {name: features(labels, width, seed) for seed, (name, labels) in enumerate(given.items())}
    return fit(lesson(sessions, read.__getitem__, 2), RECIPE, (1,), 4)


def keep_model(home: Path, fitted: Fitted, predictions: str = "", **changes: object) -> Card:
    """Keeps a model of the tiny study; `predictions` drawn as in `model_files`."""
    about = {"streams": (used(),), "recipe": RECIPE, "grid": (RECIPE,), "kind": "lstm", "pca_scope": "as_imported"}
    card = model_files.card(**(about | changes))
    answers = pd.DataFrame({"family": ["F0", "F9"]})
    keep(home, Kept(card, fitted, None, answers, model_files.predicted(predictions or "O1 Smile 0 1000 0.9")))
    return card


def study(folder: Path) -> Tiny:
    """O1 was coded; O2, O3 and O4 were not. O2 has a stream of 8 s with a gap, O3 another width; O4 has a video, which
    begins 2 s before the recording."""
    made = Tiny(folder, {"O1": 8, "O2": 8, "O3": 8, "O4": 6}, entry("*.csv", 'coder = "anna"\n'), tail=STREAMS + MEDIA)
    made.spans("a.csv", "| O1 | Infant | Neutral | 0 | 5 |\n| O1 | Infant | Smile | 5 | 8 |")
    made.write("/media.csv", f"observation_id,view,path,offset_ms\nO4,room,{folder / 'films' / 'four.mkv'},2000\n")
    there = np.ones(200, dtype=bool)
    there[60:70] = False
    values = features(np.repeat([0, 1, 0, 1], 50))
    extracted(folder / "streams", "O1", values, choices=GRID)
    extracted(folder / "streams", "O2", values, choices=GRID, measured=there)
    return made


SOUND = used("log_mel", LogMelChoices(), 160)
