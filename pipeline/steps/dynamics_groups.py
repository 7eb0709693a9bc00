"""The same question asked of groups of recordings, and the diagonal profile beside its surrogates."""

from dataclasses import replace

import numpy as np
import pandas as pd

from pipeline.measures import recurrence
from pipeline.measures.dynamics import Stream
from pipeline.measures.dynamics_surrogates import beside, surrogates
from pipeline.measures.splits import Split, split_levels
from pipeline.steps.dynamics import POOLED, Answer, Coded, ask, series
from pipeline.steps.dynamics_question import Question


def of_levels(
    question: Question, sides: tuple[Coded, Coded], observations: pd.DataFrame, split: Split
) -> list[tuple[str, Answer]]:
    """The answer of every level of a split (role, thirds of a score, ...), in order; without surrogates."""
    level = split_levels(observations, split).level
    asked = replace(question, surrogates=0)
    parts = [(str(name), observations[(level == name).to_numpy()]) for name in level.cat.categories]
    return [(name, ask(asked, *sides, part.reset_index(drop=True))) for name, part in parts if len(part)]


def pooled_of(answers: list[tuple[str, Answer]]) -> pd.DataFrame:
    """One row per level: level, then the pooled number with its interval and what it rests on (POOLED)."""
    rows = [answer.pooled.assign(level=level) for level, answer in answers]
    return pd.concat(rows, ignore_index=True)[["level", *POOLED]] if rows else pd.DataFrame(columns=["level", *POOLED])


def profile_band(answer: Answer, question: Question) -> pd.DataFrame:
    """Mean and middle 95 % of the diagonal profile over the surrogates that `question` names (otherwise the question of
    the answer): lag (steps), mean, low, high. Empty where it names none.
    """
    both = answer.both
    if not question.surrogates or both.observations.empty:
        return pd.DataFrame(columns=["lag", "mean", "low", "high"])
    families = both.observations["family_id"].to_numpy()
    pairs = surrogates(both.given, both.target, question.surrogate, question.surrogates, question.seed, families)
    drawn = [_shares(question, *((each, each) if question.within else (one, each))) for one, each in pairs]
    found = beside(_shares(question, both.given, both.target), np.stack(drawn))
    lags = np.arange(-question.reach, question.reach + 1)
    return pd.DataFrame({"lag": lags, "mean": found.mean, "low": found.low, "high": found.high})


def _shares(question: Question, given: Stream, target: Stream) -> np.ndarray:
    """The profile of all recordings together."""
    sums = recurrence.profile(*series(question, given, target), question.reach).sum(0)
    return np.divide(sums[:, 0], sums[:, 1], out=np.full(len(sums), np.nan), where=sums[:, 1] > 0)
