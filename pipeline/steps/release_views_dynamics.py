"""Views of the dynamics page: how often one answers the other's behaviour with the same one, beside chance."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.steps import dynamics
from pipeline.steps.dynamics import Coded
from pipeline.steps.dynamics_pools import responses
from pipeline.steps.dynamics_question import Question, Side
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template

PAIR = ("infant", "caregiver1")
WHO = {"infant": "the infant", "caregiver1": "the caregiver"}
WINDOW_MS = 2_000
NUMBERS = ("value", "low", "high", "chance")
ANSWERS = ReleaseSpec(
    labels=("label", "first", "code"), counts=("families",), statistics=tuple((name, "families") for name in NUMBERS)
)
NAMES = {
    "label": "What follows what", "value": "Answered within 2 s (%)", "low": "95 % from (%)", "high": "95 % to (%)",
    "chance": "By chance (%)", "families": "Families that show the first (about)",
}  # fmt: skip


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """One per behaviour group that infants and caregivers have in common."""
    here = set(data.observations.loc[data.observations["protocol"] == protocol, "observation_id"])
    for scheme, group, title in data.groups[["scheme", "behaviour_group", "title"]].itertuples(index=False, name=None):
        sides = {name: dynamics.read_stream(data.cursor, Side(scheme, group, name)) for name in PAIR}
        shared = [code for code in sides[PAIR[0]].labels if code in sides[PAIR[1]].labels]
        shared = [code for code in shared if code not in sides[PAIR[0]].hidden | sides[PAIR[1]].hidden]
        if not shared or not here & sides[PAIR[0]].ids & sides[PAIR[1]].ids:
            continue
        places = [Side(scheme, group, name) for name in PAIR]
        yield Template(
            group, "dynamics", protocol, f"{title}: who answers whom", "Is a behaviour answered in kind?",
            "draw_groups", ANSWERS, lambda selected, sides=sides, places=places, shared=shared: _answers(
                data, selected, sides, places, shared
            ),
            NAMES, {"unit": "%", "axis": "Share answered within 2 s, 95 % interval", "chance": "by chance"},
            filtered=False, says=finding,
        )  # fmt: skip


def _answers(
    data: Data, selected: pd.DataFrame, sides: dict[str, Coded], places: list[Side], shared: list[str]
) -> Answer | None:
    """One row per direction and behaviour; behind it stand the recordings in which the first side shows it."""
    rows, behind, top2 = [], [], []
    for first, then in ((places[0], places[1]), (places[1], places[0])):
        for code in shared:
            question = Question(
                "contingent", Side(*first.stream, code), Side(*then.stream, code), "share", window_ms=WINDOW_MS
            )
            found = dynamics.ask(question, sides[first.subject], sides[then.subject], selected)
            mine, pooled = found.rows[found.rows["n"] > 0], found.pooled.iloc[0]
            if mine.empty or pd.isna(pooled["value"]):
                continue
            label = f"After {WHO[first.subject]}'s {code}: {WHO[then.subject]}'s {code}"
            chance = float(responses(found)["base"].iloc[0])
            numbers = {name: 100 * float(pooled[name]) for name in ("value", "low", "high")} | {"chance": 100 * chance}
            row = {"label": label, "first": first.subject, "code": code, "families": mine["family_id"].nunique()}
            rows.append(row | numbers)
            behind.append([data.mask(mine["observation_id"])])
            totals = mine.groupby("family_id")["n"].sum().astype(float)
            top2.append(float(totals.nlargest(2).sum() / totals.sum()))
    return Answer(pd.DataFrame(rows), np.array(behind), np.array(top2)) if rows else None


def finding(frame: pd.DataFrame) -> str:
    """How many answers are clearly above chance (their whole interval is), and which most."""
    known = frame[frame["value"].notna()]
    above = known[known["low"] > known["chance"]]
    if known.empty:
        return ""
    if above.empty:
        return "No answer is clearly more frequent than by chance."
    row = above.loc[(above["value"] - above["chance"]).idxmax()]
    label = row["label"].replace(": ", ", ")
    what = f"{label[:1].lower()}{label[1:]} ({row['value']:g} %, {row['chance']:g} % by chance)"
    are = "answers is clearly above chance:" if len(above) == 1 else "answers are clearly above chance; most of all"
    return f"{len(above)} of {len(known)} {are} {what}."
