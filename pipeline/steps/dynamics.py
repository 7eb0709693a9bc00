"""The dynamics page's answers: what follows what between two streams, per recording and over the selection.

`read_stream` once per generation and stream; `ask` once per question and selection. A dynamic measure of a recording is
a number like a duration: it can be filtered, compared by role or score, and explained by a model (`dynamics_model`).
"""

from dataclasses import dataclass, replace

import duckdb
import numpy as np
import pandas as pd

from db import queries, queries_dynamics
from pipeline.errors import UserError
from pipeline.measures import dynamics_numbers as numbers
from pipeline.measures.durations import refuse_duplicates
from pipeline.measures.dynamics import Pairs, Series, Stream, sampled, stream_of
from pipeline.measures.dynamics_surrogates import Compared, beside, surrogates
from pipeline.measures.lag_sequential import bouts_after_bouts, onsets_after_onsets, samples_after_samples
from pipeline.measures.latency import waits
from pipeline.measures.latency_medians import Medians
from pipeline.measures.shares import allowed
from pipeline.steps.dynamics_question import Question, Side, refuse_unknown

WHOLE = {("grid", "dispersion"), ("grid", "seconds_per_visit")}
"""Numbers that are about no single behaviour."""
Found = numbers.Numbers | Medians
ROW = ("observation_id", "dyad_id", "family_id", "value", "n", "outcome")
POOLED = ("value", "low", "high", "n", "recordings", "dyads", "families", "without_value")
NOT_CODED = "not coded on both sides"
NOTHING = {
    "lag": "too few pairs to compare",
    "transition": "the first behaviour is never left",
    "contingent": "the first behaviour never begins",
    "recurrence": "nothing recurs",
    "grid": "never both coded at once",
    "latency": "no wait, or fewer than half were answered",
}
"""Why a recording has no number, per measure."""
OTHERWISE = {
    ("contingent", "odds_ratio"): "every first behaviour was answered, or the second never begins",
    ("recurrence", "at_lag"): "shorter than the lag",
    ("latency", "mean"): "no wait was answered",
    ("latency", "rate"): "no time was waited",
}
"""The same for numbers that can be missing for another reason; of an odds ratio where the first behaviour begins."""


@dataclass(frozen=True)
class Coded:
    """One stream of all recordings by the analysed coder: `events`, `ids` of the recordings in which it was coded,
    `labels` of its codes in scheme order, and which of them say "cannot see".
    """

    events: pd.DataFrame
    ids: frozenset[str]
    labels: tuple[str, ...]
    hidden: frozenset[str]


@dataclass(frozen=True)
class Both:
    """Two streams of the same recordings, and those recordings (rows of the wide observation frame)."""

    given: Stream
    target: Stream
    observations: pd.DataFrame


@dataclass(frozen=True)
class Answer:
    """`rows`: one row per selected recording (ROW, then what the number rests on, then the mean and the one-sided p of
    its surrogates where asked). `pooled`: one row (POOLED). `compared`: the pooled number beside its surrogates.
    """

    question: Question
    rows: pd.DataFrame
    pooled: pd.DataFrame
    compared: Compared | None
    both: Both


def read_stream(cursor: duckdb.DuckDBPyConnection, side: Side) -> Coded:
    """What the analysed coder marked of one subject and group in the whole generation."""
    events = queries_dynamics.dynamics_events(cursor, *side.stream)
    codes = queries.codes(cursor)
    codes = codes[(codes["scheme"] == side.scheme) & (codes["behaviour_group"] == side.behaviour_group)]
    may = allowed(codes, pd.Index([side.subject]))[0] | codes["code"].isin(events["code"].unique()).to_numpy()
    codes = codes[may]
    hidden = frozenset(codes.loc[codes["unobservable"].astype(bool), "code"])
    ids = frozenset(queries_dynamics.dynamics_coded(cursor, *side.stream)["observation_id"])
    return Coded(events, ids, tuple(codes["code"]), hidden)


def ask(question: Question, given: Coded, target: Coded, observations: pd.DataFrame) -> Answer:
    """The answer over the selected recordings (rows of the wide observation frame).

    UserError where the question cannot be answered. Recordings in which one side was not coded have no number.
    """
    refuse_unknown(question)
    refuse_duplicates(observations, ("observation_id",), "Observations")
    both = pair(question, given, target, observations)
    found = measure(question, both.given, both.target)
    compared = _compared(question, both) if question.surrogates and len(both.observations) else None
    rows = _rows(question, both, found, observations, compared)
    pooled = compared and Compared(**{name: getattr(compared, name)[-1:] for name in compared.__dataclass_fields__})
    return Answer(question, rows, _pooled(found, both, rows), pooled, both)


def pair(question: Question, given: Coded, target: Coded, observations: pd.DataFrame) -> Both:
    """Both streams of the selected recordings in which both were coded."""
    chosen = observations[observations["observation_id"].isin(given.ids & target.ids)].reset_index(drop=True)
    labels = [_labels(side, question.seen_only) for side in (given, target)]
    _refuse_left_out(question, labels)
    if question.measure == "recurrence" and question.given.code is None:
        labels = [_shared(*labels)] * 2
    streams = []
    for side, names in zip((given, target), labels, strict=True):
        events = side.events[side.events["observation_id"].isin(chosen["observation_id"])]
        streams.append(stream_of(events, chosen, names))
    return Both(*streams, chosen)


def _refuse_left_out(question: Question, labels: list[tuple[str, ...]]) -> None:
    """UserError for a number of one behaviour that the study does not have, or that is taken as missing here."""
    if (question.measure, question.number) in WHOLE:
        return
    for side, names in zip((question.given, question.target), labels, strict=True):
        if side.code is not None and side.code not in names:
            text = f"'{side.code}' is no behaviour that counts here: it is not in this group, or taken as missing."
            raise UserError(f"{text} Choose another behaviour, or count what cannot be seen as one.")


