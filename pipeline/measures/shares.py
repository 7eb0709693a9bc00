"""Shares of time: what part of a named denominator a code takes, and what zero and missing mean.

A code that its subject may show, in a group that was coded, but that was never seen is 0 with `observed` False. A
group that was not coded in an observation has no row at all: missing, never 0. A share of a zero denominator is
missing.
"""

from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import StudyError, UserError, listed
from pipeline.measures.durations import SUMMARY, refuse_duplicates

Denominator = Literal["session", "observable", "coded"]
Zeros = Literal["observed", "include"]

DENOMINATORS: tuple[Denominator, ...] = ("session", "observable", "coded")
FIVE_MINUTES_S = 300
MINUTE_MS = 60_000
STREAM = ("observation_id", "subject")


def allowed(codes: pd.DataFrame, subjects: pd.Index) -> np.ndarray:
    """Subjects x codes: True where the scheme lets the subject show the code."""
    lists = codes["subjects"].astype(str).str.split(",").tolist()
    named = [{word.strip() for word in words} for words in lists]
    return np.array([[subject in words for words in named] for subject in subjects], dtype=bool).reshape(-1, len(codes))


def _cells(durations: pd.DataFrame, streams: pd.DataFrame, codes: pd.DataFrame) -> np.ndarray:
    """Position of each duration row in the streams x codes table."""
    at = _stream_positions(durations, streams)
    code_at = pd.Index(codes["code"]).get_indexer(durations["code"])
    if (at < 0).any() or (code_at < 0).any():
        lost = set(durations.loc[(at < 0) | (code_at < 0), "code"].astype(str))
        raise StudyError(f"Durations of {listed(lost)} belong to no coded group. Import the study again.")
    return at * len(codes) + code_at


def _stream_positions(durations: pd.DataFrame, streams: pd.DataFrame) -> np.ndarray:
    """Row of `streams` for each row of `durations`, -1 where there is none."""
    observations, subjects = pd.Index(streams["observation_id"].unique()), pd.Index(streams["subject"].unique())
    lookup = np.full((len(observations) + 1) * (len(subjects) + 1), -1, dtype=np.int64)
    width = len(subjects) + 1

    def place(frame: pd.DataFrame) -> np.ndarray:
        """Dense number of observation x subject; unknown ones fall on the last row or column, which stays -1."""
        return observations.get_indexer(frame["observation_id"]) % (len(observations) + 1) * width + (
            subjects.get_indexer(frame["subject"]) % width
        )

    lookup[place(streams)] = np.arange(len(streams))
    return lookup[place(durations)]


