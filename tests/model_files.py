"""Folders of trained models written by hand: a card and predictions, drawn in a few words."""

from pathlib import Path

import pandas as pd

from pipeline.catalogue.phase_recipe import LINEAR
from pipeline.steps.phase_models import PREDICTED, Card

ID = "3fa9c1d2"


def card(id: str = ID, **changes: object) -> Card:
    """A card of a model of the tiny study: the infant's face, two classes."""
    about = {
        "id": id, "title": "Infant, 2 classes", "role": "infant", "subject": "infant", "behaviour_group": "face",
        "class_map": "tiny2", "classes": ("Neutral", "Smile"), "kind": "linear", "streams": (), "pca_scope": "none",
        "recipe": LINEAR, "grid": (LINEAR,), "outer": 2, "inner": 2, "seed": 1, "study_id": "tiny", "generation": 1,
        "generation_sha256": "0" * 64, "sessions": 2, "families": 2, "metrics": {"kappa": 0.5}, "scored_frames": 500,
        "seconds": 1.0, "version": "1", "created": "2024-05-01T12:00:00+00:00",
    }  # fmt: skip
    return Card.model_validate(about | changes)


def predicted(drawing: str, subject: str = "infant", group: str = "face") -> pd.DataFrame:
    """Rows of predictions from lines 'O1 Smile 0 5000 0.9' (recording, code, ms, ms, confidence)."""
    rows = [line.split() for line in drawing.strip().splitlines()]
    made = [(name, subject, group, code, int(on), int(off), float(sure)) for name, code, on, off, sure in rows]
    return pd.DataFrame(made, columns=list(PREDICTED))


def write_model(home: Path, drawing: str, id: str = ID, **changes: object) -> Path:
    """A model's folder with a card and predictions; weights are not needed by a study."""
    folder = home / "phase_models" / id
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "card.json").write_text(card(id, **changes).model_dump_json(), encoding="utf-8")
    predicted(drawing).to_parquet(folder / "predictions.parquet", index=False)
    return folder


def write_annotation(home: Path, drawing: str, id: str = ID) -> Path:
    """Segments of one recording that nobody coded."""
    rows = predicted(drawing)
    file = home / "phase_models" / id / "annotations" / f"{rows['observation_id'].iloc[0]}.parquet"
    file.parent.mkdir(exist_ok=True)
    rows.to_parquet(file, index=False)
    return file