def _shared(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    """Codes of either side; UserError where no code could ever recur."""
    if not set(first) & set(second):
        raise UserError("The two sides have no behaviour in common, so nothing can recur. Choose one on each side.")
    return tuple(dict.fromkeys(first + second))


def _labels(side: Coded, seen_only: bool) -> tuple[str, ...]:
    """Codes that count."""
    return tuple(code for code in side.labels if not (seen_only and code in side.hidden))


def measure(question: Question, given: Stream, target: Stream) -> Found:
    """The number of every recording and of all of them."""
    codes, n = places(question, given, target), given.recordings
    if question.measure in ("lag", "transition"):
        return numbers.of_pairs(pairs(question, given, target), n, codes, question.number)
    if question.measure == "contingent":
        return numbers.of_responses(given, target, codes, question.window_ms, question.number)
    if question.measure == "recurrence":
        return numbers.of_recurrence(*series(question, given, target), question.number, question.lag)
    if question.measure == "grid":
        return numbers.of_grid(given, target, question.number, codes)
    clocks = latencies(question, given, target)
    return Medians(clocks, n) if question.number == "median" else numbers.of_waits(clocks, n, question.number)


def places(question: Question, given: Stream, target: Stream) -> tuple[int, int]:
    """Positions of both codes in their streams; -1 for all codes, or for one that is left out or unknown."""
    first, second = (
        each.labels.index(code) if code in each.labels else -1
        for each, code in ((given, question.given.code), (target, question.target.code))
    )
    return first, second


def pairs(question: Question, given: Stream, target: Stream) -> Pairs:
    """What followed what, by the basis of the question."""
    if question.basis == "time-sampled":
        return samples_after_samples(*(sampled(each, question.step_ms) for each in (given, target)), question.lag)
    if question.within:
        return bouts_after_bouts(target, question.lag)
    return onsets_after_onsets(given, target, question.lag)


def series(question: Question, given: Stream, target: Stream) -> tuple[Series, Series]:
    """Both streams every step; where one code of each is asked about, only these two, as if they were the same."""
    if question.given.code is None:
        return sampled(given, question.step_ms), sampled(target, question.step_ms)
    chosen = zip((given, target), places(question, given, target), strict=True)
    first, second = (_only(each, code) for each, code in chosen)
    return sampled(first, question.step_ms), sampled(second, question.step_ms)


def _only(stream: Stream, code: int) -> Stream:
    """The bouts of one code, as the only code there is."""
    kept = stream.taken(stream.code == code)
    return replace(kept, labels=("both",), code=0 * kept.code)


def latencies(question: Question, given: Stream, target: Stream) -> pd.DataFrame:
    """Clocks of the question (frame of `latency.waits`)."""
    clock = "start" if question.clock == "start" else "end"
    found = waits(given, target, places(question, given, target), clock)
    return found[~found["already_on"]].reset_index(drop=True) if question.leave_out_on else found


def _compared(question: Question, both: Both) -> Compared:
    """Numbers of all recordings, and last the pooled one, beside their surrogates."""
    families = both.observations["family_id"].to_numpy()
    kind = question.surrogate
    drawn = surrogates(both.given, both.target, kind, question.surrogates, question.seed, families)
    values = [_values(question, *((each, each) if question.within else (first, each))) for first, each in drawn]
    return beside(_values(question, both.given, both.target), np.stack(values))


def _values(question: Question, given: Stream, target: Stream) -> np.ndarray:
    """Numbers of all recordings, and last the pooled one."""
    found = measure(question, given, target)
    return np.r_[found.each, found.pooled]


def _rows(
    question: Question, both: Both, found: Found, observations: pd.DataFrame, compared: Compared | None
) -> pd.DataFrame:
    """One row per selected recording, in the order of the selection."""
    frame = pd.concat([both.observations[["observation_id"]], found.frame], axis=1)
    frame.insert(1, "value", found.each)
    frame.insert(2, "n", found.n)
    if compared is not None:
        frame["surrogate_mean"], frame["surrogate_p"] = compared.mean[:-1], compared.p_more[:-1]
    coded = observations["observation_id"].isin(both.observations["observation_id"])
    rows = observations[["observation_id", "dyad_id", "family_id"]].merge(frame, on="observation_id", how="left")
    rows["n"] = rows["n"].fillna(0)
    reason, other = NOTHING[question.measure], OTHERWISE.get((question.measure, question.number))
    began = rows["n"] > 0 if question.measure == "contingent" else True
    reasons = np.where(began, other, reason) if other else reason
    missing = np.where(coded.to_numpy(), reasons, NOT_CODED)
    rows.insert(5, "outcome", np.where(rows["value"].notna(), "", missing))
    return rows


def _pooled(found: Found, both: Both, rows: pd.DataFrame) -> pd.DataFrame:
    """The pooled number with its interval over families and what it rests on."""
    part = both.observations.loc[found.n > 0]
    low, high = found.interval(both.observations["family_id"].to_numpy()) if len(part) else (np.nan, np.nan)
    value = found.pooled if len(part) else np.nan
    if low == high:  # all families are alike: how sure that is no resampling can tell
        low = high = np.nan
    counts = [part[name].nunique() for name in ("observation_id", "dyad_id", "family_id")]
    row = (value, low, high, float(found.n.sum()), *counts, int(rows["value"].isna().sum()))
    return pd.DataFrame([row], columns=list(POOLED))
