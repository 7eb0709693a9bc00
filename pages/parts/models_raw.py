"""The seconds behind the terms: the recordings of one behaviour, and the times that the model predicts."""

from html import escape as escape_html

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import show, store, store_models_asked
from pages.parts.charts_models_checks import stamped
from pages.parts.charts_models_raw import draw_levels, draw_recordings
from pages.parts.models_terms import ANALYST_ONLY, NOBODY, chosen_term
from pages.parts.models_words import PEOPLE, minus, model_name
from pages.parts.store_models import SECONDS, Answer
from pages.parts.words import counted, escape
from pipeline.steps.fit_choices import Exposure

POINTS = 25
"""Points of the model's line."""
NO_SECONDS = "normal_scores"
RESPONSES = {who: response for response, who in PEOPLE.items()}


def recordings(answer: Answer) -> None:
    """A window with the recordings of the behaviour that was chosen, or whose mark was clicked."""
    if not answer.question.adjusted.step.exposure or answer.leading.terms.empty:
        return
    if (chosen := chosen_term(answer)) is not None:
        _open(answer, *chosen)


def _close() -> None:
    """The window was closed: nothing is chosen any more."""
    st.session_state["term"] = NOBODY


def _open(answer: Answer, person: str, code: str) -> None:
    """A window with the recordings of one behaviour."""
    exposure = answer.question.exposure

    @st.dialog(f"{person}: {code}", width="large", on_dismiss=_close)
    def window() -> None:
        points, line = raw_points(answer, person, code), model_line(answer, person, code)
        st.markdown(_raw_sentence(points, line, answer, person, code))
        table = points[["dyad", "exposure", "seconds"]].rename(
            columns={"dyad": "Dyad", "exposure": _axis(exposure), "seconds": "Seconds per 5 min"}
        )
        figure = draw_recordings(points, line, _axis(exposure))
        show.figure(
            stamped(figure, bool(answer.leading.fit.failed)), f"{person}, {code}: seconds per 5 minutes in "
            f"{counted(len(points), 'recording')} against {exposure.label}, with the model's line.", "raw",
            store.released(table, ANALYST_ONLY), "recordings",
        )  # fmt: skip

    window()


def raw_points(answer: Answer, person: str, code: str) -> pd.DataFrame:
    """One row per recording with a value of this behaviour: dyad, exposure, seconds (per 5 minutes), said."""
    side = RESPONSES[person]
    frame = answer.rows.frame
    mine = frame[(frame["code"] == code) & frame[f"y_{side}"].notna()]
    found = pd.DataFrame(
        {"dyad": mine["dyad_id"], "exposure": mine["exposure"], "seconds": mine[f"share_{side}"] * SECONDS}
    ).reset_index(drop=True)
    name = escape_html(answer.question.exposure.label)
    said = [
        f"{escape_html(str(one.dyad))}<br>{name} {one.exposure:g}: {one.seconds:.0f} s" for one in found.itertuples()
    ]
    return found.assign(said=said)


def model_line(answer: Answer, person: str, code: str) -> pd.DataFrame:
    """The model's mean seconds over the range of the exposure, covariates at their means; empty where it has none."""
    mine = (answer.rows.frame["code"] == code) & answer.rows.frame[f"y_{RESPONSES[person]}"].notna()
    z = answer.rows.frame.loc[mine, "z"]
    if answer.question.adjusted.options.outcome == NO_SECONDS or z.empty:
        return pd.DataFrame(columns=["exposure", "seconds", "seconds_low", "seconds_high"])
    at = tuple(np.linspace(z.min(), z.max(), POINTS).round(9))
    return store_models_asked.times(answer, at, (RESPONSES[person], code))


def _axis(exposure: Exposure) -> str:
    """Title of the axis of the exposure."""
    if exposure.levels:
        return f"{exposure.label}: 0 = {exposure.levels[0]}, 1 = {exposure.levels[1]}"
    label = exposure.label[:1].upper() + exposure.label[1:]
    return f"{label} ({exposure.unit})" if exposure.unit else label


def _raw_sentence(points: pd.DataFrame, line: pd.DataFrame, answer: Answer, person: str, code: str) -> str:
    """What the recordings show, and which model the line is of."""
    model = model_name(answer, answer.question.shown[0]).lower()
    text = f"{counted(len(points), 'recording')} of {counted(points['dyad'].nunique(), 'dyad')}."
    if line.empty:
        return f"{text} Normal scores are no straight line in seconds, so none is drawn."
    first, last = line.iloc[0], line.iloc[-1]
    return (
        f"{text} Along the {model} model the {person.lower()}'s '{escape(code)}' goes from {first['seconds']:.0f} to "
        f"{last['seconds']:.0f} s per 5 minutes (its own slope, not the difference from the reference)."
    )


def levels(answer: Answer) -> None:
    """Predicted seconds per 5 minutes at three levels of the exposure, per behaviour and side."""
    spec = answer.question.adjusted
    if not spec.step.exposure or answer.leading.terms.empty:
        return
    st.subheader("Predicted time, in seconds per 5 minutes", anchor=False)
    if spec.options.outcome == NO_SECONDS:
        st.markdown("Not available for normal scores: they are no straight line in seconds.")
        return
    frame, names = level_rows(answer)
    st.caption(_level_words(answer))
    table = frame[["person", "code", "level", "exposure", "seconds", "seconds_low", "seconds_high", "rows", "units"]]
    headings = ("Person", "Behaviour", "At", _axis(answer.question.exposure), "Seconds per 5 min", "95 % from (s)",
                "95 % to (s)", "Rows", "Units")  # fmt: skip
    failed = answer.leading.fit.failed
    alt = (
        f"Predicted seconds per 5 minutes of each behaviour at {len(names)} levels of {answer.question.exposure.label}."
    )
    table = table.set_axis(headings, axis=1).assign(Checks="failed" if failed else "passed")
    released = store.released(table, ANALYST_ONLY)
    figure = stamped(draw_levels(frame, names), bool(failed))
    show.figure(figure, alt, "levels", released, f"predicted_{spec.name}")


def level_rows(answer: Answer) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Predicted times in words, and the names of the levels from low to high."""
    exposure = answer.question.exposure
    at = (0.0, 1.0) if exposure.levels else store_models_asked.LEVELS
    found = store_models_asked.times(answer, at)
    raw = dict(zip(found["z"], found["exposure"], strict=True))
    words = {z: minus(f"{z:+.0f} SD ({raw[z]:.1f})") if z else f"Mean ({raw[z]:.1f})" for z in at}
    names = dict(zip(at, exposure.levels, strict=True)) if exposure.levels else words
    found = found.assign(person=found["response"].map(PEOPLE), level=found["z"].map(names))
    said = [
        minus(f"<b>{escape_html(one.code)}</b>, {one.level}<br>{one.seconds:.0f} s ({one.seconds_low:.0f} to "
              f"{one.seconds_high:.0f})")
        for one in found.itertuples()
    ]  # fmt: skip
    return found.assign(said=said), tuple(names.values())


def _level_words(answer: Answer) -> str:
    """What is held where."""
    spec = answer.question.leading
    where = "in recordings where the behaviour occurs" if spec.options.zeros == "observed" else "in all recordings"
    means = " Covariates are at their means over recordings." if spec.step.covariates else ""
    return f"Mean time of a behaviour, {where}, with its 95 % interval.{means} A straight line can fall below 0."
