"""Classifiers that were trained: `phase_models/<id>/` of a study folder, each a card, weights, answers and a report.

A folder is written whole under another name and renamed into place, so that a model is there or is not. Weights are
plain arrays (safetensors): reading them runs no code. The card is all that a screen needs; torch is not loaded here.
"""

import os
import re
import shutil
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import numpy as np
import pandas as pd
import pyarrow as pa
from pydantic import ValidationError

from db.publish import sync
from pipeline.catalogue.phase_card import Card
from pipeline.errors import UserError
from pipeline.measures.pca import Components
from pipeline.measures.phase_scaling import Scaling
from pipeline.models.phases import Fitted

FOLDER = "phase_models"
UNFINISHED = "unfinished"
CARD = "card.json"
WEIGHTS = "weights.safetensors"
ANSWERS = "answers.parquet"
PREDICTIONS = "predictions.parquet"
REPORT = "report"
ANNOTATIONS = "annotations"
"""Further observations, annotated with the final network; they stay when a model is trained again."""
ID = re.compile(r"[0-9a-f]{8}")
PARTIAL = ".partial-"
OLD = ".old-"
ABANDONED_S = 3600.0
"""Nobody writes for an hour on one model."""
PREDICTED = ("observation_id", "subject", "behaviour_group", "code", "onset_ms", "offset_ms", "confidence")
"""Columns of predictions and annotations."""
COMPONENT_PARTS = ("mean", "axes", "variance")
SCALING_PARTS = ("mean", "spread", "low", "high")


class ModelUnknown(UserError):
    """There is no trained model of that name."""


class ModelDamaged(UserError):
    """A trained model whose files are missing or cannot be read."""


@dataclass(frozen=True)
class Kept:
    """All that a model leaves: the final network, components by stream (None without any fitted over sessions), answers
    and predictions (columns PREDICTED). `fill` writes more into the folder before it has its name.
    """

    card: Card
    fitted: Fitted
    components: Mapping[str, Components] | None
    answers: pd.DataFrame
    predictions: pd.DataFrame
    fill: Callable[[Path], None] = lambda folder: None


def model_folder(home: Path, id: str) -> Path:
    """Where a model stands; ModelUnknown for a word that is no id at all."""
    if not ID.fullmatch(id):
        text = f"'{id}' is not the name of a trained model: it has eight digits or letters a to f."
        raise ModelUnknown(text, value=id)
    return home / FOLDER / id


def cards(home: Path) -> list[Card]:
    """Cards of all trained models of a study folder, the newest first; damaged ones are left out."""
    found = []
    for folder in (home / FOLDER).glob("*/"):
        if ID.fullmatch(folder.name):
            try:
                found.append(card(home, folder.name))
            except UserError:
                continue
    return sorted(found, key=lambda one: (one.created, one.id), reverse=True)


def card(home: Path, id: str) -> Card:
    """The card of a model; ModelUnknown names the choices, ModelDamaged what would do."""
    folder = model_folder(home, id.removeprefix("model:"))
    if not folder.is_dir():
        known = ", ".join(one.id for one in cards(home))
        choices = f"Choose one of: {known}." if known else "Train one with `python -m pipeline train phases`."
        raise ModelUnknown(f"There is no trained model {folder.name} in this study folder. {choices}", value=id)
    return read_card(folder)


def read_card(folder: Path) -> Card:
    """The card in a model's folder; ModelDamaged when it is missing or torn."""
    try:
        return Card.model_validate_json((folder / CARD).read_text(encoding="utf-8"))
    except (OSError, ValidationError, ValueError):
        raise ModelDamaged(_damaged(folder, CARD)) from None


def _damaged(folder: Path, name: str) -> str:
    words = f"{FOLDER}/{folder.name}/{name}: this file is missing or damaged. Nothing was changed."
    return f"{words} Put it back from a backup, or move the folder away and train the model again."


def keep(home: Path, kept: Kept) -> Path:
    """Writes a model's folder and gives it its name in one rename; a model of the same id is replaced, its annotations
    stay. Raises OSError when the disk is full; nothing is changed then.
    """
    target = model_folder(home, kept.card.id)
    target.parent.mkdir(exist_ok=True, mode=0o700)
    partial = target.parent / f"{PARTIAL}{uuid4().hex}"
    partial.mkdir(mode=0o700)
    try:
        _write(partial, kept)
        for path in [*partial.rglob("*"), partial]:
            sync(path)
        _replace(partial, target)
        sync(target.parent)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return target


