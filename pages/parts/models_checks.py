"""The view "Checks" of the models page: the engine's own, replicates, and which model foretells best."""

import pandas as pd
import streamlit as st

from pages.parts import models_checks_meaning, show, store, store_models_checks
from pages.parts import models_checks_words as words
from pages.parts.charts_models_checks import draw_comparison, draw_replicates
from pages.parts.models_checks_residuals import residuals, spread, unit_levels
from pages.parts.models_checks_words import PEOPLE, failed_title, state_of
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import minus
from pages.parts.store_models import Answer
from pages.parts.store_models_checks import Ladder
from pages.parts.words import escape

STATISTICS = {"Spread": "sd", "Average time": "mean", "Impossible times": "below"}
MOST_AT_ONCE = 1_500
"""With more recordings the comparison of all models waits until it is asked for."""
DEVIANCES = ("Mean deviance", "At the means", "pD", "DIC")
LIKELIHOODS = ("Coefficients", "Log-likelihood (ML)", "Log-likelihood (REML)")
AXES = {"mean": "Average ({unit})", "sd": "SD over recordings ({unit})", "below": "Values below 0 s (%)"}


def engine(answer: Answer) -> None:
    """The engine's own checks in one line."""
    fit, model = answer.leading.fit, answer.leading.posterior
    line, passed = words.engine_line(words.engine_checks(fit.diagnostics, model.reml.boundary), fit.failed)
    st.subheader("Can the computation be trusted?", anchor=False)
    if passed:
        st.markdown(f"{line} Checked: {escape(answer.question.leading.step.title)}.")
    else:
        st.error(f"{line} Do not report this fit. Checked: {escape(answer.question.leading.step.title)}.")
    _explained(models_checks_meaning.ENGINE)


def _explained(text: str) -> None:
    with st.expander("What the words mean"):
        st.markdown(text)


def replicates(answer: Answer) -> None:
    """What the fitted model makes, against what was observed, behaviour by behaviour."""
    found, failed = store_models_checks.checked(answer), answer.leading.fit.failed
    st.subheader("Does the model make data like ours?", anchor=False)
    st.markdown(words.replicate_words(found))
    names = [name for name, column in STATISTICS.items() if (found.replicated["statistic"] == column).any()]
    said = st.segmented_control(
        "What is compared", names, default=names[0], required=True, key="replicated", bind="query-params",
        label_visibility="collapsed",
    )  # fmt: skip
    name = said if said in names else names[0]
    st.caption(
        "Grey: what the model makes for the same number of new recordings (new infants and caregivers; coefficients, "
        "variances and residuals drawn from the posterior). Mark: observed. In brackets: number of values."
    )
    rows = found.replicated[found.replicated["statistic"] == STATISTICS[name]]
    rows = rows.assign(
        person=rows["response"].map(PEOPLE), inside=rows["observed"].between(rows["lower"], rows["upper"])
    )
    axis = AXES[STATISTICS[name]].format(unit=found.unit or "normal scores")
    figure = draw_replicates(rows, axis, failed_title(bool(failed)))
    outside = int((~rows["inside"]).sum())
    alt = (
        f"{name} of each behaviour, observed and as the model makes it: {outside} of {len(rows)} outside the interval."
    )
    show.figure(
        figure,
        alt,
        "replicates",
        store.released(_replicate_table(found.replicated, failed), ANALYST_ONLY),
        "replicates",
    )


def _replicate_table(rows: pd.DataFrame, failed: tuple[str, ...]) -> pd.DataFrame:
    what = {column: name for name, column in STATISTICS.items()}
    return pd.DataFrame(
        {
            "Person": rows["response"].map(PEOPLE),
            "Behaviour": rows["code"],
            "What": rows["statistic"].map(what),
            "Values": rows["values"],
            "Observed": rows["observed"],
            "Replicates": rows["middle"],
            "95 % from": rows["lower"],
            "95 % to": rows["upper"],
            "Share of replicates above": rows["p"],
            "Inside": words.inside_words(rows),
            "Checks": state_of(failed),
        }
    )


