"""The random part of a model in words: how much recordings differ, and how infant and caregiver go together."""

import pandas as pd

from pages.parts.models_words import minus, model_name
from pages.parts.store_models import Answer
from pages.parts.words import one_of, percent

LEVELS = {"unit": "Between recordings", "row": "Within a recording"}
SIDES = {"infant": "Infant", "caregiver": "Caregiver"}
MOST_DIGITS = 6
LITTLE, MUCH = 0.05, 0.25
"""Shares of variance between recordings below which they differ little, and from which they differ much."""


def random_numbers(answer: Answer) -> pd.DataFrame:
    """The random part of the models on the screen: model, level, what, estimate and 95 % interval."""
    lines = []
    for name in answer.question.shown:
        for row in answer.models[name].fit.random.itertuples():
            checks = "failed" if answer.models[name].fit.failed else "passed"
            lines.append((model_name(answer, name), row.term, row.mean, row.lower, row.upper, checks))
    return pd.DataFrame(lines, columns=["Model", "What", "Estimate", "95 % from", "95 % to", "Checks"])


def random_table(answer: Answer) -> pd.DataFrame:
    """The random part in words, four lines per model: variances of both sides, covariance and correlation, between
    and within recordings. Few columns, so that a small screen shows all of them.
    """
    cells = {f"{who}'s variance": f"var_{side}" for side, who in SIDES.items()}
    cells |= {"Covariance": "cov", "Correlation": "correlation"}
    lines = []
    for name in answer.question.shown:
        rows = answer.models[name].fit.random.set_index("term")
        for title, term in cells.items():
            said = {word: interval(rows.loc[f"{level}_{term}"]) for level, word in LEVELS.items()}
            lines.append({"Model": model_name(answer, name), "What": title} | said)
    frame = pd.DataFrame(lines)
    return frame if len(answer.question.shown) > 1 else frame.drop(columns="Model")


def interval(row: pd.Series) -> str:
    """'0.31 (0.12 to 0.52)'; the smaller all is, the more decimals, so that an interval is not written as 0 to 0."""
    largest = max(abs(row["lower"]), abs(row["upper"]))
    digits = next((digits for digits in range(2, MOST_DIGITS) if largest >= 10.0 ** (1 - digits)), MOST_DIGITS)
    mean, low, high = (f"{round(row[end], digits) + 0.0:.{digits}f}" for end in ("mean", "lower", "upper"))
    return minus(f"{mean} ({low} to {high})")


def random_finding(answer: Answer) -> tuple[str, str]:
    """How much recordings differ, and whether infant and caregiver go together: two sentences (markdown)."""
    rows = answer.leading.fit.random.set_index("term")
    shares = {side: rows.loc[f"unit_share_{side}"] for side in SIDES}
    most = max(share["mean"] for share in shares.values())
    word = "little" if most < LITTLE else "much" if most >= MUCH else "somewhat"
    said = one_of(
        [
            f"{_percent(share['mean'])} ({_percent(share['lower'])} to {_percent(share['upper'])}) of the {side}'s"
            for side, share in shares.items()
        ],
        "and",
    )
    together = {word: rows.loc[f"{level}_correlation"] for level, word in LEVELS.items()}
    clear = [name for name, row in together.items() if row["lower"] > 0 or row["upper"] < 0]
    start = "Infant and caregiver do not clearly go together"
    if clear:
        start = f"Infant and caregiver go together {one_of([name.lower() for name in clear], 'and')}"
        if all(row["mean"] < 0 for row in together.values()):
            start = start.replace("go together", "go opposite ways")
    values = ", ".join(f"{name.lower()} r = {interval(row)}" for name, row in together.items())
    return f"**Recordings differ {word}:** {said} variance lies between them.", f"**{start}:** {values}."


def _percent(share: float) -> str:
    return percent(share).replace(" %", "\u00a0%")
