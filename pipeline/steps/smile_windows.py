"""Networks on windows of smiles as a job (kind `smile_windows`): what is asked, what is run, what is kept.

Kept are metrics and hyper-parameters. Weights of a network that predicts a score are never written, as the smile paper
asks (they could be used to diagnose), and neither is an answer about a person.
"""

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_paper import TABLE_II, published
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.measures.smile_windows import numbered, scored
from pipeline.models.sampling import SILENT, Listener, SamplingStopped
from pipeline.steps.smile_window_report import report
from pipeline.steps.smile_window_search import SearchRefused, fits, refuse, search

if TYPE_CHECKING:
    from pathlib import Path

KIND = "smile_windows"
FILE = "windows.json"
PREFIX = "score:"
COST_S = 30e-6
"""Seconds of one network for one batch: for the time that is said before the start."""
LOAD_S = 4.0
"""What starting the worker and loading the library takes."""


class Teller(Listener, Protocol):
    """What a running job is given (see `pipeline.jobs.progress`)."""

    folder: "Path"


@dataclass(frozen=True)
class Asked:
    """What is asked of a search: the scores (instruments), and all choices."""

    scores: tuple[str, ...]
    settings: WindowSettings


def rows(smiles: pd.DataFrame, scores: tuple[str, ...]) -> pd.DataFrame:
    """The frame of a job: numbered smiles with these scores, no identifier of anybody."""
    found = numbered(smiles)
    others = [column for column in found if column.startswith(PREFIX) and column.removeprefix(PREFIX) not in scores]
    return found.drop(columns=others)


def asked_bands(bands: dict[str, pd.DataFrame]) -> dict[str, list[tuple[float, float]]]:
    """Instrument -> lowest and highest total of each band, from frames with the columns low and high."""
    return {
        name: list(zip(frame["low"].astype(float), frame["high"].astype(float), strict=True))
        for name, frame in bands.items()
    }


def in_order(names: tuple[str, ...]) -> tuple[str, ...]:
    """Scores of the paper's Table II first, in its order."""
    places = list(TABLE_II.values())
    return tuple(sorted(names, key=lambda name: places.index(found) if (found := published(name)) else len(places)))


def unsuited(frame: pd.DataFrame, names: tuple[str, ...], settings: WindowSettings) -> dict[str, str]:
    """Score -> why it cannot be searched for in these rows (of `rows`); the others are not named."""
    reasons = {}
    for name in names:
        try:
            refuse(scored(frame, PREFIX + name), settings, name)
        except SearchRefused as refusal:
            reasons[name] = refusal.message
    return reasons


def order(asked: Asked, bands: dict[str, list[tuple[float, float]]], **about: object) -> dict[str, object]:
    """What a job is asked: plain JSON. `bands`: instrument -> lowest and highest total of each; `about`: what makes it
    understood later (selection, its words, generation number).
    """
    mine = {name: [list(band) for band in bands.get(name, [])] for name in asked.scores}
    settings = asked.settings.model_dump(mode="json")
    return {"scores": list(asked.scores), "settings": settings, "bands": mine, **about}


def expected_s(frame: pd.DataFrame, asked: Asked) -> float:
    """How long the job will take, in seconds."""
    one = asked.settings
    smiles = sum(frame[PREFIX + name].notna().sum() for name in asked.scores)
    sessions = sum(frame.loc[frame[PREFIX + name].notna(), "session"].nunique() for name in asked.scores)
    batches = sum(max(smiles - (size - 1) * sessions, 0) for size in one.windows) / len(one.windows) / one.batch
    return LOAD_S + COST_S * fits(one) * max(one.epochs) * 0.8 * (batches + len(asked.scores))


def run_smile_windows(spec: dict[str, object], frame: pd.DataFrame, progress: Teller) -> None:
    """A search as a job (`spec` from `order`, `frame` from `rows`): writes windows.json into `progress.folder`; returns
    early, writing nothing, when cancelled.
    """
    try:
        found = searched(spec, frame, progress)
    except SamplingStopped:
        return
    text = json.dumps(found, indent=1, allow_nan=False)
    (progress.folder / FILE).write_text(text, encoding="utf-8")


def searched(spec: dict[str, object], frame: pd.DataFrame, listener: Listener = SILENT) -> dict[str, object]:
    """The metrics of every score asked for: `scores` (instrument -> see `report`), `settings`, `seconds`."""
    settings = WindowSettings.model_validate_json(json.dumps(spec["settings"]))
    names = [str(name) for name in spec["scores"]]
    smiles = {name: scored(frame, PREFIX + name) for name in names}
    for name in names:
        refuse(smiles[name], settings, name)
    listener.report({"state": "compiling"})
    begun, count = time.monotonic(), _Count(listener, len(names) * fits(settings) * max(settings.epochs))
    found = {}
    for name in names:
        count.score = name
        bands = [(float(low), float(high)) for low, high in spec["bands"].get(name, [])]
        found[name] = report(search(smiles[name], settings, count), smiles[name], bands, settings)
    seconds = float(np.round(time.monotonic() - begun, 1))
    return {"scores": found, "settings": settings.model_dump(mode="json"), "seconds": seconds}


class _Count:
    """Epochs of networks that are done, told to the listener; ends the search when it was cancelled."""

    def __init__(self, listener: Listener, total: int) -> None:
        self.listener, self.total, self.done, self.score = listener, total, 0, ""

    def __call__(self, epochs: int) -> None:
        if self.listener.cancelled():
            raise SamplingStopped
        self.done += epochs
        self.listener.report({"done": self.done, "total": self.total, "score": self.score})
