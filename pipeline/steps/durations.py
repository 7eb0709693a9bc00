"""The durations page's answers: reads one behaviour group of a generation, measures the current selection.

`level_rows` is read once per generation and group; everything else works on those rows, never on raw events, except the
bouts of a small selection.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import pandas as pd

from db import queries
from pipeline.measures.cluster_means import cluster_means
from pipeline.measures.durations import clip
from pipeline.measures.shares import (
    Denominator,
    Zeros,
    distinct,
    level_one,
    normalised,
    occurrence,
    seconds_per_five_minutes,
    share_of_time,
)
from pipeline.measures.splits import Levels, Split, split_levels
from pipeline.measures.time_budget import time_budget, time_budget_of

FEW_EVENTS = 100_000
"""Up to so many bouts the time budget is computed from the events themselves, which also gives medians."""

MEASURES = {"share": "share", "seconds": "share", "normalised": "normalised"}


@dataclass(frozen=True)
class Question:
    """What the page asks of one behaviour group: share of which time, shown how, split by what, of whom."""

    scheme: str
    behaviour_group: str
    denominator: Denominator
    display: str = "share"
    zeros: Zeros = "observed"
    split: Split = Split()
    subjects: tuple[str, ...] = ("infant", "caregiver1")


def level_rows(cursor: duckdb.DuckDBPyConnection, scheme: str, behaviour_group: str) -> pd.DataFrame:
    """Level-one rows of the analysed coder: every recording coded for the group x subject x code (see `level_one`)."""
    codes = queries.codes(cursor)
    codes = codes[(codes["scheme"] == scheme) & (codes["behaviour_group"] == behaviour_group)]
    rows = queries.duration_rows(cursor, scheme, behaviour_group)
    return level_one(rows, queries.duration_streams(cursor, scheme, behaviour_group), codes)


def of_selection(
    level: pd.DataFrame, observations: pd.DataFrame, levels: Levels, subjects: tuple[str, ...]
) -> pd.DataFrame:
    """The level-one rows of the selected observations and subjects with `dyad_id`, `family_id` and the split's `level`.

    `observations` are rows of the wide observation frame; those without a level are left out.
    """
    chosen = observations.assign(level=levels.level.array)
    chosen = chosen[chosen["level"].notna()].set_index("observation_id")
    ids = level["observation_id"].cat
    place = chosen.index.get_indexer(ids.categories)[ids.codes]
    wanted = (place >= 0) & np.isin(
        level["subject"].cat.codes, level["subject"].cat.categories.get_indexer(list(subjects))
    )
    rows, place = level[wanted], place[wanted]
    for name in ("dyad_id", "family_id", "level"):
        column = pd.Categorical(chosen[name])
        rows[name] = pd.Categorical.from_codes(column.codes[place], dtype=column.dtype)
    return rows


def means(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """One row per subject, code and level: mean in the unit of the display with its interval, counts and occurrence.

    Units: share 0 to 1, seconds per five minutes, or standard deviations (then `share_mean` and `share_sd` say what
    one is).
    """
    by = ["subject", "code", "level"]
    shares = share_of_time(rows, question.denominator)
    if question.display == "normalised":
        shares = normalised(shares, question.zeros)
    scale = "identity" if question.display == "normalised" else "logit"
    frame = cluster_means(shares, by, MEASURES[question.display], scale=scale)
    if question.display == "seconds":
        ends = ["mean", "se", "low", "high"]
        frame[ends] = frame[ends].apply(seconds_per_five_minutes)
    seen = occurrence(rows, by).rename(
        columns={name: f"coded_{name}" for name in ("observations", "dyads", "families")}
    )
    frame = frame.merge(_bouts_per_minute(shares, by), on=by, how="left").merge(seen, on=by, how="outer")
    value = shares[shares[MEASURES[question.display]].notna()]
    frame = frame.merge(_families(value, tuple(by)), on=by, how="left")
    frame["families"] = frame["families"].fillna(0).astype("int64")
    return frame.assign(denominator=question.denominator).sort_values(by, ignore_index=True)


def _bouts_per_minute(shares: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """Mean number of bouts per minute of the denominator."""
    return shares.groupby(by, observed=True)["rate_per_min"].mean().reset_index(name="bouts_per_min")


def scale_of(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    """What the normalised share stands for, per subject: rows, mean and SD of the share (n - 1) over the selection."""
    z = normalised(share_of_time(rows, question.denominator), question.zeros)
    found = z.groupby("subject", observed=True)
    return found.agg(rows=("share", "size"), mean=("share_mean", "first"), sd=("share_sd", "first")).reset_index()


def coverage(rows: pd.DataFrame) -> pd.DataFrame:
    """Per subject: streams, dyads, families, and hours of session, of time seen and of time coded (all in ms)."""
    streams = rows.drop_duplicates(["observation_id", "subject"])
    found = streams.groupby("subject", observed=True)
    frame = found[["session_ms", "observable_ms", "coded_ms"]].sum().reset_index()
    cell = found.ngroup().to_numpy()
    frame["observations"] = found.size().to_numpy()
    for name, column in {"dyads": "dyad_id", "families": "family_id"}.items():
        frame[name] = distinct(cell, streams[column].cat.codes.to_numpy(), len(frame))
    return frame.assign(unobservable_ms=frame["session_ms"] - frame["observable_ms"])


def per_dyad(rows: pd.DataFrame, question: Question, code: str) -> pd.DataFrame:
    """The values behind a bar: one row per subject, dyad and level, the mean over the observations of the dyad."""
    shares = share_of_time(rows, question.denominator)
    if question.display == "normalised":
        shares = normalised(shares, question.zeros)
    value = MEASURES[question.display]
    shares = shares[(shares["code"] == code) & shares[value].notna()]
    found = shares.groupby(["subject", "level", "dyad_id"], observed=True)
    frame = found.agg(
        value=(value, "mean"), observations=(value, "size"), family_id=("family_id", "first")
    ).reset_index()
    if question.display == "seconds":
        frame["value"] = seconds_per_five_minutes(frame["value"])
    return frame


def quartiles(dots: pd.DataFrame) -> pd.DataFrame:
    """Median, quartiles and extremes of the values behind a bar, per subject and level, with the number of dyads."""
    found = dots.groupby(["subject", "level"], observed=True)
    summary = found["value"].quantile([0, 0.25, 0.5, 0.75, 1]).unstack()
    summary.columns = ["minimum", "lower_quartile", "median", "upper_quartile", "maximum"]
    counts = found.agg(mean=("value", "mean"), dyads=("dyad_id", "nunique"), families=("family_id", "nunique"))
    return counts.join(summary).reset_index()


def budget(rows: pd.DataFrame) -> pd.DataFrame | None:
    """Time budget per subject, code and level from the stored summaries; None where the generation has none."""
    if "squares_ms2" not in rows:
        return None
    by = ("subject", "code", "level")
    return time_budget_of(rows, by).merge(_families(rows[rows["observed"]], by), on=list(by), how="left")


def budget_of_events(
    cursor: duckdb.DuckDBPyConnection, rows: pd.DataFrame, observations: pd.DataFrame, question: Question
) -> pd.DataFrame:
    """The same time budget from the events of a small selection, with medians."""
    by = ("subject", "code", "level")
    levels = rows[["observation_id", "level"]].drop_duplicates().set_index("observation_id")["level"]
    ids = levels.index.astype(str).tolist()
    events = clip(queries.duration_bouts(cursor, question.scheme, question.behaviour_group, ids), observations)
    events = events[events["subject"].isin(question.subjects)]
    events["level"] = levels.reindex(events["observation_id"]).to_numpy()
    for name in by:
        events[name] = pd.Categorical(events[name], dtype=rows[name].dtype)
    return time_budget(events, by).merge(_families(rows[rows["observed"]], by), on=list(by), how="left")


def _families(rows: pd.DataFrame, by: tuple[str, ...]) -> pd.DataFrame:
    """Families behind each row of the time budget."""
    counts = rows.groupby(list(by), observed=True)["family_id"].nunique()
    return counts.reset_index(name="families")


def levels_of(observations: pd.DataFrame, split: Split) -> Levels:
    """The level of each selected observation."""
    return split_levels(observations, split)


def few(rows: pd.DataFrame) -> bool:
    """Whether the selection is small enough to read its events."""
    return int(np.sum(rows["bouts"].to_numpy())) <= FEW_EVENTS
