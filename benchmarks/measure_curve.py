"""How long a specification curve takes: 128 fits at the published size, from stored durations to comparable terms.

python -m benchmarks.measure_curve
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import time

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, markdown
from pipeline.catalogue.spec import load_spec
from pipeline.measures.shares import level_one
from pipeline.steps.fit_comparable import common_sd
from pipeline.steps.fit_source import Source
from pipeline.steps.spec_curve import cell_fits
from pipeline.steps.spec_grid import CovariateSet, Grid, Stratum, covariate_sets

UNITS, FITS, TARGET = 120, 128, 10.0
SESSION_MS = 300_000
CODES = {
    "Face not visible": (0.98, 0.98), "Neutral/Alert": (0.94, 0.85), "Positive": (0.78, 0.73), "Smile": (0.42, 0.68),
    "Negative": (0.31, 0.12), "Disgust": (0.15, 0.08), "None of the above": (0.10, 0.34), "Mock surprise": (0, 0.50),
    "Woe face": (0, 0.08), "Surprise": (0, 0.05),
}  # fmt: skip
"""How often infant and caregiver show a code, near the published counts."""
COVARIATES = {
    "child_sex": (("female", "male"), (0.5, 0.5)),
    "role": (("mother", "father"), (0.75, 0.25)),
    "birth_order": (("first", "second", "third or later"), (0.66, 0.25, 0.09)),
    "camera": (("old", "new"), (0.6, 0.4)),
    "activity": (("feeding", "stacking", "free_play", "other"), (0.6, 0.25, 0.08, 0.07)),
}


def study(rng: np.random.Generator) -> tuple[Source, pd.DataFrame]:
    """Durations, scores and covariates of 120 recordings."""
    ids = [f"r{number:04d}" for number in range(UNITS)]
    seen = []
    for side, subject in enumerate(("infant", "caregiver1")):
        for code, chances in CODES.items():
            there = rng.random(UNITS) < chances[side]
            times = (rng.beta(1, 4, UNITS) * SESSION_MS).astype(int)
            seen += [(ids[unit], subject, code, times[unit], times[unit], 1) for unit in np.flatnonzero(there)]
    durations = pd.DataFrame(seen, columns=["observation_id", "subject", "code", "ms", "covered_ms", "bouts"])
    streams = pd.DataFrame([(one, subject) for one in ids for subject in ("infant", "caregiver1")])
    streams = streams.set_axis(["observation_id", "subject"], axis=1).assign(session_ms=SESSION_MS, unobservable_ms=0)
    streams["coded_ms"] = SESSION_MS - rng.integers(0, 30_000, len(streams))
    sides = ["caregiver1" if chance[0] == 0 else "infant,caregiver1" for chance in CODES.values()]
    codes = pd.DataFrame({"code": list(CODES), "unobservable": False, "subjects": sides})
    people = {"observation_id": ids, "dyad_id": ids, "family_id": ids, "caregiver_id": ids, "protocol": "home_headcam"}
    drawn = {name: rng.choice(levels, UNITS, p=chances) for name, (levels, chances) in COVARIATES.items()}
    ages = {"caregiver_age_years": rng.normal(27, 3, UNITS), "infant_age_months": rng.normal(7, 1, UNITS)}
    scores = {
        "instrument": "EPDS",
        "wave": "clinic",
        "phase": "pregnancy",
        "total": rng.poisson(6, UNITS).astype(float),
    }
    scores = pd.DataFrame({"observation_id": ids, "person_id": ids, **scores})
    level, variables = level_one(durations, streams, codes), pd.DataFrame(columns=["name", "levels"])
    found = Source(level, "Facial expression", scores, scores.head(0), ("EPDS",), variables)
    return found, pd.DataFrame({**people, **drawn, **ages, "score:EPDS": scores["total"]})


def measure_curve() -> list[Figure]:
    """Wall and CPU seconds of 128 fits in 16 cells."""
    spec = load_spec("facial_epds")
    source, observations = study(np.random.default_rng(1))
    sets = (*covariate_sets(spec), CovariateSet("without role", tuple(spec.without("role").step.covariates)))
    strata = (Stratum(), Stratum("mother only", "role", "mother"))
    two = (("session", "coded"), ("observed", "include"), ("normalised", "normal_scores"), ("mlwin", "weak"))
    grid = Grid(sets, *two, strata, ("named",))
    assert grid.size == FITS
    sd = common_sd(source, spec, observations)
    wall, cpu, made = time.perf_counter(), time.process_time(), 0
    for cell in grid.cells:
        found = cell_fits(source, spec, observations, cell, grid.covariates, grid.priors, sd)
        made += found.terms.groupby(["covariates", "prior"]).ngroups
    assert made == FITS, made
    size = f"{UNITS} units, {FITS} fits"
    return [
        Figure("Specification curve", size, time.perf_counter() - wall, "s", TARGET),
        Figure("Specification curve, CPU", size, time.process_time() - cpu, "s"),
    ]


if __name__ == "__main__":
    print(markdown(measure_curve()))
