"""A report on made-up answers: sessions whose phases follow a known process, answered by arms of known skill."""

from fractions import Fraction
from functools import cache

import numpy as np
import pandas as pd

from pipeline.catalogue.scheme import load_scheme, scheme_path
from pipeline.measures.frame_labels import label_events
from pipeline.measures.phase_arms import ARM
from pipeline.measures.phase_coded import Coded, Task, classes_per_frame
from pipeline.steps.phase_report import build_report
from pipeline.steps.phase_report_frames import Report

FPS = Fraction(25)
SKILLS = {
    ("multimodal", "lstm"): 1.9, ("multimodal", "linear"): 1.3, ("video", "lstm"): 1.6, ("video", "linear"): 1.1,
    ("audio", "lstm"): 0.9, ("audio", "linear"): 0.7, ("multimodal", "motion_linear"): 0.5,
    ("multimodal", "majority"): 0.0, ("multimodal", "transition"): 0.0,
}  # fmt: skip
"""How far an arm tells a class from the others, in SDs of one second of evidence; 0: always the same answer."""


def task(role: str = "infant") -> Task:
    """The task of the shipped scheme: infant with 4 classes, caregiver with 3."""
    scheme = load_scheme(scheme_path("icepr"))
    chosen = scheme.class_map({"infant": "infant4", "caregiver": "caregiver3"}[role])
    group = next(one for one in scheme.groups if one.name == chosen.group)
    rows = [
        {"scheme": "icepr", "behaviour_group": group.name, "code": code.label, "unobservable": code.unobservable,
         "subjects": ",".join(group.subjects)}
        for code in group.codes
    ]  # fmt: skip
    subject = {"infant": "infant", "caregiver": "caregiver1"}[role]
    codes = pd.DataFrame(rows)
    return Task(role, subject, "icepr", group.name, codes, chosen, tuple(sorted(chosen.classes)), FPS)


def coded(seed: int, given: Task, count: int = 12, seconds: int = 120, twice: int = 4) -> list[Coded]:
    """Sessions of all codes with times in ms, every family its own; `twice` of them have a second coder, who errs."""
    rng, names = np.random.default_rng(seed), list(given.codes["code"])
    found = []
    for number in range(count):
        gold = _events(rng, names, seconds * 1000)
        events = {"gold": gold} | ({"second": _again(rng, gold, names)} if number < twice else {})
        family = f"F{number:02d}"
        found.append(Coded(f"SF{number:02d}", family, 0, seconds * 1000, seconds * 25, "gold", events))
    return found


def _events(rng: np.random.Generator, names: list[str], length: int) -> pd.DataFrame:
    """Bouts of about 5 s, every code in turn, with uncoded time now and then."""
    weights = rng.dirichlet(np.full(len(names), 2.0))
    rows, now = [], int(rng.integers(0, 900))
    while now < length:
        stop = min(length, now + 400 + int(rng.gamma(2.0, 2300)))
        rows.append((str(rng.choice(names, p=weights)), now, stop))
        now = stop + (int(rng.integers(300, 2000)) if rng.random() < 0.08 else 0)
    return pd.DataFrame(rows, columns=["code", "onset_ms", "offset_ms"])


def _again(rng: np.random.Generator, events: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """What a second person sees: edges off by some tenths of a second, one bout in eight another code."""
    edges = np.sort(np.append(events["onset_ms"], events["offset_ms"].iloc[-1]) + rng.normal(0, 150, len(events) + 1))
    edges = np.clip(edges, 0, events["offset_ms"].iloc[-1]).astype(int)
    other = np.where(rng.random(len(events)) < 0.125, rng.choice(names, len(events)), events["code"])
    rows = pd.DataFrame({"code": other, "onset_ms": edges[:-1], "offset_ms": edges[1:]})
    return rows[rows["offset_ms"] > rows["onset_ms"]].reset_index(drop=True)


def answers(seed: int, sessions: list[Coded], given: Task, folds: int = 4, skills: dict = SKILLS) -> pd.DataFrame:
    """Out-of-fold answers of every arm; 3 s of each session have no features."""
    parts = []
    for arm, skill in skills.items():
        rng = np.random.default_rng((seed, *map(ord, "".join(arm))))
        for number, session in enumerate(sessions):
            truth = classes_per_frame(session, session.coder, given)
            width = 51 if arm[1] == "lstm" else 9
            sure = _sure(rng, truth, len(given.classes), skill, width)
            frames = np.flatnonzero((np.arange(len(truth)) < 500) | (np.arange(len(truth)) >= 575))
            columns = {
                "observation_id": session.observation_id,
                "family": session.family,
                **dict(zip(ARM, arm, strict=True)),
            }
            columns |= {"fold": number % folds, "frame": frames, "truth": truth[frames].astype(np.int64)}
            columns |= {"predicted": sure[frames].argmax(axis=1), "confidence": sure[frames].max(axis=1)}
            columns |= {f"p_{name}": sure[frames, place] for place, name in enumerate(given.classes)}
            parts.append(pd.DataFrame(columns))
    return pd.concat(parts, ignore_index=True)


def _sure(rng: np.random.Generator, truth: np.ndarray, classes: int, skill: float, width: int) -> np.ndarray:
    """Probabilities (frames, classes) from evidence that is smoothed over so many frames."""
    if not skill:
        return np.tile(np.float32([0.4, *[0.6 / (classes - 1)] * (classes - 1)]), (len(truth), 1))
    shown = np.where(truth >= 0, truth, rng.integers(0, classes, len(truth)))
    kernel = np.hanning(width + 2)[1:-1]
    noise = rng.normal(size=(len(truth) + width - 1, classes)) / np.sqrt((kernel**2).sum())
    smooth = np.apply_along_axis(lambda one: np.convolve(one, kernel, "valid"), 0, noise)
    logits = skill * (np.eye(classes)[shown] * skill + smooth)
    odds = np.exp(logits - logits.max(axis=1, keepdims=True))
    return (odds / odds.sum(axis=1, keepdims=True)).astype(np.float32)


def predicted_events(table: pd.DataFrame, session: Coded, given: Task, arm: tuple[str, str]) -> pd.DataFrame:
    """The answers of an arm as events, as they enter a study."""
    rows = table[
        (table["observation_id"] == session.observation_id) & (table["modality"] == arm[0]) & (table["kind"] == arm[1])
    ]
    said = np.full(session.frames, -1)
    said[rows["frame"]] = rows["predicted"]
    return label_events(said, given.classes, given.fps, session.origin_ms)


@cache
def example_report(seed: int = 1, role: str = "infant", count: int = 12, twice: int = 4) -> Report:
    """A whole report; the same seed gives the same report."""
    given = task(role)
    sessions = coded(seed, given, count, twice=twice)
    return build_report(answers(seed, sessions, given), sessions, given, ("multimodal", "lstm"))
