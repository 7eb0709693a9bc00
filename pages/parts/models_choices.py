"""The choices of the models page, all bound to the URL: which behaviour, which questionnaire, adjusted or not, and
what the published analysis leaves open.
"""

import pandas as pd
import streamlit as st

from pages.parts import store
from pages.parts.durations_choices import group_names
from pages.parts.store_models import Question
from pipeline.catalogue.spec import Spec, known_specs, load_spec

SHOWN = {
    "Both": ("adjusted", "unadjusted"),
    "Adjusted only": ("adjusted",),
    "Unadjusted only": ("unadjusted",),
}
PRIORS = {"mlwin": "As MLwiN sets it", "weak": "Weak"}
ZEROS = {"observed": "Leave it out", "include": "Count it as 0"}
DENOMINATORS = {
    "session": "Whole session",
    "observable": "While it could be seen",
    "coded": "While it was coded",
}


def choose() -> Question | None:
    """Draws the choices; None where no analysis of the catalogue fits the study."""
    specs, exposures = specs_of(store.groups()), exposures_of(store.instruments())
    if not specs or not exposures:
        return None
    first, second = st.columns(2)
    with first:
        group = _select("Outcome", list(specs), "outcome")
    with second:
        shown = SHOWN[_select("Adjusted, unadjusted", list(SHOWN), "models")]
    exposure = exposures[_select("Exposure", list(exposures), "exposure")]
    spec = spec_for(specs[group], exposure, group)
    with st.expander("Options"):
        spec = _options(spec)
    return Question(spec, unadjusted_rung(spec), shown)


def specs_of(groups: pd.DataFrame) -> dict[str, list[Spec]]:
    """Title of a behaviour group of the study -> the analyses of the catalogue on it."""
    every = [load_spec(name) for name in known_specs()]
    found = {
        title: [spec for spec in every if (spec.scheme, spec.behaviour_group) == place]
        for title, place in group_names(groups).items()
    }
    return {title: specs for title, specs in found.items() if specs}


def exposures_of(instruments: pd.DataFrame) -> dict[str, str]:
    """Words on the screen -> questionnaire."""
    return {f"{one.instrument}: {one.short_title.lower()}": one.instrument for one in instruments.itertuples()}


def spec_for(specs: list[Spec], exposure: str, group: str) -> Spec:
    """The catalogue's analysis of this exposure; for another questionnaire the same one without its hypotheses."""
    spec = next((one for one in specs if one.exposure == exposure), None)
    if spec is None:
        spec = specs[0].changed(exposure=exposure, title=f"{group} and {exposure}", hypotheses=())
    spec = spec.changed(rung=len(spec.rungs) - 1)
    protocol = store.selection().protocol
    return spec.changed(protocol=protocol) if protocol else spec


def unadjusted_rung(spec: Spec) -> int:
    """The first rung that has the exposure and no covariate; the last one where there is none."""
    bare = [place for place, rung in enumerate(spec.rungs) if rung.exposure and not rung.covariates]
    return bare[0] if bare else len(spec.rungs) - 1


def _options(spec: Spec) -> Spec:
    """What the published analysis leaves open, the default first."""
    codes = store.codes()
    mine = codes[(codes["scheme"] == spec.scheme) & (codes["behaviour_group"] == spec.behaviour_group)]["code"]
    others = [code for code in dict.fromkeys(mine) if code != spec.reference]
    left, right = st.columns(2), st.columns(2)
    with left[0]:
        reference = _select("Compared with", [spec.reference, *others], "compared_with")
    with left[1]:
        prior = _named("Prior of the variances", PRIORS, "prior")
    with right[0]:
        denominator = _named("Share of which time", DENOMINATORS, "model_time")
    with right[1]:
        zeros = _named("A behaviour that never occurs in a recording", ZEROS, "model_zeros")
    return spec.changed(reference=reference, options={"prior": prior, "denominator": denominator, "zeros": zeros})


def _select(label: str, options: list[str], key: str) -> str:
    said = st.selectbox(label, options, key=key, bind="query-params")
    return said if said in options else options[0]


def _named(label: str, words: dict[str, str], key: str) -> str:
    """A choice among a few words; returns the name behind the words."""
    said = _select(label, list(words.values()), key)
    return next(name for name, word in words.items() if word == said)
