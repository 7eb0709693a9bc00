"""The full engine: the bivariate two-level Normal model written out (see `two_level_model`) and sampled by nutpie.

It shares nothing with the quick engine but the design and the prior's scale, and it is where the model grows: a third
level (family or dyad) is an option. Four chains of 1,000 + 1,000 iterations.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.design import Design, build
from pipeline.models.fit import Fit, ModelRefused, Settings, settings_of
from pipeline.models.rigls import rigls
from pipeline.models.sampling import SILENT, Listener, Sampling, sample
from pipeline.models.two_level_layout import Layout, layout_of
from pipeline.models.two_level_model import SIDES, compiled
from pipeline.models.two_level_report import report
from pipeline.models.two_level_start import three_levels

if TYPE_CHECKING:
    from arviz import InferenceData

PER_UNIT = tuple(f"{level}_{side}" for level in ("effect", "group") for side in SIDES)
"""Free variables with a number for every unit or group."""


@dataclass(frozen=True)
class Drawn:
    """Draws of a fitted model in the units of the design, by chain and draw: `coefficients` (x p), `omega` (x the six
    variances), `effects` (x units x 2), and with a third level `further` (x v1, c, v2); `trace`: as they were sampled.
    """

    design: Design
    layout: Layout
    coefficients: np.ndarray
    omega: np.ndarray
    effects: np.ndarray
    further: np.ndarray | None
    trace: "InferenceData"

    @property
    def stopped(self) -> bool:
        """Whether somebody ended the sampling early and kept the draws so far."""
        return bool(self.trace.posterior.attrs["stopped"])


def refuse(settings: Settings) -> None:
    """Refuses what this engine does not have."""
    if settings.method != "bayes":
        text = f"The full engine samples a posterior and has no {settings.method}."
        raise ModelRefused(f"{text} Use the quick engine for {settings.method}.")
    if settings.pooled:
        raise ModelRefused("The full engine has no pooling of the products with behaviours. Use the quick engine.")


def groups_of(design: Design, frame: pd.DataFrame, level: str) -> np.ndarray:
    """The number of the family or dyad of each unit; ModelRefused when the level cannot be told from the units."""
    column = f"{level}_id"
    if column not in frame:
        raise ModelRefused(f"The rows have no column '{column}', which level = '{level}' needs. Use level = 'unit'.")
    owner = frame.drop_duplicates("unit").set_index("unit")[column].reindex(list(design.labels))
    numbers, names = pd.factorize(owner, sort=True)
    if (numbers < 0).any():
        raise ModelRefused(f"Some units have no {level}. Leave them out, or use level = 'unit'.")
    if len(names) < 2 or len(names) == design.units:
        each = "all units belong to one" if len(names) < 2 else "each has one unit only"
        raise ModelRefused(f"The level '{level}' cannot be told apart from the units: {each}. Use level = 'unit'.")
    return numbers


def draw(layout: Layout, sampling: Sampling, listener: Listener = SILENT) -> Drawn:
    """Samples a layout: its coefficients, variances and unit effects, turned back."""
    trace = sample(compiled(layout, listener), sampling, listener, per_unit=PER_UNIT)
    found = {name: trace.posterior[name].to_numpy() for name in trace.posterior.data_vars}
    count, units = len(layout.first), layout.design.units
    coefficients = layout.first + found["coefficient"][..., :count] @ layout.turn.T
    start = layout.arrays["start"]
    first, second = (
        layout.unit[place] * np.exp(found[f"log_sd_{side}"] + start[place]) for place, side in enumerate(SIDES)
    )
    r = layout.arrays["paired"] * np.tanh(found["z"] + start[2])
    omega = np.stack([first**2, r * first * second, second**2], axis=-1)
    z0, z1 = (found[f"effect_{side}"][..., :units] for side in SIDES)
    r1 = r[..., 1, None]
    turned = (first[..., 1, None] * z0, second[..., 1, None] * (r1 * z0 + np.sqrt(1 - r1**2) * z1))
    effects = np.stack(turned, axis=-1)
    six = np.concatenate([omega[:, :, 1], omega[:, :, 0]], axis=-1)
    further = omega[:, :, 2] if layout.shape.groups else None
    return Drawn(layout.design, layout, coefficients, six, effects, further, trace)


def fit_design(
    design: Design,
    settings: Settings,
    seed: int,
    spec: Spec | None = None,
    start: np.ndarray | None = None,
    groups: np.ndarray | None = None,
    sampling: Sampling | None = None,
    listener: Listener = SILENT,
) -> tuple[Fit, Drawn]:
    """The Fit of a design and its draws. `start`: REML variances of two levels (six) that the prior is built around and
    the chains begin at; RIGLS makes them otherwise, and always with a third level. `groups`: number of the group per
    unit.
    """
    refuse(settings)
    if groups is not None:
        start, _ = three_levels(design, groups, settings.row_covariance)
    elif start is None:
        start, _, _ = rigls(design, settings.row_covariance)
    layout = layout_of(design, settings, start, groups)
    drawn = draw(layout, sampling or Sampling(seed=seed), listener)
    level = spec.options.level if spec and groups is not None else "group"
    return report(drawn, settings, seed, spec, level), drawn


def fit(
    frame: pd.DataFrame,
    spec: Spec,
    seed: int,
    start: np.ndarray | None = None,
    sampling: Sampling | None = None,
    listener: Listener = SILENT,
) -> tuple[Fit, Drawn]:
    """Fits the rung of the spec to rows of units x behaviours (see `pipeline.models.design`)."""
    settings = settings_of(spec)
    refuse(settings)
    design = build(frame, spec)
    level = spec.options.level
    groups = None if level == "unit" else groups_of(design, frame, level)
    return fit_design(design, settings, seed, spec, start, groups, sampling, listener)


def prepare(frame: pd.DataFrame, spec: Spec) -> None:
    """Compiles the model of the spec for rows, so that the next fit begins to sample at once."""
    settings, design = settings_of(spec), build(frame, spec)
    groups = None if spec.options.level == "unit" else groups_of(design, frame, spec.options.level)
    start = np.array([0.2, 0, 0.2, 1, 0, 1.0, 0.2, 0, 0.2])[: 6 if groups is None else 9]
    compiled(layout_of(design, settings, start, groups))
