"""Residuals of a model in the view "Checks": of values and of recordings, by behaviour, and unit effects."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import models_checks_words as words
from pages.parts import show, store, store_models_checks
from pages.parts.charts_models_checks import draw_spread
from pages.parts.charts_models_residuals import draw_residuals, draw_units
from pages.parts.models_checks_words import PEOPLE, failed_title, state_of
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import minus
from pages.parts.store_models import Answer
from pages.parts.store_models_checks import Checked

VALUES, RECORDINGS = "Single values", "Recordings"


def residuals(answer: Answer) -> None:
    """What the model leaves over: against fitted values and against the Normal distribution."""
    found, failed = store_models_checks.checked(answer), answer.leading.fit.failed
    st.subheader("What the model leaves over (residuals)", anchor=False)
    said = st.segmented_control(
        "Residuals of", [VALUES, RECORDINGS], default=VALUES, required=True, key="residuals", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    which = "units" if said == RECORDINGS else "rows"
    st.markdown(words.residual_words(found, which))
    st.caption(
        "Left: no pattern and an even band around 0 is good. Right: points on the line follow a Normal distribution; "
        "both ends above and below it are heavy tails, a bow is skew."
    )
    rows = _rows(found) if which == "rows" else _units(found)
    unit = found.unit or "normal scores"
    figure = draw_residuals(rows, unit, failed_title(bool(failed)))
    alt = f"Residuals of {(said or VALUES).lower()}. {words.residual_words(found, which)}".replace("*", "")
    show.figure(figure, alt, "left_over", store.released(_table(rows, failed), ANALYST_ONLY), f"residuals_{which}")


def _rows(found: Checked) -> pd.DataFrame:
    rows = found.rows
    said = rows["unit"].astype(str) + ", " + rows["code"].astype(str)
    return rows.assign(person=rows["response"].map(PEOPLE), said=said)


def _units(found: Checked) -> pd.DataFrame:
    rows = found.units
    return rows.assign(
        person=rows["response"].map(PEOPLE), said=rows["unit"].astype(str), residual=rows["mean"], code=""
    )


def _table(rows: pd.DataFrame, failed: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "Person": rows["person"],
            "Recording": rows["unit"],
            "Behaviour": rows["code"],
            "Fitted": rows["fitted"],
            "Residual": rows["residual"],
            "Normal quantile": rows["normal"],
            "Checks": state_of(failed),
        }
    )


def spread(answer: Answer) -> None:
    """Whether the values of some behaviours spread more than the model assumes."""
    found, failed = store_models_checks.checked(answer), answer.leading.fit.failed
    st.subheader("Is the spread the same for all behaviours?", anchor=False)
    st.markdown(words.spread_words(found))
    rows = found.spread.assign(
        person=found.spread["response"].map(PEOPLE), assumed=found.spread["response"].map(found.row_sd)
    )
    table = pd.DataFrame(
        {
            "Person": rows["person"],
            "Behaviour": rows["code"],
            "Residual SD": rows["sd"],
            "Assumed for all": rows["assumed"],
            "Values": rows["values"],
            "Recordings": rows["units"],
            "Checks": state_of(failed),
        }
    )
    figure = draw_spread(rows, found.unit or "normal scores", failed_title(bool(failed)))
    alt = f"SD of residuals by behaviour. {words.spread_words(found)}".replace("*", "")
    show.figure(figure, alt, "spread", store.released(table, ANALYST_ONLY), "residual_sd")


def unit_levels(answer: Answer) -> None:
    """How much single recordings differ, with the infant's level against the caregiver's."""
    found, failed = store_models_checks.checked(answer), answer.leading.fit.failed
    st.subheader("How recordings differ (unit effects)", anchor=False)
    st.markdown(_sentence(found, answer))
    st.caption(
        "A mark: how much longer or shorter the behaviours of a recording last on average than the model expects from "
        "its behaviours, score and covariates; line: 95 % interval. The ellipse shows how much recordings differ; "
        "marks lie closer to 0, because a single recording says little about its own level."
    )
    rows = found.units.assign(person=found.units["response"].map(PEOPLE))
    table = pd.DataFrame(
        {
            "Person": rows["person"],
            "Recording": rows["unit"],
            "Effect": rows["mean"],
            "95 % from": rows["lower"],
            "95 % to": rows["upper"],
            "Checks": state_of(failed),
        }
    )
    figure = draw_units(rows, found.between, found.unit or "normal scores", failed_title(bool(failed)))
    alt = f"Effects of recordings in order, and infant against caregiver. {_sentence(found, answer)}".replace("*", "")
    show.figure(figure, alt, "unit_effects", store.released(table, ANALYST_ONLY), "unit_effects")


def _sentence(found: Checked, answer: Answer) -> str:
    """SD between recordings, how many stand out, and the correlation; markdown."""
    parts = []
    for place, (name, person) in enumerate(PEOPLE.items()):
        mine = found.units[found.units["response"] == name]
        away = int(((mine["lower"] > 0) | (mine["upper"] < 0)).sum())
        sd = words.time(float(np.sqrt(found.between[place, place])), found.unit)
        parts.append(f"**{person}:** recordings differ by {sd} (SD); {away} of {len(mine)} intervals exclude 0.")
    if all("; 0 of" in part for part in parts):
        parts.append("No single recording stands out.")
    random = answer.leading.fit.random.set_index("term")
    if "unit_correlation" in random.index:
        row = random.loc["unit_correlation"]
        interval = f"{row['mean']:.2f} (95 % {row['lower']:.2f} to {row['upper']:.2f})"
        parts.append(minus(f"Correlation of infant and caregiver {interval}."))
    return " ".join(parts)