def _write(folder: Path, kept: Kept) -> None:
    from safetensors.numpy import save_file

    (folder / CARD).write_text(kept.card.model_dump_json(indent=1), encoding="utf-8")
    save_file(_arrays(kept.fitted, kept.components), folder / WEIGHTS, _words(kept.fitted))
    kept.answers.to_parquet(folder / ANSWERS, engine="pyarrow", index=False)
    kept.predictions[list(PREDICTED)].to_parquet(folder / PREDICTIONS, engine="pyarrow", index=False)
    kept.fill(folder)


def _replace(partial: Path, target: Path) -> None:
    """Gives the folder its name; what stood there goes, but for its annotations."""
    if target.exists():
        if (target / ANNOTATIONS).is_dir() and not (partial / ANNOTATIONS).exists():
            shutil.copytree(target / ANNOTATIONS, partial / ANNOTATIONS)
        os.replace(target, target.with_name(f"{OLD}{target.name}"))
    os.replace(partial, target)
    shutil.rmtree(target.with_name(f"{OLD}{target.name}"), ignore_errors=True)


def sweep(home: Path) -> None:
    """Clears up after a killed run: puts a model back that was just being replaced, removes what is half written. Call
    it while nobody else keeps a model.
    """
    for old in (home / FOLDER).glob(f"{OLD}*"):
        target = old.with_name(old.name.removeprefix(OLD))
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            os.replace(old, target)
    for left in (home / FOLDER).glob(f"{PARTIAL}*"):
        if time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _arrays(fitted: Fitted, components: Mapping[str, Components] | None) -> dict[str, np.ndarray]:
    found = {f"network/{name}": array for name, array in fitted.state.items()}
    found |= {f"scaling/{name}": getattr(fitted.scaling, name) for name in SCALING_PARTS}
    found |= {"taught": fitted.taught.astype(np.uint8), "history": np.asarray(fitted.history, dtype=np.float64)}
    for stream, one in (components or {}).items():
        found |= {f"components/{stream}/{name}": np.asarray(getattr(one, name)) for name in COMPONENT_PARTS}
    return {name: np.ascontiguousarray(array) for name, array in found.items()}


def _words(fitted: Fitted) -> dict[str, str]:
    return {"epochs": str(fitted.epochs)}


def read_model(folder: Path) -> tuple[Card, Fitted, dict[str, Components] | None]:
    """Card, final network and components by stream of a model's folder; ModelDamaged when something is not whole."""
    from safetensors import SafetensorError, safe_open

    found = read_card(folder)
    try:
        with safe_open(folder / WEIGHTS, "numpy") as file:
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
            epochs = int(file.metadata()["epochs"])
        state = {name.removeprefix("network/"): array for name, array in arrays.items() if name.startswith("network/")}
        scaling = Scaling(*(arrays[f"scaling/{name}"] for name in SCALING_PARTS))
        taught, history = arrays["taught"].astype(bool), arrays["history"]
        fitted = Fitted(found.recipe, scaling, taught, state, epochs, history)
        return found, fitted, _components(arrays)
    except (OSError, ValueError, KeyError, TypeError, SafetensorError):
        raise ModelDamaged(_damaged(folder, WEIGHTS)) from None


def _components(arrays: Mapping[str, np.ndarray]) -> dict[str, Components] | None:
    streams = {name.split("/")[1] for name in arrays if name.startswith("components/")}
    found = {
        stream: Components(*(arrays[f"components/{stream}/{part}"] for part in COMPONENT_PARTS))
        for stream in sorted(streams)
    }
    return found or None


def read_answers(folder: Path, columns: list[str] | None = None) -> pd.DataFrame:
    """Out-of-fold answers of all arms, one row per frame with features and arm: observation_id, family, modality, kind,
    fold, frame, truth and predicted (positions of classes, -1: none), confidence, and p_<class> of each class.
    """
    return _table(folder, ANSWERS, columns)


def read_predictions(folder: Path) -> pd.DataFrame:
    """Out-of-fold predictions of the main arm as events (columns PREDICTED), whole sessions."""
    return _table(folder, PREDICTIONS)


def _table(folder: Path, name: str, columns: list[str] | None = None) -> pd.DataFrame:
    try:
        return pd.read_parquet(folder / name, engine="pyarrow", columns=columns)
    except (OSError, ValueError, KeyError, pa.ArrowException):
        raise ModelDamaged(_damaged(folder, name)) from None


def read_report(folder: Path) -> object:
    """The report of a model (see `pipeline.steps.phase_report`)."""
    from pipeline.steps import phase_report

    return phase_report.read_report(folder / REPORT)
