"""A trained model among the coders: its agreement with the person who coded, beside that of two people."""

import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts.charts_agreement import draw_kappas, kappa_text
from pages.parts.words import counted
from pipeline.steps.phase_report_agreement import CLASSES, DURATION, EVENTS, EVERY, FRAMES, HUMAN
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import ReleaseSpec, renamed

METHODS = {DURATION: "By time", FRAMES: "Frame by frame", EVENTS: "Bout by bout (within 1 s)"}
KAPPAS = ReleaseSpec(
    labels=("behaviour", "who", "compared", "label", "reason"),
    counts=("families",),
    statistics=tuple(
        (name, "families") for name in ("kappa", "low", "high", "agreement", "kappa_max", "ac1", "recordings")
    ),
)
NAMES = {
    "behaviour": "Counted", "who": "Between", "kappa": "Kappa", "low": "95 % from", "high": "95 % to",
    "agreement": "Agreement (%)", "kappa_max": "Highest kappa possible", "recordings": "Sessions",
    "families": "Families",
}  # fmt: skip


def rows(report: Report, main: tuple[str, str]) -> pd.DataFrame:
    """One row per way of counting and pair: as `charts_agreement.draw_kappas` wants them, with families."""
    frame = report.agreement
    people = frame["kind"] == HUMAN
    own = (frame["modality"] == main[0]) & (frame["kind"] == main[1])
    mine = frame[(frame["scale"] == CLASSES) & frame["method"].isin(METHODS) & (people | own)]
    mine = mine.assign(place=mine["method"].map(list(METHODS).index), human=mine["kind"] == HUMAN)
    mine = mine.sort_values(["place", "human", "over"], kind="stable")
    who = [_who(row) for row in mine.itertuples()]
    behaviour = mine["method"].map(METHODS)
    compared = mine["human"].map({True: "Two people", False: "Person and model"})
    found = mine.assign(behaviour=behaviour, who=who, compared=compared, recordings=mine["sessions"])
    found["agreement"] = 100 * found["agreement"]
    label = found["behaviour"] + ", " + found["who"]
    return found.assign(label=label, reason=found["outcome"]).reset_index(drop=True)


def _who(row: tuple) -> str:
    if row.human:
        return "Two people"
    return "The model and the coder" if row.over == EVERY else "The model, where two people coded"


def kappas(report: Report, main: tuple[str, str]) -> None:
    """The forest plot, with what it says."""
    st.markdown("**Is it as good as a second person?**")
    released = store.released(rows(report, main), KAPPAS)
    frame = released.frame
    said = says(frame)
    figure = draw_kappas(frame, None)
    show.figure(figure, said, "engagement_kappas", renamed(released, NAMES), "engagement_agreement")
    st.caption(
        f"{said} Kappa is agreement beyond chance: 0 is chance, 1 perfect. Codes of both sides are put into the "
        "phases the model knows, and time in which either side has none is left out. Bout by bout is the strictest: "
        "both sides must begin the same phase at most one second apart."
    )


def says(frame: pd.DataFrame) -> str:
    """Model beside people on the same sessions, by time (plain text)."""
    mine = frame[frame["behaviour"] == METHODS[DURATION]]
    model, people = (mine[mine["compared"] == name] for name in ("Person and model", "Two people"))
    if model["kappa"].isna().all():
        return "No kappa can be given."
    if people["kappa"].isna().all():
        twice = "For two people no kappa can be given" if len(people) else "No session here was coded by two people"
        return f"By time, model and coder reach kappa {kappa_text(model['kappa'].iloc[0])}. {twice}."
    same = model.iloc[-1]
    both = people.iloc[0]
    lower = "is clearly lower" if same["high"] < both["low"] else "is lower, but the intervals meet"
    verdict = "is as high" if same["kappa"] >= both["kappa"] else lower
    return (
        f"In the {counted(int(both['recordings']), 'session')} that two people coded, the model reaches kappa "
        f"{kappa_text(same['kappa'])} and the second person {kappa_text(both['kappa'])}: the model {verdict}."
    )
