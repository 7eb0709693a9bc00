"""Which of several models foretells new recordings best: sums of leave-one-out log densities, unit by unit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.models.collapsed_loo import Loo

SMALL = 4.0
"""A difference of log densities below this is small, whatever its SE (Sivula, Magnusson and Vehtari 2020)."""
CLEAR = 2.0
"""A difference is clear from so many standard errors on."""


@dataclass(frozen=True)
class Comparison:
    """`table`: per model elpd, its SE, its difference to the best (`behind`, 0 for the best) with SE, p_loo, largest
    Pareto k and how many units were refitted; `units`: how many entered, the same for all; `differences`: units x
    models, log density minus that of the best.
    """

    table: pd.DataFrame
    units: int
    differences: pd.DataFrame

    @property
    def best(self) -> object:
        """The model with the highest sum."""
        return self.table["elpd"].idxmax()

    def gain(self, model: object, other: object) -> tuple[float, float]:
        """How much better `model` foretells than `other`, and the SE of that."""
        step = self.differences[model] - self.differences[other]
        return float(step.sum()), spread(step.to_numpy())

    def clear(self, model: object, other: object) -> bool:
        """Whether `model` is clearly better than `other`."""
        gain, error = self.gain(model, other)
        return gain > max(CLEAR * error, SMALL)


def compare(models: dict[object, Loo]) -> Comparison:
    """The comparison over the units that every model could leave out. All models must have the same rows."""
    sizes = [found.values for found in models.values()]
    if any(not np.array_equal(sizes[0], one) for one in sizes):
        raise ValueError("models are compared on the same rows only")
    usable = np.all([found.usable for found in models.values()], axis=0)
    elpd = pd.DataFrame({name: found.elpd[usable] for name, found in models.items()})
    best = elpd.sum().idxmax()
    differences = elpd.sub(elpd[best], axis=0)
    lines = {
        name: {
            "elpd": elpd[name].sum(),
            "se": spread(elpd[name].to_numpy()),
            "behind": differences[name].sum(),
            "behind_se": spread(differences[name].to_numpy()),
            "p_loo": float((found.lpd - found.elpd)[usable].sum()),
            "largest_k": float(np.max(found.k_hat[usable], initial=-np.inf)),
            "refitted": int(found.refitted[usable].sum()),
        }
        for name, found in models.items()
    }
    return Comparison(pd.DataFrame.from_dict(lines, orient="index"), int(usable.sum()), differences)


def spread(values: np.ndarray) -> float:
    """Standard error of a sum over units."""
    return float(np.sqrt(len(values)) * values.std(ddof=1)) if len(values) > 1 else np.nan
