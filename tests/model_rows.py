"""Rows for the models' tests, simulated from the model itself: what is put in is what a fit must find."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Covariate, Hypothesis, Rung, Spec

REFERENCE = "Face not visible"
PAPER = {
    REFERENCE: (0.98, 0.98),
    "Neutral/Alert": (0.94, 0.85),
    "Positive": (0.78, 0.73),
    "Smile": (0.42, 0.68),
    "Negative": (0.31, 0.12),
    "Disgust": (0.15, 0.08),
    "Woe face": (0.0, 0.12),
    "Mock surprise": (0.0, 0.50),
}
"""How often each side shows a code, as in the published tables: many gaps, and codes of one side only."""
FEW = {REFERENCE: (0.95, 0.95), "Smile": (0.7, 0.6), "Negative": (0.5, 0.4)}
UNIT, ROW = np.array([[0.06, 0.02], [0.02, 0.05]]), np.array([[0.20, 0.03], [0.03, 0.17]])
COVARIATES = (
    Covariate(column="age", label="Parental age (years)", kind="numeric"),
    Covariate(column="role", label="Caregiver role", kind="categorical", levels=("mother", "father")),
    Covariate(column="activity", label="Activity", kind="categorical"),
)
SPEC = Spec(
    name="simulated",
    title="Simulated rows",
    behaviour_group="facial_expression",
    reference=REFERENCE,
    exposure="EPDS",
    rung=2,
    rungs=(
        Rung(title="Model 0"),
        Rung(title="Model 1", codes=True),
        Rung(title="Model 2", codes=True, exposure=True),
        Rung(title="Model 3", codes=True, exposure=True, covariates=("age",)),
        Rung(title="Model 4", codes=True, exposure=True, covariates=("age", "role", "activity")),
    ),
    covariates=COVARIATES,
    hypotheses=(
        Hypothesis(title="Empathic", response="caregiver", codes=("Woe face", "Mock surprise"), sign="-"),
        Hypothesis(title="Negative", response="caregiver", codes=("Negative",), sign="+"),
    ),
)

BARE = SPEC.changed(rungs=[rung.model_dump() for rung in SPEC.rungs[:3]], covariates=())
"""The same without covariates."""


@dataclass(frozen=True)
class Truth:
    """Simulated rows and the coefficients they were made with, by (response, term)."""

    frame: pd.DataFrame
    coefficients: dict[tuple[str, str], float]


def simulate(
    rng: np.random.Generator,
    units: int = 60,
    codes: dict[str, tuple[float, float]] = PAPER,
    full: bool = False,
    unit: np.ndarray = UNIT,
    row: np.ndarray = ROW,
) -> Truth:
    """Rows of units x codes from the bivariate two-level model (rung 2). `full`: every code that a side can show is
    there.
    """
    labels = list(codes)
    z = rng.standard_normal(units)
    between = rng.multivariate_normal([0, 0], unit, units, method="eigh")
    truth: dict[tuple[str, str], float] = {}
    parts = []
    for label in labels:
        within = rng.multivariate_normal([0, 0], row, units, method="eigh")
        part = {"unit": np.arange(units), "code": label, "z": z}
        for side, response in enumerate(("infant", "caregiver")):
            chance = codes[label][side]
            level, slope = rng.normal(0, 0.5), rng.normal(0, 0.2)
            there = (chance > 0) & (full | (rng.random(units) < chance))
            part[f"y_{response}"] = np.where(there, level + slope * z + between[:, side] + within[:, side], np.nan)
            truth[response, label], truth[response, f"{label} x EPDS"] = level, slope
        parts.append(pd.DataFrame(part))
    frame = pd.concat(parts, ignore_index=True)
    frame["code"] = pd.Categorical(frame["code"], categories=labels)
    frame = frame[frame["y_infant"].notna() | frame["y_caregiver"].notna()].reset_index(drop=True)
    return Truth(frame, contrasts(truth, labels))


def contrasts(truth: dict[tuple[str, str], float], labels: list[str]) -> dict[tuple[str, str], float]:
    """Levels and slopes of each code as the coefficients of the model: differences from the reference."""
    found = {}
    for response in ("infant", "caregiver"):
        level, slope = truth[response, labels[0]], truth[response, f"{labels[0]} x EPDS"]
        found[response, "intercept"], found[response, "EPDS"] = level, slope
        for label in labels[1:]:
            found[response, label] = truth[response, label] - level
            found[response, f"{label} x EPDS"] = truth[response, f"{label} x EPDS"] - slope
    return found


def with_covariates(frame: pd.DataFrame, rng: np.random.Generator) -> pd.DataFrame:
    """The rows with a parental age, a role and an activity per unit."""
    units = frame["unit"].max() + 1
    table = pd.DataFrame(
        {
            "age": rng.normal(27, 3, units),
            "role": rng.choice(["mother", "father"], units, p=[0.7, 0.3]),
            "activity": rng.choice(["feeding", "stacking", "other"], units, p=[0.6, 0.25, 0.15]),
        }
    )
    return frame.join(table, on="unit")
