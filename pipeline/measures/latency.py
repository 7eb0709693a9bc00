"""Latency to respond: how long until the one begins after the other stopped, and what of those who never began. Pure.

Every end of a given bout starts a clock (or every onset, where asked). It stops when a target bout begins; it is
censored when the next given bout ends first (its own clock runs from then on) or when the session ends. So a latency
is "start of the target minus end of the latest given bout that ended". A bout cut off by the end of the session has no
end.
"""

from typing import Literal

import numpy as np
import pandas as pd
from scipy.stats import norm

from pipeline.measures.dynamics import Stream

Clock = Literal["end", "start"]
WAIT = ("observation", "since_ms", "wait_ms", "answered", "already_on")


def waits(given: Stream, target: Stream, codes: tuple[int, int], clock: Clock = "end") -> pd.DataFrame:
    """One row per clock (WAIT): recording, when it started, how long it ran (ms), whether a target bout stopped it, and
    whether the target code was already on when it started.

    From an end, a target that begins at that very moment counts (0 ms); from a start, only one that begins later.
    """
    begun = given.taken(given.code == codes[0])
    answers = target.taken(target.code == codes[1])
    times = begun.offset_ms if clock == "end" else begun.onset_ms
    runs = begun.offset_ms < begun.lengths_ms[begun.observation] if clock == "end" else begun.begins
    observation, since = begun.observation[runs], times[runs]
    order = np.lexsort((since, observation))
    observation, since = observation[order], since[order]
    side: Literal["left", "right"] = "left" if clock == "end" else "right"
    start, again = _ends(given, observation, since)
    began = answers.taken(answers.begins)
    onsets = np.r_[began.places(began.onset_ms), np.iinfo(np.int64).max]
    reply = onsets[np.searchsorted(onsets[:-1], start, side=side)]
    answered = (reply < again) | ((reply == again) & (clock == "start"))
    answered &= reply - observation * given.room < given.room // 2
    wait = np.where(answered, reply, again) - start
    on = _on(answers, start)
    return pd.DataFrame(dict(zip(WAIT, (observation, since, wait, answered, on), strict=True)))


def _ends(given: Stream, observation: np.ndarray, since: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Places at which each clock starts, and at which the next clock or the end of the session stops it."""
    start = observation * given.room + since
    session = observation * given.room + given.lengths_ms[observation]
    following = np.r_[start[1:], np.iinfo(np.int64).max][: len(start)]
    return start, np.minimum(following, session)


def _on(answers: Stream, places: np.ndarray) -> np.ndarray:
    """Whether a target bout began before each place and has not ended."""
    begun = answers.places(answers.onset_ms)
    reached = np.r_[-1, np.maximum.accumulate(answers.places(answers.offset_ms))] if len(begun) else np.array([-1])
    return reached[np.searchsorted(begun, places)] > places


def kaplan_meier(wait_ms: np.ndarray, answered: np.ndarray) -> pd.DataFrame:
    """Share still waiting: one row per time at which a clock stopped (ms), `at_risk`, `answers`, `censored`,
    `waiting`, and the 95 % interval `low`, `high` (Greenwood's variance on the log-log scale).

    Intervals take the clocks as independent.
    """
    times, of = np.unique(np.asarray(wait_ms), return_inverse=True)
    answers = np.bincount(of, np.asarray(answered, dtype=float), len(times)).astype(int)
    stopped = np.bincount(of, minlength=len(times))
    risk = stopped[::-1].cumsum()[::-1]
    waiting = np.cumprod(1 - answers / np.maximum(risk, 1))
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = np.sqrt(np.cumsum(answers / (risk * (risk - answers)))) / np.abs(np.log(waiting))
        ends = [waiting ** np.exp(sign * norm.ppf(0.975) * spread) for sign in (1, -1)]
    known = (waiting > 0) & (waiting < 1)
    low, high = (np.where(known, end, waiting) for end in ends)
    columns = (times, risk, answers, stopped - answers, waiting, low, high)
    names = ("time_ms", "at_risk", "answers", "censored", "waiting", "low", "high")
    return pd.DataFrame(dict(zip(names, columns, strict=True)))


def median_ms(wait_ms: np.ndarray, answered: np.ndarray) -> float:
    """First time at which at most half are still waiting; missing where that is never reached."""
    curve = kaplan_meier(wait_ms, answered)
    reached = curve.loc[curve["waiting"] <= 0.5 + 1e-12, "time_ms"]
    return float(reached.iloc[0]) if len(reached) else np.nan


def answered_within(wait_ms: np.ndarray, answered: np.ndarray, window_ms: int) -> float:
    """Share answered within the window by Kaplan-Meier; missing without clocks, or where all were stopped earlier."""
    curve = kaplan_meier(wait_ms, answered)
    before = curve[curve["time_ms"] <= window_ms]
    if curve.empty or (curve["time_ms"].iloc[-1] < window_ms and curve["waiting"].iloc[-1] > 0):
        return np.nan
    return float(1 - before["waiting"].iloc[-1]) if len(before) else 0.0
