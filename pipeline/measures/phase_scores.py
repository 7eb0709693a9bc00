"""Scores of the arms of a comparison: pooled with intervals over families, per fold, per class, per session, and how
far one arm is ahead of another on the same frames.
"""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd

from pipeline.measures.agreement import ONE_CATEGORY
from pipeline.measures.phase_arms import Arm, same_frames
from pipeline.measures.phase_metrics import (
    DRAWS,
    METRICS,
    drawn,
    fold_spread,
    interval,
    metrics,
    per_class,
    with_intervals,
)

SHOWN = {
    "accuracy": "accuracy",
    "precision": "precision_weighted",
    "recall": "recall_weighted",
    "f1_unweighted": "f1_unweighted",
    "f1_weighted": "f1_weighted",
    "kappa": "kappa",
}
"""Name in a table of scores -> the metric; precision, recall and F1 weighted are weighted by support."""
PLACES = [METRICS.index(name) for name in SHOWN.values()]
NO_FRAMES = "no frame with a class and features"


def scores(arm: Arm, seed: int = 1, draws: int = DRAWS) -> pd.DataFrame:
    """One row of all frames together (`fold` missing) with `<name>_low`, `_high` (95 %, families drawn) and `<name>_sd`
    over folds, then one row per fold. `frames`, `sessions`, `families` are those that count.
    """
    names, matrices = arm.per_fold
    counted = arm.per_family.any(axis=(1, 2))
    table = with_intervals(arm.per_family[counted], seed, draws).set_index("metric")
    spread = fold_spread(matrices).set_index("metric")["sd"]
    whole = {"fold": pd.NA, "frames": int(arm.pooled.sum()), **_people(arm, np.ones(len(arm.sessions), dtype=bool))}
    for name, metric in SHOWN.items():
        low, high = table.loc[metric, ["low", "high"]]
        whole |= {
            name: table.loc[metric, "value"],
            f"{name}_low": low,
            f"{name}_high": high,
            f"{name}_sd": spread[metric],
        }
    folds = pd.DataFrame(metrics(matrices)[:, PLACES], columns=list(SHOWN))
    folds = folds.assign(fold=names, frames=matrices.sum(axis=(1, 2)))
    folds = pd.concat([folds, pd.DataFrame([_people(arm, _asked(arm, name)) for name in names])], axis=1)
    found = pd.DataFrame([whole, *folds.to_dict("records")]).astype({"fold": "Int64"})
    return _named(arm, found)


def _asked(arm: Arm, fold: int) -> np.ndarray:
    """Which sessions were asked in this fold."""
    asked = np.zeros(len(arm.sessions), dtype=bool)
    asked[arm.session_of[arm.rows["fold"] == fold]] = True
    return asked


def _people(arm: Arm, chosen: np.ndarray) -> dict[str, int]:
    """Sessions and families that have a frame that counts."""
    counted = chosen & (arm.per_session.sum(axis=(1, 2)) > 0)
    return {"sessions": int(counted.sum()), "families": len(set(arm.family[counted]))}


def _named(arm: Arm, frame: pd.DataFrame) -> pd.DataFrame:
    frame.insert(0, "modality", arm.modality)
    frame.insert(1, "kind", arm.kind)
    return frame


def classes(arm: Arm, names: tuple[str, ...]) -> pd.DataFrame:
    """Per class, all frames together: precision, recall, f1, support, predicted, note (see `per_class`)."""
    return _named(arm, per_class(arm.pooled, names))


def fold_classes(arm: Arm, names: tuple[str, ...]) -> pd.DataFrame:
    """The same per fold; F1 of a class that a fold's sessions do not have is missing."""
    folds, matrices = arm.per_fold
    rows = [per_class(matrix, names).assign(fold=int(fold)) for fold, matrix in zip(folds, matrices, strict=True)]
    return _named(arm, pd.concat(rows, ignore_index=True))


def confusions(arm: Arm, names: tuple[str, ...]) -> pd.DataFrame:
    """Every cell of the confusion matrix of all frames: truth, predicted, frames and `share` of the truth's frames."""
    cells, said = arm.pooled, arm.pooled.sum(axis=1, keepdims=True)
    with np.errstate(invalid="ignore"):
        share = cells / said
    first, second = (np.array(names, dtype=object)[one] for one in np.indices(cells.shape))
    columns = {"truth": first.ravel(), "predicted": second.ravel(), "frames": cells.ravel(), "share": share.ravel()}
    return _named(arm, pd.DataFrame(columns))


def sessions(arm: Arm) -> pd.DataFrame:
    """Per session its accuracy and kappa, with a note where one does not exist; for the analyst only."""
    matrices = arm.per_session
    values = metrics(matrices)
    total = matrices.sum(axis=(1, 2))
    used = ((matrices.sum(1) > 0) | (matrices.sum(2) > 0)).sum(axis=1)
    columns = {
        "observation_id": list(arm.sessions),
        "family": arm.family.astype(str),
        "frames": total,
        "accuracy": values[:, METRICS.index("accuracy")],
        "kappa": values[:, METRICS.index("kappa")],
        "note": np.select([total == 0, used < 2], [NO_FRAMES, ONE_CATEGORY], default=""),
    }
    return _named(arm, pd.DataFrame(columns))


def ahead(
    main: Arm, others: Iterable[Arm], lengths: Mapping[str, int], seed: int = 1, draws: int = DRAWS
) -> pd.DataFrame:
    """How far the main arm is ahead of each other one, per metric: `difference` with a 95 % interval, both on the
    `frames` that both answered. Families are drawn once for both. `lengths`: frames of each session.
    """
    found = []
    for other in others:
        pair = same_frames(main, other, lengths)
        counted = pair[0].sum(axis=(1, 2)) > 0
        table = _difference(*(matrices[counted] for matrices in pair), seed, draws)
        frames, families = int(pair[0].sum()), int(counted.sum())
        found.append(_named(other, table.assign(frames=frames, families=families)))
    columns = ["modality", "kind", "metric", "difference", "low", "high", "frames", "families"]
    return pd.concat(found, ignore_index=True)[columns] if found else pd.DataFrame(columns=columns)


def _difference(mine: np.ndarray, theirs: np.ndarray, seed: int, draws: int) -> pd.DataFrame:
    families = len(mine)
    times = drawn(families, seed, draws)
    sampled = [metrics(np.tensordot(times, one, 1))[:, PLACES] for one in (mine, theirs)]
    value = (metrics(mine.sum(axis=0)) - metrics(theirs.sum(axis=0)))[PLACES]
    low, high = interval(sampled[0] - sampled[1], families)
    return pd.DataFrame({"metric": list(SHOWN), "difference": value, "low": low, "high": high})
