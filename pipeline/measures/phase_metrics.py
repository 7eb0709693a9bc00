"""How well predicted classes fit a person's, frame by frame. Matrices have a person's classes as rows.

Precision of a class that was never predicted does not exist: it counts 0 in means and is named. Recall and F1 of a
class that the person never coded are missing and count nowhere.
"""

import numpy as np
import pandas as pd

from pipeline.measures.agreement import kappa

METRICS = (
    "accuracy",
    "precision_weighted",
    "recall_weighted",
    "f1_weighted",
    "precision_unweighted",
    "recall_unweighted",
    "f1_unweighted",
    "kappa",
)
NONE_PREDICTED = "none predicted"
NONE_CODED = "none coded"
DRAWS = 2_000
"""Bootstrap samples of families."""


def confusion(truth: np.ndarray, predicted: np.ndarray, classes: int) -> np.ndarray:
    """Counts (classes, classes) of frames; those where either is negative (uncoded, not predicted) are left out."""
    both = (truth >= 0) & (predicted >= 0)
    place = truth[both].astype(np.int64) * classes + predicted[both]
    return np.bincount(place, minlength=classes**2).reshape(classes, classes)


def _parts(matrices: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Precision, recall, F1 and support per class, (..., k)."""
    right = np.diagonal(matrices, axis1=-2, axis2=-1).astype(np.float64)
    support, said = matrices.sum(-1).astype(np.float64), matrices.sum(-2).astype(np.float64)
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(said > 0, right / said, 0.0)
        recall = right / support
        f1 = np.where(support > 0, 2 * right / (support + said), np.nan)
    return precision, recall, f1, support


def metrics(matrices: np.ndarray) -> np.ndarray:
    """METRICS of each matrix of a stack (..., k, k): (..., 8). Weighted by support; unweighted over coded classes."""
    precision, recall, f1, support = _parts(matrices)
    coded, total = support > 0, support.sum(-1)
    number = coded.sum(-1)
    with np.errstate(divide="ignore", invalid="ignore"):
        accuracy = np.diagonal(matrices, axis1=-2, axis2=-1).sum(-1) / total
        weighted = [(np.where(coded, one, 0) * support).sum(-1) / total for one in (precision, recall, f1)]
        plain = [np.where(coded, one, 0).sum(-1) / number for one in (precision, recall, f1)]
    return np.stack([accuracy, *weighted, *plain, kappa(matrices)], axis=-1)


def per_class(matrix: np.ndarray, classes: tuple[str, ...]) -> pd.DataFrame:
    """One row per class: precision, recall, f1 (missing where they do not exist), support and predicted (frames), and
    a note that says why something is missing.
    """
    precision, recall, f1, support = _parts(matrix)
    said = matrix.sum(0)
    notes = np.select([support == 0, said == 0], [NONE_CODED, NONE_PREDICTED], default="")
    columns = {
        "class": classes,
        "precision": np.where(said > 0, precision, np.nan),
        "recall": recall,
        "f1": f1,
        "support": support.astype(np.int64),
        "predicted": said.astype(np.int64),
        "note": notes,
    }
    return pd.DataFrame(columns)


def fold_spread(matrices: np.ndarray) -> pd.DataFrame:
    """Per metric: mean and SD (n - 1) over folds, and `folds` in which it exists."""
    values = metrics(matrices)
    there = np.isfinite(values).sum(axis=0)
    table = pd.DataFrame(values, columns=list(METRICS))
    return pd.DataFrame({"metric": METRICS, "mean": table.mean().array, "sd": table.std().array, "folds": there})


def with_intervals(matrices: np.ndarray, seed: int = 1, draws: int = DRAWS) -> pd.DataFrame:
    """Per metric: `value` of all families together and its 95 % percentile interval, families drawn with replacement.

    `matrices` (families, k, k). Nothing is taught again: the interval speaks of other families asked. A sample in which
    a metric does not exist is left out of that metric's interval; with one family there is none.
    """
    families = len(matrices)
    sampled = metrics(np.tensordot(drawn(families, seed, draws), matrices, 1))
    low, high = interval(sampled, families)
    value = metrics(matrices.sum(axis=0))
    return pd.DataFrame({"metric": METRICS, "value": value, "low": low, "high": high, "families": families})


def drawn(families: int, seed: int, draws: int = DRAWS) -> np.ndarray:
    """How often each family is drawn (draws, families); the same numbers draw the same families."""
    if not families:
        return np.zeros((draws, 0))
    return np.random.default_rng((seed, families)).multinomial(families, np.full(families, 1 / families), size=draws)


def interval(sampled: np.ndarray, families: int) -> tuple[np.ndarray, np.ndarray]:
    """95 % percentile interval of each column of samples (draws, n), without the samples in which it does not exist;
    missing with one family.
    """
    table = pd.DataFrame(sampled)
    low, high = (table.quantile(share).to_numpy(dtype=float, copy=True) for share in (0.025, 0.975))
    if families < 2:
        low[:], high[:] = np.nan, np.nan
    return low, high
