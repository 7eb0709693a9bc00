"""Names and release rules of the tables of the dynamics page."""

from dataclasses import replace

import pandas as pd

from pages.parts import dynamics_words as words
from pages.parts.dynamics_options import NUMBERS
from pipeline.steps.dynamics_question import Question
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

NUMBER_COLUMNS = (
    "value", "low", "high", "chance", "odds_ratio", "odds_low", "odds_high", "n", "recordings", "dyads",
    "without_value", "mean", "mean_low", "mean_high",
)  # fmt: skip
GROUPS = ReleaseSpec(
    labels=("label", "kind"),
    counts=("families",),
    statistics=tuple((name, "families") for name in NUMBER_COLUMNS),
    margins=(("kind",),),
)
PROFILE = ReleaseSpec(
    labels=("lag", "lag_s"),
    counts=("families",),
    statistics=tuple((name, "families") for name in ("share", "chance_low", "chance_high", "matches", "samples")),
)
SINGLE = ReleaseSpec(individual=True)
RESTS_ON = {
    "lag": "Pairs", "contingent": "Cases", "recurrence": "Moments", "grid": "Visits", "latency": "Waits",
}  # fmt: skip
LAG_NAMES = {
    "given": "First", "target": "Then", "observed": "Times", "expected": "By chance", "residual": "Adjusted residual",
    "yule_q": "Yule's Q", "share": "Share of the row (%)", "possible": "Can occur",
}  # fmt: skip
GRID_NAMES = {
    "given": "First side", "target": "Second side", "share": "Share of time (%)", "seconds": "Time (s)",
    "visits": "Visits",
}  # fmt: skip
PROFILE_NAMES = {
    "lag_s": "Lag (s)", "share": "Together (%)", "chance_low": "By chance from (%)", "chance_high": "By chance to (%)",
    "matches": "Moments together", "samples": "Moments compared", "families": "Families",
}  # fmt: skip
WAITING_NAMES = {
    "group": "Group", "time_s": "Time (s)", "at_risk": "Still waiting before", "answers": "Answered",
    "censored": "Cut short", "waiting": "Still waiting (%)", "low": "95 % from (%)", "high": "95 % to (%)",
}  # fmt: skip


def group_names(question: Question) -> dict[str, str]:
    """Column -> words of the table of groups."""
    what = NUMBERS[question.measure][question.number]
    odds = {"odds_ratio": "Odds ratio", "odds_low": "Odds ratio from", "odds_high": "Odds ratio to"}
    return {
        "label": "Group", "value": what, "low": "95 % from", "high": "95 % to", "chance": "By chance",
        **({} if question.number == "odds_ratio" else odds),
        "mean": "Mean of recordings", "mean_low": "Mean from", "mean_high": "Mean to",
        "n": rests_on(question), "recordings": "Recordings", "dyads": "Dyads", "families": "Families",
        "without_value": "Recordings without a number",
    }  # fmt: skip


def rests_on(question: Question) -> str:
    """What `n` counts."""
    return "Cases" if (question.measure, question.number) == ("lag", "share") else RESTS_ON[question.measure]


def recording_names(question: Question) -> dict[str, str]:
    """Column -> words of the table of recordings or dyads."""
    what = NUMBERS[question.measure][question.number]
    return {
        "label": "Group", "observation_id": "Recording", "dyad_id": "Dyad", "value": what, "n": rests_on(question),
        "recordings": "Recordings", "outcome": "Note",
    }  # fmt: skip


def named(released: ReleasedFrame, names: dict[str, str]) -> ReleasedFrame:
    """The released frame with plain names; columns without any value are left out."""
    frame = released.frame
    keep = [name for name in names if name in frame and frame[name].notna().any()]
    return replace(released, frame=frame[keep].rename(columns=names))


def per_cent(frame: pd.DataFrame, names: tuple[str, ...]) -> pd.DataFrame:
    """Shares of these columns as per cent."""
    return frame.assign(**{name: 100 * frame[name] for name in names})


def scaled(frame: pd.DataFrame, question: Question, names: tuple[str, ...]) -> pd.DataFrame:
    """Numbers of the question in the units of the screen."""
    return frame.assign(**{name: words.factor(question) * frame[name] for name in names})
