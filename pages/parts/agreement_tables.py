"""Rows of the agreement page as a reader sees them: who, in which order, under which headings, and what may leave."""

from dataclasses import replace

import pandas as pd

from pages.parts import store
from pages.parts.agreement_choices import EVERY, Question
from pages.parts.agreement_words import ENOUGH, FEW_RECORDINGS
from pages.parts.durations_choices import group_names
from pages.parts.words import SUBJECTS, coder, plain
from pipeline.measures.agreement_method import Method
from pipeline.steps.agreement_pools import ALL, KEY
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

COMPARED = {"two people": "Two people", "person and model": "Person and model", "two models": "Two models"}
DIRECTIONS = {"": "", "first": "A in B", "second": "B in A"}
"""Of a tolerance: whose codes are looked for in whose coding; A is the coder whose name comes first."""
PER_CENT = ("agreement", "expected")
NUMBERS = (
    "kappa", "low", "high", "kappa_max", "agreement", "expected", "ac1", "se", "total", "recordings", "pairs", "note",
)  # fmt: skip
KAPPAS = ReleaseSpec(
    labels=("behaviour", "who", "person", "compared", "label", "place"),
    counts=("families",),
    statistics=tuple((name, "families") for name in NUMBERS),
    margins=(("behaviour", "person", "compared"),),
)
DUST = 0.0005
SINGLE = ReleaseSpec(individual=True)


def prepared(kappas: pd.DataFrame, question: Question) -> pd.DataFrame:
    """The pools the question asks for, in the order of the screen: behaviour, who, person, compared, label, place.

    `label` names a row ("Facial expression: infant, with mother"); `place` is its row in `kappas`; shares become per
    cent; `note` says why a kappa or its interval is missing.
    """
    frame = kappas.assign(place=kappas.index)
    frame = _intervals(frame[_asked(frame, question)])
    titles = {place: title for title, place in group_names(store.groups()).items()}
    order = {place: number for number, place in enumerate(titles)}
    groups = list(zip(frame["scheme"], frame["behaviour_group"], strict=True))
    frame = frame.assign(
        behaviour=pd.Series([titles[group] for group in groups], frame.index, dtype="str"),  # words, even of no pool
        person=frame["subject"].map(lambda name: SUBJECTS.get(name, plain(name))),
        compared=frame["comparison"].map(COMPARED),
        who=pd.Series([who(row) for row in frame.to_dict("records")], frame.index, dtype="str"),
        note=frame["outcome"].where(frame["outcome"] != "", frame["interval_note"]),
        _group=[order[group] for group in groups],
        _person=frame["subject"].map({name: number for number, name in enumerate(SUBJECTS)}).fillna(len(SUBJECTS)),
        _compared=frame["comparison"].map({name: number for number, name in enumerate(COMPARED)}),
        **{name: 100 * frame[name] for name in PER_CENT},
    )
    frame["label"] = frame["behaviour"] + ": " + frame["who"].map(lambda text: text[:1].lower() + text[1:])
    by = ["_group", "_person", "_compared", "role", "first", "second", "direction"]
    return frame.sort_values(by, kind="stable", ignore_index=True)


def _intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Intervals of enough recordings only: drawn from two or three they look surer than they are."""
    few = (frame["recordings"] < ENOUGH) & frame["low"].notna()
    note = frame["interval_note"].mask(few, FEW_RECORDINGS)
    return frame.assign(low=frame["low"].mask(few), high=frame["high"].mask(few), interval_note=note)


def _asked(frame: pd.DataFrame, question: Question) -> pd.Series:
    """Pools of the behaviour, the subject, and the roles or coders the question is about."""
    wanted = (frame["role"] != ALL) == (question.by == "role")
    wanted &= (frame["first"] != ALL) == (question.by == "coders")
    if question.behaviour_group != EVERY:
        wanted &= (frame["scheme"] == question.scheme) & (frame["behaviour_group"] == question.behaviour_group)
    return wanted & (frame["subject"] == question.subject) if question.subject != EVERY else wanted


def who(row: dict) -> str:
    """'Infant', 'Infant, with mother', 'Caregiver, KL and MS', 'Infant, person and model'."""
    name = SUBJECTS.get(row["subject"], plain(row["subject"]))
    parts = [name]
    if row["role"] != ALL:
        parts.append(("" if row["subject"] == "caregiver1" else "with ") + plain(row["role"]).lower())
    if row["first"] != ALL:
        parts.append(f"{coder(row['first'])} and {coder(row['second'])}")
    if row["comparison"] != "two people":
        parts.append(COMPARED[row["comparison"]].lower())
    parts.append(DIRECTIONS[row["direction"]])
    return ", ".join(part for part in parts if part)


def unit(method: Method) -> str:
    """What a cell of the matrix counts."""
    return ("events" if method.nil else "looks") if method.counts else "s"


def kappa_names(method: Method) -> dict[str, str]:
    """Column -> words of the table behind the chart."""
    return {
        "behaviour": "Behaviour", "who": "Of whom", "compared": "Who is compared", "kappa": "Kappa",
        "low": "95 % from", "high": "95 % to", "kappa_max": "Highest kappa possible",
        "agreement": "Agreement (%)", "expected": "By chance (%)", "ac1": "Gwet's AC1",
        "se": "Large-sample standard error", "total": f"Compared ({unit(method)})", "recordings": "Recordings",
        "pairs": "Pairs of codings", "families": "Families", "note": "Note",
    }  # fmt: skip


def named(released: ReleasedFrame, names: dict[str, str]) -> ReleasedFrame:
    """The released frame with plain names; columns without any value or words are left out."""
    frame = released.frame
    keep = [name for name in names if name in frame and _filled(frame[name])]
    return replace(released, frame=frame[keep].rename(columns=names))


def _filled(column: pd.Series) -> bool:
    return bool((column.notna() & (column.astype("str") != "")).any())


def without_dust(numbers: pd.Series) -> pd.Series:
    """Numbers that would print as -0.000 are 0."""
    return numbers.mask(numbers.abs() < DUST, 0.0)


def of_pool(frame: pd.DataFrame, row: pd.Series, *more: str) -> pd.DataFrame:
    """The rows of another frame of the pools that belong to the pool of `row`."""
    mine = pd.Series(True, index=frame.index)
    for name in (*KEY, *more):
        mine &= frame[name] == row[name]
    return frame[mine]
