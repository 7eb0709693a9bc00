"""The terms of a fit as a forest plot shows them, with evidence in the paper's words, and what a coefficient is per."""

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec, known_specs, load_spec
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.models.evidence import evidence

PEOPLE = {"infant": "Infant", "caregiver": "Caregiver"}


def step_name(spec: Spec) -> str:
    """'Model 4' of 'Model 4: fully adjusted'."""
    return spec.step.title.partition(":")[0]


def step_of(spec: Spec, sd: float | None = None) -> str:
    """What a coefficient of a stored fit is per: '1 SD (4.64) of EPDS', or '1 of age' on a fixed scale."""
    name = exposure_name(spec)
    if isinstance(spec.options.standardise, tuple):
        return f"{spec.options.standardise[1]:g} of {name}"
    return f"1 SD of {name}" if sd is None else f"1 SD ({sd:.2f}) of {name}"


def exposure_name(spec: Spec) -> str:
    """The exposure of a stored fit in plain words: 'EPDS', 'infant age months'."""
    return str(spec.exposure).replace("_", " ")


def size_of_one(spec: Spec, sd: dict[str, float]) -> dict[str, float]:
    """Response -> share of time that 1 of the outcome stands for; nan for normal scores."""
    if spec.options.outcome == "normalised":
        return sd
    return dict.fromkeys(sd, 1.0 if spec.options.outcome == "share" else np.nan)


def terms_of(fit: pd.DataFrame, spec: Spec, sd: dict[str, float]) -> pd.DataFrame:
    """The terms a forest plot shows: exposure x behaviour, or the behaviours where the model has no exposure.

    Columns: those of the terms, and code, person, evidence, direction, seconds, seconds_low, seconds_high (per 5
    minutes).
    """
    if spec.step.exposure:
        rows = evidence(fit, spec)
    else:
        rows = fit[fit["term"] != "intercept"] if spec.step.codes else fit
        excludes = (rows["lower"] > 0) | (rows["upper"] < 0)
        rows = rows.assign(code=rows["term"], evidence=np.where(excludes, "clear", "none"), direction="", hypothesis="")
    one = rows["response"].map(size_of_one(spec, sd)).astype(float) * FIVE_MINUTES_S
    parts = {"seconds": "mean", "seconds_low": "lower", "seconds_high": "upper"}
    numbers = {name: rows[column] * one for name, column in parts.items()}
    return rows.assign(person=rows["response"].map(PEOPLE), **numbers).reset_index(drop=True)


def is_prespecified(spec: Spec) -> bool:
    """Whether the catalogue holds this very analysis, whichever of its rungs runs."""
    if spec.name not in known_specs():
        return False
    known = load_spec(spec.name)
    return spec.changed(rung=0, protocol=None) == known.changed(rung=0, protocol=None)
