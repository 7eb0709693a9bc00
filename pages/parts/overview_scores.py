"""Panels of the overview about the questionnaires: distributions, correlations, complete against missing."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import charts_overview, show, store, store_overview
from pages.parts.overview_completers import completers_table, differences_finding
from pages.parts.overview_words import score_table
from pages.parts.words import counted, escape, plain
from pipeline.steps.release import ReleasedFrame, renamed

PANEL_WIDTH = 440
"""Two questionnaires side by side on a projector; on a narrower screen one below the other (pixels)."""
SCORE_NAMES = {
    "instrument": "Questionnaire", "role": "Caregivers", "n": "n", "missing": "No score", "mean": "Mean", "sd": "SD",
    "median": "Median", "q1": "Lower quartile", "q3": "Upper quartile", "lowest": "Lowest", "highest": "Highest",
}  # fmt: skip
BIN_NAMES = {"instrument": "Questionnaire", "role": "Caregivers", "low": "Score from", "high": "to", "n": "n"}
PAIR_NAMES = {
    "x": "First", "y": "Second", "n": "n caregivers", "r": "Correlation", "low": "95 % interval from", "high": "to",
}  # fmt: skip
DIFFERENCE_NAMES = {
    "characteristic": "Characteristic", "difference": "Difference (SD)", "chance_limit": "Expected by chance up to",
}  # fmt: skip
EXPORT_NAMES = {
    "characteristic": "Characteristic", "level": "Value",
    **{
        f"{what}_{group}": f"{word}, {told}"
        for group, told in (("complete", "answered"), ("missing", "missing"))
        for what, word in (("n", "n"), ("mean", "Mean"), ("sd", "SD"), ("percent", "Percent"))
    },
    "difference": "Difference (SD)", "chance_limit": "Expected by chance up to",
}  # fmt: skip
METHODS = {"Pearson": "pearson", "Spearman (ranks)": "spearman"}
EVERYONE = "All caregivers"


def distributions() -> None:
    """One histogram per questionnaire on its full range, two side by side."""
    summary, bins, whole = store_overview.score_summary(), store_overview.histogram(), store_overview.histogram_of_all()
    instruments = store.instruments()
    if instruments.empty:
        show.empty("This study has no questionnaires.", "Name them under [[scores]] in STUDY.toml and import again.")
        return
    st.caption("One value per caregiver. The horizontal axis is the full range of the questionnaire and never moves.")
    places = st.container(horizontal=True)
    for row in instruments.itertuples(index=False):
        with places.container(width=PANEL_WIDTH):
            _distribution(row, summary, bins, whole)
    show.words(score_table(summary, EVERYONE.lower()), renamed(summary, SCORE_NAMES), "score_summary", "scores")


def correlations() -> None:
    """The matrix of correlations, with its choices."""
    roles = sorted(store.selected()["role"].dropna().unique())
    first, second, third = st.columns(3)
    words = {EVERYONE: None} | {f"{plain(role)}s": role for role in roles}
    chosen = first.selectbox("Whose scores", list(words), key="corr_role", bind="query-params")
    wave = second.selectbox("Wave", store_overview.waves(), key="corr_wave", bind="query-params", format_func=plain)
    how = third.selectbox("Kind of correlation", list(METHODS), key="corr_kind", bind="query-params")
    released = store_overview.correlations(words.get(chosen), wave, METHODS.get(how, "pearson"))
    if released.frame["r"].notna().sum() == 0:
        what_to_do = "Choose another wave or all caregivers, or widen the filters."
        show.empty("There is no pair of numbers to compare.", what_to_do)
        return
    finding = _strongest(released.frame)
    st.markdown(f"#### {finding}")
    figure = charts_overview.draw_correlations(released.frame)
    show.figure(figure, finding, "correlations", renamed(released, PAIR_NAMES, 3), "correlations")
    st.caption(
        "Blue: both rise together; red: one rises as the other falls. One value per caregiver; n is the number of "
        "caregivers who have both. The table gives the 95 % intervals. "
        "Mothers and fathers of the same family both count when all caregivers are chosen."
    )


def completers() -> None:
    """Families with and without a score (Table 1 of the head-camera paper)."""
    names = store.instruments()["instrument"].tolist()
    if not names:
        show.empty("This study has no questionnaires.", "Name them under [[scores]] in STUDY.toml and import again.")
        return
    name = st.segmented_control(
        "Questionnaire", names, default=names[0], key="table1", bind="query-params", required=True
    )
    released = store_overview.completers(name)
    finding = differences_finding(released.frame, name)
    st.markdown(f"#### {finding}")
    if released.frame["difference"].notna().any():
        figure = charts_overview.draw_differences(released.frame)
        show.figure(figure, finding, "differences", renamed(released, DIFFERENCE_NAMES), "differences")
    st.markdown("##### The two groups, characteristic by characteristic")
    export = renamed(store_overview.completers_for_export(name), EXPORT_NAMES)
    show.words(completers_table(released, name), export, "completers", f"completers_{name}")
    st.caption(
        "Counted over families: a family has a score when the caregiver who was filmed most often has one. "
        "Ages of mothers and fathers are of all parents, filmed or not. The file is masked: rare values are merged, "
        "and small counts are replaced, with every count they could be worked out from."
    )


def _distribution(row: tuple, summary: ReleasedFrame, bins: ReleasedFrame, whole: ReleasedFrame) -> None:
    mine = bins.frame[bins.frame["instrument"] == row.instrument]
    all_ = whole.frame[whole.frame["instrument"] == row.instrument]
    total = summary.frame[(summary.frame["instrument"] == row.instrument) & (summary.frame["role"] == "all")].iloc[0]
    top = int(all_.groupby("low")["n"].sum().max() or 0)
    words = _score_words(total)
    st.markdown(f"#### {escape(row.short_title)} ({escape(row.instrument)})")
    st.markdown(words)
    names = {role: plain(role) for role in dict.fromkeys(mine["role"])}
    figure = charts_overview.draw_scores(mine, total["mean"], row.low, row.high, top, names)
    name = f"scores_{row.instrument}"
    twin = renamed(replace(bins, frame=mine), BIN_NAMES)
    show.figure(figure, f"{row.instrument}: {words}", name, twin, name)


def _score_words(total: pd.Series) -> str:
    if pd.isna(total["mean"]):
        return "No caregiver in this selection has a score."
    spread = "" if pd.isna(total["sd"]) else f" (SD {total['sd']:.2f})"
    everyone = int(total["n"] + total["missing"])
    return f"Mean **{total['mean']:.2f}**{spread}, {int(total['n']):,} of {counted(everyone, 'caregiver')}"


def _strongest(pairs: pd.DataFrame) -> str:
    known = pairs[pairs["r"].notna()]
    best = known.loc[known["r"].abs().idxmax()]
    names = f"{escape(best['x'])} and {escape(best['y'])}"
    size = f"r = {_signed(best['r'])}, n = {int(best['n'])}"
    if pd.isna(best["low"]) or best["low"] <= 0 <= best["high"]:
        return f"No correlation is clearly different from zero; the largest is of {names} ({size})"
    direction = "rise together" if best["r"] > 0 else "go in opposite directions"
    return f"The strongest: {names} {direction} ({size})"


def _signed(number: float) -> str:
    return f"{number:+.2f}".replace("-", "\u2212")
