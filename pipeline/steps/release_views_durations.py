"""Views of the durations page: mean shares of time per code, infant and caregivers side by side."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.measures.shares import share_of_time
from pipeline.plain_words import SUBJECTS
from pipeline.steps import durations
from pipeline.steps.agreement import codes_of
from pipeline.steps.durations import Question
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, meanings

NUMBERS = ("mean", "low", "high")
SHARES = ReleaseSpec(
    labels=("person", "code", "level", "colour", "unobservable"), counts=("families",),
    statistics=tuple((name, "families") for name in NUMBERS),
)  # fmt: skip
NAMES = {
    "person": "Person", "code": "Behaviour", "mean": "Mean (% of time)", "low": "95 % from (%)", "high": "95 % to (%)",
    "families": "Families that show it (about)",
}  # fmt: skip
AXIS = "Mean share of the session in which the behaviour could be seen"


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """One per behaviour group that is coded as states."""
    here = set(data.observations.loc[data.observations["protocol"] == protocol, "observation_id"])
    for scheme, group, title in data.groups[["scheme", "behaviour_group", "title"]].itertuples(index=False, name=None):
        level = durations.level_rows(data.cursor, scheme, group)
        if here.isdisjoint(level["observation_id"].cat.categories):
            continue
        question = Question(scheme, group, "observable", subjects=tuple(SUBJECTS))
        yield Template(
            group, "durations", protocol, title, f"{title}: what takes how much of the time?", "draw_shares", SHARES,
            lambda selected, level=level, question=question: _shares(data, selected, level, question), NAMES,
            {"unit": "%", "axis": AXIS}, adds=("person",), says=finding,
        )  # fmt: skip


def _shares(data: Data, selected: pd.DataFrame, level: pd.DataFrame, question: Question) -> Answer | None:
    """Mean share per person and code; behind it stand the recordings in which the code occurs."""
    split = durations.levels_of(selected, question.split)
    rows = durations.of_selection(level, selected, split, question.subjects)
    if rows.empty:
        return None
    means = durations.means(rows, question)
    codes = codes_of(data.codes, question.scheme, question.behaviour_group)
    means = means.merge(codes[["code", "colour", "unobservable", "kind"]], on="code", how="left")
    means = means[~means["unobservable"].astype(bool) & (means["kind"] != "point") & means["mean"].notna()]
    shares = share_of_time(rows, question.denominator)
    seen = shares[shares["observed"] & (shares["share"] > 0)]
    return _answer(data, means, seen, codes["code"])


def _answer(data: Data, means: pd.DataFrame, seen: pd.DataFrame, codes: pd.Series) -> Answer | None:
    frame, behind, top2 = [], [], []
    words, order = meanings(data, codes), list(SUBJECTS)
    means = means.sort_values("subject", key=lambda names: names.astype("str").map(order.index), kind="stable")
    parts = {key: part for key, part in seen.groupby(["subject", "code"], observed=True)}
    for row in means.itertuples(index=False):
        part = parts.get((row.subject, row.code))
        if part is None:
            continue
        totals = part.groupby("family_id", observed=True)["share"].sum()
        numbers = {name: 100 * getattr(row, name) for name in NUMBERS}
        frame.append(
            {"person": SUBJECTS.get(row.subject, row.subject), "code": words[str(row.code)], "level": "",
             "colour": row.colour, "unobservable": False, "families": len(totals)} | numbers
        )  # fmt: skip
        behind.append([data.mask(part["observation_id"])])
        top2.append(float(totals.nlargest(2).sum() / totals.sum()))
    if not frame:
        return None
    return Answer(pd.DataFrame(frame), np.array(behind), np.array(top2))


def finding(frame: pd.DataFrame) -> str:
    """'Most time: infant, Neutral/Alert (61 %); caregiver, Neutral/Alert (37 %).'"""
    parts = []
    for person, rows in frame[frame["mean"].notna()].groupby("person", sort=False):
        first = rows.loc[rows["mean"].idxmax()]
        parts.append(f"{person.lower()}, {first['code']} ({first['mean']:g} %)")
    return f"Most time: {'; '.join(parts)}." if parts else ""
