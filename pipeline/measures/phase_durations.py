"""Durations a lab would take from predictions beside those from a person's codes: bias and limits of agreement.

Source: Bland and Altman (1986); sessions are the units, each counted whole.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction

import numpy as np
import pandas as pd
from scipy import stats

from pipeline.errors import UserError
from pipeline.measures.frame_labels import UNCODED

Z = 1.96
NOT_PREDICTED = "not predicted"
UNCODED_TIME = "uncoded"


class UnequalFrames(UserError):
    """Codes and predictions of a session do not have the same frames."""


def durations(
    human: Mapping[str, np.ndarray], predicted: Mapping[str, np.ndarray], classes: Sequence[str], fps: Fraction
) -> pd.DataFrame:
    """One row per session and class: `human_s`, `predicted_s` over the whole session, and `session_s`, seconds.

    Labels are positions of classes per frame, UNCODED elsewhere. Predictions inside dropped codes count: a lab without
    codes could not leave them out. Raises UnequalFrames.
    """
    rows = []
    for name, codes in human.items():
        if len(codes) != len(predicted[name]):
            raise UnequalFrames(f"{name}: {len(codes)} frames are coded and {len(predicted[name])} predicted.")
        counts = [_counts(one, len(classes)) for one in (codes, predicted[name])]
        whole = float(len(codes) / fps)
        rows += [
            (name, label, float(mine / fps), float(other / fps), whole)
            for label, mine, other in zip(classes, *counts, strict=True)
        ]
    return pd.DataFrame(rows, columns=["session", "class", "human_s", "predicted_s", "session_s"])


def _counts(labels: np.ndarray, classes: int) -> list[int]:
    return np.bincount(labels[labels != UNCODED].astype(np.int64), minlength=classes).tolist()


def over_codes(
    codes: Mapping[str, np.ndarray],
    names: Sequence[str],
    predicted: Mapping[str, np.ndarray],
    classes: Sequence[str],
    fps: Fraction,
) -> pd.DataFrame:
    """Seconds predicted as each class (columns, `not predicted` last) during each of the person's own codes (rows,
    dropped ones too, `uncoded` last), all sessions together. `codes`: positions in `names` per frame, before the map.
    """
    table = np.zeros((len(names) + 1, len(classes) + 1), dtype=np.int64)
    for session, labels in codes.items():
        np.add.at(table, (labels.astype(np.int64), predicted[session].astype(np.int64)), 1)
    seconds = table / float(fps)
    columns = [*classes, NOT_PREDICTED]
    return pd.DataFrame(seconds, index=[*names, UNCODED_TIME], columns=columns).rename_axis("code").reset_index()


def limits(table: pd.DataFrame, share: bool = False) -> pd.DataFrame:
    """Per class: `bias` (mean of predicted minus human) with `bias_low`, `bias_high` (95 %, t), `sd`, 95 % limits of
    agreement `lower`, `upper` = bias -+ 1.96 SD, `human` (mean) and `sessions`; in seconds, or as shares of sessions.

    SD has n - 1; with one session only the bias exists. With a column `family` the interval is cluster-robust over
    families (factor G / (G - 1), t with G - 1), which is the usual one where each family has one session.
    """
    scale = table["session_s"] if share else 1.0
    frame = table.assign(apart=(table["predicted_s"] - table["human_s"]) / scale, own=table["human_s"] / scale)
    found = frame.groupby("class", sort=False).agg(
        bias=("apart", "mean"), sd=("apart", "std"), human=("own", "mean"), sessions=("apart", "size")
    )
    reach = _reach(frame, found)
    found["bias_low"], found["bias_high"] = found["bias"] - reach, found["bias"] + reach
    found["lower"], found["upper"] = found["bias"] - Z * found["sd"], found["bias"] + Z * found["sd"]
    columns = ["class", "bias", "bias_low", "bias_high", "sd", "lower", "upper", "human", "sessions"]
    return found.reset_index()[columns]


def _reach(frame: pd.DataFrame, found: pd.DataFrame) -> pd.Series:
    """Half the width of the interval of each class's bias."""
    family = frame["family" if "family" in frame else "session"]
    off = frame["apart"] - frame["class"].map(found["bias"])
    sums = off.groupby([frame["class"], family], sort=False, observed=True).sum()
    per_class = sums.groupby(level=0, sort=False).agg(["count", lambda one: (one**2).sum()])
    groups = per_class["count"].where(per_class["count"] > 1)
    error = np.sqrt(groups / (groups - 1) * per_class.iloc[:, 1]) / found["sessions"]
    return stats.t.ppf(0.975, groups - 1) * error
