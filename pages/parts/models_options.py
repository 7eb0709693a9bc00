"""What the published analysis leaves open, as choices bound to the URL; the published reading first."""

from typing import TypeVar

import streamlit as st

from pages.parts import store
from pipeline.catalogue.spec import Spec
from pipeline.steps.fit_choices import Exposure

Name = TypeVar("Name", str, bool)
PRIORS = {"mlwin": "As MLwiN sets it", "weak": "Weak"}
ZEROS = {"observed": "Leave it out", "include": "Count it as 0"}
DENOMINATORS = {
    "session": "Whole session",
    "observable": "While it could be seen",
    "coded": "While it was coded",
}
OUTCOMES = {"normalised": "In SD (z)", "share": "Raw share", "normal_scores": "Normal scores"}
COVARIANCES = {"estimated": "Estimated", "none": "None"}
POOLED = {False: "Each on its own", True: "Drawn towards each other"}
STANDARDISED = {"units": "Over recordings", "parents": "Over parents", "fixed": "Fixed mean and SD"}
TIMINGS = {"named": "Any wave of the study", "before_recording": "Taken before the recording"}
WHOSE = {"filmed": "Of the caregiver filmed", "partner": "Of the partner"}
MEAN, SD = 0.0, 1.0
"""Start values of a fixed mean and SD."""


def draw(spec: Spec, exposure: Exposure) -> Spec:
    """The options, two side by side; those about a score only where the exposure is one."""
    codes = store.codes()
    mine = codes[(codes["scheme"] == spec.scheme) & (codes["behaviour_group"] == spec.behaviour_group)]["code"]
    others = [code for code in dict.fromkeys(mine) if code != spec.reference]
    left, right = st.columns(2)
    with left:
        reference = select("Compared with", [spec.reference, *others], "compared_with")
        denominator = named("Share of which time", DENOMINATORS, "model_time")
        zeros = named("A behaviour that never occurs in a recording", ZEROS, "model_zeros")
    with right:
        outcome = named("The behaviour's time", OUTCOMES, "model_outcome")
        prior = named("Prior of the variances", PRIORS, "prior")
        covariance = named("Infant-caregiver covariance within rows", COVARIANCES, "row_covariance")
        pooled = named("Products with behaviours", POOLED, "pooled")
    with left:
        timing = _exposure(exposure)
    chosen = {"prior": prior, "denominator": denominator, "zeros": zeros, "outcome": outcome}
    options = {**chosen, "row_covariance": covariance, "pooled": pooled, **timing}
    return spec.changed(reference=reference, options=options)


def _exposure(exposure: Exposure) -> dict[str, object]:
    """How the exposure is standardised, and of a score whose and from when it is."""
    if exposure.levels:
        return {}
    ways = STANDARDISED if exposure.score else {name: STANDARDISED[name] for name in ("units", "fixed")}
    way = named("1 SD of the exposure", ways, "standardise")
    found: dict[str, object] = {"standardise": _fixed() if way == "fixed" else way}
    if exposure.score:
        found["score_timing"] = named("Which scores", TIMINGS, "score_timing")
        found["whose_score"] = named("Whose score", WHOSE, "whose_score")
    return found


def _fixed() -> tuple[float, float]:
    """A mean and an SD from outside the study."""
    mean = st.number_input("Mean", value=MEAN, key="fixed_mean", bind="query-params")
    sd = st.number_input("SD", value=SD, min_value=0.001, key="fixed_sd", bind="query-params")
    return float(mean), max(float(sd), 0.001)


def select(label: str, options: list[str], key: str, width: int | str = "stretch") -> str:
    """One of the options; anything else the link says is the first."""
    said = st.selectbox(label, options, key=key, bind="query-params", width=width)
    return said if said in options else options[0]


def named(label: str, words: dict[Name, str], key: str) -> Name:
    """A choice among a few words; returns what stands behind the words."""
    said = select(label, list(words.values()), key)
    return next(name for name, word in words.items() if word == said)