def level_one(durations: pd.DataFrame, streams: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Every stream x every code its subject may show, of ONE behaviour group and one coder per observation.

    `durations`: observation_id, subject, code, ms, covered_ms, bouts (and further summaries where stored). `streams`:
    observation_id, subject, session_ms, coded_ms, unobservable_ms. `codes`: code, unobservable, subjects, in order.
    Returns observation_id, subject, code (categories in scheme order), unobservable, observed, ms, bouts, ... and the
    three denominators (ms). A code that was seen although the scheme does not name the subject counts as allowed for
    that subject.
    """
    refuse_duplicates(streams, STREAM, "Coded streams")
    refuse_duplicates(durations, (*STREAM, "code"), "Durations")
    cells = _cells(durations, streams, codes)
    subjects = pd.Index(streams["subject"].unique())
    of_stream = subjects.get_indexer(streams["subject"])
    may = allowed(codes, subjects)
    may[of_stream[cells // max(len(codes), 1)], cells % max(len(codes), 1)] = True
    keep = np.flatnonzero(may[of_stream].ravel())
    return _rows(durations, streams, codes, cells, keep)


def _rows(
    durations: pd.DataFrame, streams: pd.DataFrame, codes: pd.DataFrame, cells: np.ndarray, keep: np.ndarray
) -> pd.DataFrame:
    """The long frame of the kept cells of the streams x codes table."""
    at, code_at = keep // max(len(codes), 1), keep % max(len(codes), 1)
    ids, subjects = pd.Categorical(streams["observation_id"]), pd.Categorical(streams["subject"])
    columns: dict[str, object] = {
        "observation_id": pd.Categorical.from_codes(ids.codes[at], dtype=ids.dtype),
        "subject": pd.Categorical.from_codes(subjects.codes[at], dtype=subjects.dtype),
        "code": pd.Categorical.from_codes(code_at, categories=pd.Index(codes["code"]), ordered=True),
        "unobservable": codes["unobservable"].to_numpy(dtype=bool)[code_at],
    }
    seen = np.zeros(len(streams) * len(codes), dtype=bool)
    seen[cells] = True
    columns["observed"] = seen[keep]
    for name in (name for name in SUMMARY if name in durations):
        table = np.zeros(len(seen), dtype=np.int64)
        table[cells] = durations[name].to_numpy()
        columns[name] = table[keep]
    session, coded, hidden = (streams[name].to_numpy() for name in ("session_ms", "coded_ms", "unobservable_ms"))
    columns |= {"session_ms": session[at], "observable_ms": (session - hidden)[at], "coded_ms": coded[at]}
    return pd.DataFrame(columns)


def share_of_time(values: pd.DataFrame, denominator: Denominator) -> pd.DataFrame:
    """The level-one rows with `denominator`, `denominator_ms`, `share` (0 to 1) and `rate_per_min` (bouts per
    minute).

    Missing where the denominator is zero, and for unobservable codes when it is `observable`: they are not part of
    that time.
    """
    if denominator not in DENOMINATORS:
        raise UserError(f"'{denominator}' is not a known denominator. Choose one of: {listed(DENOMINATORS)}.")
    length = values[f"{denominator}_ms"].to_numpy(dtype=float)
    counts = length > 0
    if denominator == "observable":
        counts = counts & ~values["unobservable"].to_numpy(dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(counts, values["covered_ms"].to_numpy() / length, np.nan)
        rate = np.where(counts, values["bouts"].to_numpy() / (length / MINUTE_MS), np.nan)
    named = pd.Categorical.from_codes(np.zeros(len(values), dtype=np.int8), categories=[denominator])
    return values.assign(denominator=named, denominator_ms=values[f"{denominator}_ms"], share=share, rate_per_min=rate)


def seconds_per_five_minutes(share: pd.Series) -> pd.Series:
    """Seconds a code takes in five minutes of the denominator."""
    return share * FIVE_MINUTES_S


def normalised(shares: pd.DataFrame, zeros: Zeros = "observed") -> pd.DataFrame:
    """Rows that enter the headcams model with `normalised`, `share_mean`, `share_sd`: z over the rows of each subject
    (SD n - 1).

    `zeros = "observed"` (the paper) leaves out codes that did not occur in the observation; `"include"` keeps them as
    0. The SD is missing, and with it every z, where fewer than two rows or no variation exist.
    """
    rows = shares.loc[shares["share"].notna() & (shares["observed"] | (zeros == "include"))]
    by_subject = rows.groupby("subject", observed=True)["share"]
    mean, sd = by_subject.transform("mean"), by_subject.transform("std", ddof=1)
    return rows.assign(zeros=zeros, share_mean=mean, share_sd=sd, normalised=(rows["share"] - mean) / sd.where(sd > 0))


def occurrence(rows: pd.DataFrame, by: list[str]) -> pd.DataFrame:
    """In how many coded observations, dyads and families a code was coded for, and in how many it occurs at all
    (`*_with`).

    `rows` are level-one rows with `dyad_id` and `family_id`; one row per combination of `by` (say subject and code).
    """
    cells = rows.groupby(by, observed=True, sort=True)
    cell, seen = cells.ngroup().to_numpy(), rows["observed"].to_numpy()
    frame = cells.size().index.to_frame(index=False)
    for name, column in {"observations": "observation_id", "dyads": "dyad_id", "families": "family_id"}.items():
        unit = (
            rows[column].cat.codes
            if isinstance(rows[column].dtype, pd.CategoricalDtype)
            else rows[column].factorize()[0]
        )
        unit = np.asarray(unit)
        frame[name] = distinct(cell, unit, len(frame))
        frame[f"{name}_with"] = distinct(cell[seen], unit[seen], len(frame))
    return frame


def distinct(cell: np.ndarray, unit: np.ndarray, cells: int) -> np.ndarray:
    """How many different units stand in each cell; both are whole numbers from 0, a unit below 0 is not counted."""
    width = int(unit.max(initial=0)) + 1
    found = np.zeros(cells * width, dtype=bool)
    found[(cell.astype(np.int64) * width + unit)[unit >= 0]] = True
    return found.reshape(cells, width).sum(axis=1)