def comparison(answer: Answer) -> None:
    """Which of the models foretells a recording it has not seen best."""
    st.subheader("Which model predicts new recordings best?", anchor=False)
    units = answer.leading.fit.units
    if units > MOST_AT_ONCE and not st.toggle(
        f"Compare all models on {units:,} recordings (about a minute)", key="compare_models", bind="query-params"
    ):
        return
    with st.spinner("Comparing the models, some seconds"):
        found = store_models_checks.ladder(answer)
    failed = any(found.failed.values())
    st.markdown(
        f"{words.best_words(found, answer.question.adjusted)} {words.left_words(found, answer.leading.fit.units)}"
    )
    for rung, sentence in found.refused.items():
        st.caption(f"{escape(found.titles[rung])} cannot be fitted: {escape(sentence)}")
    table = _comparison_table(found)
    rows = pd.DataFrame(
        {
            "model": [words.name_of(name) for name in table["Model"]],
            "behind": table["Behind the best"].to_numpy(),
            "behind_se": table["SE of that"].to_numpy(),
            "best": table["Behind the best"].to_numpy() == 0,
            "failed": (table["Checks"] == "failed").to_numpy(),
        }
    )
    st.caption(
        "Mark: how far a model stays behind the best (square); line: 2 standard errors (SE) either side. Arrow: "
        "further behind than drawn."
    )
    title = "A model marked x failed its own checks: do not report it" if failed else ""
    figure = draw_comparison(rows, title)
    alt = f"Models by the log density of unseen recordings. {words.best_words(found, answer.question.adjusted)}"
    show.figure(figure, alt.replace("*", ""), "foretold", store.released(table, ANALYST_ONLY), "comparison")
    _explained(models_checks_meaning.FORETOLD)


def _comparison_table(found: Ladder) -> pd.DataFrame:
    table = found.comparison.table
    return pd.DataFrame(
        {
            "Model": [found.titles[rung] for rung in table.index],
            "Log density (elpd)": table["elpd"].to_numpy(),
            "SE": table["se"].to_numpy(),
            "Behind the best": table["behind"].to_numpy(),
            "SE of that": table["behind_se"].to_numpy(),
            "Effective parameters (p_loo)": table["p_loo"].to_numpy(),
            "Largest k-hat": table["largest_k"].to_numpy(),
            "Fitted anew": table["refitted"].to_numpy(int),
            "Recordings": found.comparison.units,
            "Checks": [state_of(found.failed[rung]) for rung in table.index],
        }
    )


def deviances(answer: Answer) -> None:
    """Deviance, DIC and log-likelihoods of all models; many recordings wait for the switch of the comparison."""
    if answer.leading.fit.units > MOST_AT_ONCE and not st.session_state.get("compare_models"):
        return
    found = store_models_checks.ladder(answer)
    st.subheader("Deviance and DIC, as in MLwiN", anchor=False)
    st.markdown(words.deviance_words(found))
    table = _deviance_table(found)
    for key, columns in (("deviances", DEVIANCES), ("likelihoods", LIKELIHOODS)):
        shown = table[["Model", *columns]].map(_one_decimal)
        shown["Model"] += ["" if state == "passed" else " (failed its checks)" for state in table["Checks"]]
        show.words(store.released(shown, ANALYST_ONLY), store.released(table, ANALYST_ONLY), key, key)
    _explained(models_checks_meaning.DEVIANCE)


def _deviance_table(found: Ladder) -> pd.DataFrame:
    rows = found.deviances
    names = ("dbar", "d_means", "pd", "dic", "coefficients", "ml", "reml")
    columns = dict(zip((*DEVIANCES, *LIKELIHOODS), (rows[name].to_numpy() for name in names), strict=True))
    models = [words.name_of(found.titles[rung]).replace(" ", "\u00a0") for rung in rows.index]
    return pd.DataFrame({"Model": models, **columns, "Checks": [state_of(found.failed[rung]) for rung in rows.index]})


def _one_decimal(value: object) -> str:
    """A cell in words: measured numbers with one decimal."""
    if isinstance(value, float):
        return minus(f"{value:,.1f}")
    return str(value)


CHECKS = (engine, replicates, residuals, spread, unit_levels, comparison, deviances)
"""The panels of the view, from top to bottom."""
