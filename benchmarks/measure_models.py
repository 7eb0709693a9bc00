"""How long the quick engine takes: a full fit and a what-if, at the published size and at 10,000 units.

python -m benchmarks.measure_models

Wall time is what a user waits for; CPU time does not mind other work on the machine. Linear algebra runs on one thread:
the matrices are small, and two threads waiting for each other cost more than they save on a busy machine.
"""

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import itertools
import time
from collections.abc import Callable

import numpy as np
import pandas as pd

from benchmarks.figures import Figure, markdown, p95
from benchmarks.measure_curve import CODES, COVARIATES, measure_curve
from pipeline.catalogue.spec import Spec, load_spec
from pipeline.models import collapsed
from pipeline.models.collapsed_report import bayes_fit
from pipeline.models.collapsed_shift import shift
from pipeline.models.design import build
from pipeline.models.fit import settings_of

SIZES = {120: 0.4, 10_000: 1.2}
"""Units: target of a full fit in seconds."""
WHAT_IF = 0.15


def simulated(rng: np.random.Generator, units: int) -> pd.DataFrame:
    """Rows of units x codes with gaps, an exposure and the covariates of Model 4."""
    z, effects = rng.standard_normal(units), 0.25 * rng.standard_normal((units, 2))
    parts = []
    for code, chances in CODES.items():
        part = {"unit": np.arange(units), "code": code, "z": z}
        for side, name in enumerate(("infant", "caregiver")):
            value = rng.normal(0, 0.4) + 0.1 * rng.normal() * z + effects[:, side] + 0.44 * rng.standard_normal(units)
            part[f"y_{name}"] = np.where(rng.random(units) < chances[side], value, np.nan)
        parts.append(pd.DataFrame(part))
    frame = pd.concat(parts, ignore_index=True)
    frame["code"] = pd.Categorical(frame["code"], categories=list(CODES))
    drawn = {name: rng.choice(levels, units, p=chances) for name, (levels, chances) in COVARIATES.items()}
    table = pd.DataFrame(drawn | {"caregiver_age_years": rng.normal(27, 3, units)})
    table["infant_age_months"] = rng.normal(7, 1, units)
    return frame[frame["y_infant"].notna() | frame["y_caregiver"].notna()].join(table, on="unit")


def timed(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU seconds of one run."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def full_fits(frame: pd.DataFrame, spec: Spec, repeats: int) -> list[tuple[float, float]]:
    """Seconds of whole fits: rows, matrices, draws, terms."""
    return [timed(lambda seed=seed: collapsed.fit(frame, spec, seed)) for seed in range(repeats)]


def what_if(model: collapsed.Posterior, now: np.ndarray) -> None:
    """What the page asks: the terms under other columns, and the interval of each term's shift."""
    bayes_fit(model.what_if(now))
    terms = np.flatnonzero([one.kind == "interaction" for one in model.data.design.every])
    moved = shift(model, model.active, now, terms)
    moved.quantile(0.025), moved.quantile(0.975)


def what_ifs(frame: pd.DataFrame, spec: Spec) -> list[tuple[float, float]]:
    """Seconds of what-ifs on one fit: every set of one to three covariates left out."""
    data = collapsed.prepare(build(frame, spec))
    model = collapsed.posterior(data, settings_of(spec), 1)
    found = []
    for count in (1, 2, 3):
        for out in itertools.combinations(spec.step.covariates, count):
            active = np.array([place for place, one in enumerate(data.design.every) if one.variable not in out])
            found.append(timed(lambda active=active: what_if(model, active)))
    return found


def measure_models() -> list[Figure]:
    """Full fits and what-ifs at both sizes."""
    spec, figures = load_spec("facial_epds"), []
    for units, target in SIZES.items():
        frame, size = simulated(np.random.default_rng(1), units), f"{units:,} units"
        full_fits(frame, spec, 1)
        fits, changes = full_fits(frame, spec, 7), what_ifs(frame, spec)
        wall, cpu = (float(np.median(each)) for each in zip(*fits, strict=True))
        figures.append(Figure("Quick fit, from rows to terms (median)", size, wall, "s", target))
        figures.append(Figure("Quick fit, CPU", size, cpu, "s"))
        wall, cpu = (p95(list(each)) for each in zip(*changes, strict=True))
        figures.append(Figure("What-if with other covariates (95th percentile)", size, wall, "s", WHAT_IF))
        figures.append(Figure("What-if, CPU (95th percentile)", size, cpu, "s"))
    return figures + measure_curve()


if __name__ == "__main__":
    print(markdown(measure_models()))
