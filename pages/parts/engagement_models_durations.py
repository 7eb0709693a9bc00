"""Durations from predictions beside durations from a person's codes: may they go into the multilevel model?"""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import engagement_models_tables as tables
from pages.parts import engagement_models_words as words
from pages.parts import show, store
from pages.parts.charts_engagement_models_durations import draw_bias, draw_bland_altman
from pages.parts.engagement_models_fitness import few, reasons, verdict
from pages.parts.words import plain
from pipeline.catalogue.phase_card import Card
from pipeline.steps.phase_report_agreement import HUMAN
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import ReleaseSpec, renamed

NUMBERS = ("bias_s", "bias_low", "bias_high", "lower_s", "upper_s", "human_s", "predicted_s", "outside_s", "icc",
           "slope", "slope_low", "slope_high", "human_sd_s", "sessions")  # fmt: skip
LIMITS = ReleaseSpec(labels=("phase",), counts=("families",), statistics=tuple((name, "families") for name in NUMBERS))
LIMITS_NAMES = {
    "phase": "Phase", "human_s": "Coded (s, mean)", "predicted_s": "Predicted (s, mean)", "bias_s": "Apart (s, mean)",
    "bias_low": "95 % from", "bias_high": "95 % to", "lower_s": "Limits from (s)", "upper_s": "Limits to (s)",
    "outside_s": "Predicted where nothing was coded (s)", "human_sd_s": "SD between sessions (s)", "icc": "ICC",
    "slope": "Part of a difference kept", "slope_low": "Part 95 % from", "slope_high": "Part 95 % to",
    "sessions": "Sessions", "families": "Families",
}  # fmt: skip
POINTS_NAMES = {
    "observation": "Session", "phase": "Phase", "human_s": "Coded (s)", "predicted_s": "Predicted (s)",
    "apart_s": "Apart (s)", "mean_s": "Mean of both (s)",
}  # fmt: skip
HOW = (
    "Every session is counted whole, as a lab would without codes: what the model says during time that nobody coded "
    "counts too. Grey: between these limits lies the difference of 95 % of sessions. ICC: 1 if both durations are the "
    "same numbers in every session, 0 if they tell nothing of each other."
)


QUESTION = "Are its durations good enough for the multilevel model?"


def in_short(card: Card, report: Report) -> str:
    """The question with its answer, for the top of the page (markdown)."""
    frame = store.released(_limits(report, tables.main_arm(card, report.scores)), LIMITS).frame
    return f"{QUESTION} {verdict(frame)} {few(frame)}".strip()


def durations(card: Card, report: Report) -> None:
    """The verdict in one sentence, bias with limits per phase, and session by session."""
    st.markdown(f"**{QUESTION}**")
    main = tables.main_arm(card, report.scores)
    released = store.released(_limits(report, main), LIMITS)
    frame = released.frame
    said = verdict(frame)
    st.markdown(f"### {said}")
    st.markdown(reasons(frame, _people(report)))
    figure = draw_bias(_drawn(frame), "Predicted minus coded, seconds per session")
    show.figure(figure, said.replace("*", ""), "engagement_bias", renamed(released, LIMITS_NAMES), "engagement_bias")
    st.caption(HOW)
    _session_by_session(report, main, frame)
    _over_codes(report)


def _limits(report: Report, main: tuple[str, str]) -> pd.DataFrame:
    mine = tables.of_arm(report.durations, main)
    return mine.assign(phase=mine["class"].map(words.phase)).reset_index(drop=True)


def _people(report: Report) -> pd.DataFrame:
    """The same of two people, where sessions were coded twice."""
    rows = report.durations[report.durations["kind"] == HUMAN]
    return store.released(rows.assign(phase=rows["class"].map(words.phase)).reset_index(drop=True), LIMITS).frame


def _drawn(frame: pd.DataFrame) -> pd.DataFrame:
    said = [f"{row.bias_s:+.0f} s of {row.human_s:.0f} s".replace("-", "\u2212") for row in frame.itertuples()]
    return frame.rename(columns={"bias_s": "bias", "lower_s": "lower", "upper_s": "upper"}).assign(said=said)


def _session_by_session(report: Report, main: tuple[str, str], limits: pd.DataFrame) -> None:
    """Bland-Altman: single sessions."""
    points = tables.of_arm(report.duration_points, main)
    apart, mean = points["predicted_s"] - points["human_s"], (points["predicted_s"] + points["human_s"]) / 2
    names = points["class"].map(words.phase)
    frame = points.assign(phase=names, apart_s=apart, mean_s=mean, observation=points["observation_id"])
    released = renamed(store.released(frame, tables.SINGLE), POINTS_NAMES)
    with st.expander("Session by session (Bland-Altman)"):
        alt = "A dot per session and phase: how far both durations are apart, by how long the phase lasted."
        figure = draw_bland_altman(frame, _drawn(limits))
        show.figure(figure, alt, "engagement_bland_altman", released, "engagement_bland_altman")
        st.caption(f"{alt} Orange: mean difference (solid) and limits of agreement (dashed).")


def _over_codes(report: Report) -> None:
    """What the model says while the person marks each code, those it does not know too."""
    frame = report.over_codes
    columns = [name for name in frame if name != "code"]
    frame = frame[frame[columns].sum(axis=1) > 0]
    families = report.scores["families"].max()
    spec = ReleaseSpec(labels=("code",), counts=("families",), statistics=tuple((one, "families") for one in columns))
    released = store.released(frame.assign(families=families), spec)
    names = {"code": "While this was coded", **{one: f"{words.phase(one)} (s)" for one in columns}}
    with st.expander("What it says while each code is on"):
        text = released.frame.assign(code=released.frame["code"].map(plain))
        show.table(renamed(replace(released, frame=text), names, 0), "engagement_over", "engagement_over", small=True)
        st.caption(
            "Seconds of all sessions together. Codes that the model does not know and time that nobody coded count, "
            "too: without codes nobody could leave them out."
        )
