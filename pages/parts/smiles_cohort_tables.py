"""Names and release rules of the tables about the smiles of all mothers."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

import pandas as pd

from pipeline.catalogue.smile_feature_names import smile_feature
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

TESTED = ("t", "df", "p", "q")


def _with(count: str, *names: str) -> tuple[tuple[str, str], ...]:
    """Numbers that go where a count goes."""
    return tuple((name, count) for name in names)


NUMBERS = ReleaseSpec(
    labels=("feature", "smile_number", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "mothers", "r", "low", "high", "slope", "intercept", "slope_low", "slope_high", "t", "p",
        "mixed_r", "mixed_low", "mixed_high", "mixed_slope", "mixed_df", "mixed_p",
    ),
)  # fmt: skip
GROWTH = ReleaseSpec(
    labels=("feature", "least", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "recordings", "mothers", "growth", "low", "high", "p", "q", "mixed_growth", "mixed_low",
        "mixed_high", "mixed_df", "mixed_p", "mixed_q", "at_first", "at_first_low", "at_first_high",
    ),
)  # fmt: skip
_BETWEEN = (
    "difference", "low", "high", *TESTED, "d", "variance_ratio", "mixed_difference", "mixed_low", "mixed_high",
    "mixed_df", "mixed_p", "mixed_q", "pairs", "paired_difference", "paired_low", "paired_high", "paired_p",
)  # fmt: skip
VISITS = ReleaseSpec(
    labels=("feature", "first", "second", "note"),
    counts=("families_first", "families_second", "families"),
    statistics=(
        *_with("families_first", "n_first", "mean_first", "sd_first", *_BETWEEN),
        *_with("families_second", "n_second", "mean_second", "sd_second", *_BETWEEN),
    ),
)
BANDS = ReleaseSpec(
    labels=("visit", "instrument", "feature", "bands", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "mothers", "f", "df1", "df2", "p", "q", "eta", "mixed_f", "mixed_df1", "mixed_df2", "mixed_p",
        "mixed_q", "mixed_eta",
    ),
)  # fmt: skip
VISIT_MEANS = ReleaseSpec(
    labels=("feature", "visit", "band"),
    counts=("families",),
    statistics=_with("families", "mean", "low", "high", "n", "mothers"),
)
BAND_MEANS = replace(VISIT_MEANS, margins=(("feature", "visit"),))
CHECKS = ReleaseSpec(
    labels=("feature", "visit", "groups", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "skew", "kurtosis", "shapiro_w", "shapiro_p", "variance_ratio", "levene", "levene_p"
    ),
)
COUNTS = ReleaseSpec(
    labels=("visit",),
    counts=("families",),
    statistics=_with(
        "families", "recordings", "mothers", "smiles", "mean", "low", "high", "sd", "median", "q1", "q3", "per_minute",
        "rejected", "in_speech", "coverage",
    ),
)  # fmt: skip
COUNTS_AND_SCORES = ReleaseSpec(
    labels=("visit", "instrument", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "mothers", "r", "low", "high", "p", "mixed_r", "mixed_low", "mixed_high", "mixed_df", "mixed_p"
    ),
)
STABILITY = ReleaseSpec(
    labels=("instrument", "first", "second", "note"),
    counts=("families",),
    statistics=_with(
        "families", "n", "change", "absolute_change", "sd_change", "mean_first", "mean_second", "r", "low", "high"
    ),
)
TABLE_NAMES = {
    "visit": "Visit", "instrument": "Score", "feature": "Feature", "smile_number": "Number of the smile",
    "least": "Recordings with at least (smiles)", "first": "First", "second": "Second", "band": "Band",
    "n": "n", "n_first": "n first", "n_second": "n second", "recordings": "Recordings", "mothers": "Mothers",
    "families": "Families", "families_first": "Families first", "families_second": "Families second",
    "bands": "Bands", "smallest": "Families in the smallest band", "groups": "Groups", "smiles": "Smiles",
    "mean": "Mean", "sd": "SD", "median": "Median", "q1": "Lower quartile", "q3": "Upper quartile",
    "mean_first": "Mean first", "sd_first": "SD first", "mean_second": "Mean second", "sd_second": "SD second",
    "without": "Recordings without a smile", "per_minute": "Smiles per minute", "rejected": "Episodes rejected",
    "in_speech": "of them in speech", "coverage": "Frames seen well (share)",
    "difference": "Difference (first minus second)", "growth": "Growth smile by smile (SD per smile and SD)",
    "r": "r smile by smile", "change": "Mean change", "absolute_change": "Mean size of change",
    "sd_change": "SD of change", "unchanged": "Same score", "low": "95 % from", "high": "95 % to", "slope": "Slope",
    "intercept": "Intercept", "slope_low": "Slope 95 % from", "slope_high": "Slope 95 % to", "t": "t", "f": "F",
    "df": "df", "df1": "df between", "df2": "df within", "p": "p smile by smile", "q": "q smile by smile",
    "d": "Cohen's d (pooled SD)", "eta": "Partial eta squared", "variance_ratio": "Ratio of variances",
    "mixed_r": "r by mothers", "mixed_growth": "Growth by mothers (SD per smile and SD)",
    "mixed_difference": "Difference by mothers", "mixed_f": "F by mothers", "mixed_df1": "df between by mothers",
    "mixed_df2": "df within by mothers", "mixed_low": "by mothers 95 % from", "mixed_high": "by mothers 95 % to",
    "mixed_slope": "Slope by mothers", "mixed_df": "df by mothers", "mixed_p": "p by mothers",
    "mixed_q": "q by mothers",
    "mixed_eta": "Partial eta squared by mothers", "at_first": "Link at the first smile (SD per SD)",
    "at_first_low": "Link at the first smile 95 % from", "at_first_high": "Link at the first smile 95 % to",
    "pairs": "Mothers at both visits", "paired_difference": "Difference in pairs", "paired_low": "Pairs 95 % from",
    "paired_high": "Pairs 95 % to", "paired_p": "p in pairs", "skew": "Skewness", "kurtosis": "Excess kurtosis",
    "shapiro_w": "Shapiro-Wilk W", "shapiro_p": "p of W", "levene": "Brown-Forsythe F", "levene_p": "p of F",
    "note": "Note",
}  # fmt: skip
"""Column -> words, in the order of every table; a table shows the columns it has."""


def named(released: ReleasedFrame, own: Mapping[str, str] = MappingProxyType({})) -> ReleasedFrame:
    """The released frame with plain names; columns without any value are left out.

    `own`: column -> words of a table that does not go smile by smile.
    """
    names, frame = TABLE_NAMES | own, released.frame
    keep = [name for name in TABLE_NAMES if name in frame and _said(frame[name])]
    return replace(released, frame=frame[keep].rename(columns=names))


def in_words(released: ReleasedFrame) -> ReleasedFrame:
    """`named`, with features in words and bands and visits as they are."""
    return named(replace(released, frame=released.frame.assign(feature=released.frame["feature"].map(_feature))))


def _feature(name: str) -> str:
    known = smile_feature(name)
    return f"{known.label} ({known.unit})"


def _said(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype("str") != "")).any())
