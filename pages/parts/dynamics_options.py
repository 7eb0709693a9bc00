"""The parameters of a dynamic measure, bound to the URL; what lies outside the limits is brought inside here."""

import math
from dataclasses import replace

import streamlit as st

from pages.parts.models_options import named
from pipeline.steps.dynamics_question import Question

NUMBERS = {
    "lag": {"share": "Share of what follows (%)", "yule_q": "Yule's Q"},
    "contingent": {"share": "Share answered (%)", "excess": "Points above chance", "odds_ratio": "Odds ratio"},
    "recurrence": {
        "at_lag": "Share of time together (%)",
        "rate": "Recurrence rate (%)",
        "determinism": "Determinism (%)",
        "laminarity_second": "Laminarity of the second (%)",
        "laminarity_first": "Laminarity of the first (%)",
    },
    "grid": {
        "dispersion": "Dispersion (0 to 1)",
        "share": "Share of time in the chosen cell (%)",
        "seconds_per_visit": "Seconds per visit",
    },
    "latency": {"median": "Median wait (s)", "mean": "Mean wait of the answered (s)", "rate": "Answers per minute"},
}  # fmt: skip
"""The number each recording gets, the usual one first."""
BASES = {"event-based": "Event-based: bout to bout", "time-sampled": "Time-sampled: moment to moment"}
MATCHES = {False: "Both show what is chosen above", True: "Both show the same behaviour, any one"}
CLOCKS = {"end": "When the first behaviour ends", "start": "When the first behaviour begins"}
ALREADY = {False: "Counts", True: "Is left out"}
UNSEEN = {"": "As is usual for the measure", "code": "As a behaviour of its own", "missing": "As missing"}
SURROGATES = {
    "shift": "Codings shifted in time",
    "partner": "Exchanged partners of other families",
    "shuffle": "Bouts in random order",
}
MOST_DRAWS, USUAL_DRAWS, MOST_SEED = 999, 99, 2**31 - 1


def draw(question: Question) -> Question:
    """The question with the parameters its measure has."""
    measure = question.measure
    number = named("Number of each recording", NUMBERS[measure], f"dyn_{measure}_number")
    question = replace(question, statistic=number, **OPTIONS[measure]())
    if measure == "recurrence" and named("When they are together", MATCHES, "dyn_match"):
        given, target = (replace(side, code=None) for side in (question.given, question.target))
        question = replace(question, given=given, target=target)
    if measure in ("lag", "recurrence", "grid"):
        question = replace(question, unseen=named("Time that could not be seen is taken", UNSEEN, "dyn_unseen"))
    return _chance(question)


def _lag() -> dict[str, object]:
    basis = named("What is compared", BASES, "dyn_basis")
    lag = whole("How many bouts, or steps, later (lag)", "dyn_lag", 1, 1, 50)
    step = seconds("One step (s), where time-sampled", "dyn_step", 1.0, 0.1, 60)
    return {"basis": basis, "lag": lag, "step_ms": step if basis == "time-sampled" else 1_000}


def _contingent() -> dict[str, object]:
    return {"window_ms": seconds("Window (s)", "dyn_window", 2.0, 0.1, 600)}


def _recurrence() -> dict[str, object]:
    step = seconds("A look every (s)", "dyn_step", 1.0, 0.1, 60)
    reach = seconds("Lags shown up to (s)", "dyn_reach", 10.0, 0.0, 120)
    return {"step_ms": step, "reach": min(max(reach // step, 1), 200), "lag": 0}


def _grid() -> dict[str, object]:
    return {}


def _latency() -> dict[str, object]:
    clock = named("The clock starts", CLOCKS, "dyn_clock")
    out = named("A wait whose answer was already going on", ALREADY, "dyn_on")
    return {"clock": clock, "leave_out_on": out}


OPTIONS = {
    "lag": _lag,
    "contingent": _contingent,
    "recurrence": _recurrence,
    "grid": _grid,
    "latency": _latency,
}


def _chance(question: Question) -> Question:
    """What chance is: how many surrogates, of which kind, from which seed."""
    kinds = {"shuffle": SURROGATES["shuffle"]} if question.within else SURROGATES
    kind = named("Chance is", kinds, "dyn_chance")
    number = whole("How many times (0: not at all)", "dyn_draws", USUAL_DRAWS, 0, MOST_DRAWS)
    seed = whole("Seed of the random numbers", "dyn_seed", 1, 0, MOST_SEED)
    return replace(question, surrogate=kind, surrogates=number, seed=seed)


def seconds(label: str, key: str, usual: float, least: float, most: float) -> int:
    """A number of seconds inside its limits, in ms."""
    said = st.number_input(
        label,
        min_value=least,
        max_value=float(most),
        value=usual,
        step=0.5,
        key=key,
        bind="query-params",
        format="%.1f",
    )
    known = said is not None and math.isfinite(said)
    return round(1000 * min(max(float(said), least), most)) if known else round(1000 * usual)


def whole(label: str, key: str, usual: int, least: int, most: int) -> int:
    """A whole number inside its limits."""
    said = st.number_input(label, min_value=least, max_value=most, value=usual, step=1, key=key, bind="query-params")
    return min(max(int(said), least), most) if said is not None else usual
