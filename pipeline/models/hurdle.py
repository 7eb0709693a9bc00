"""The two-part model: whether a behaviour occurs, and for how long if it does, with correlated effects of the units in
both parts (the headcams paper's own future work). Sampled like the full engine.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.fit import Fit, ModelRefused, Settings, settings_of
from pipeline.models.hurdle_density import arrays, density
from pipeline.models.hurdle_draws import HurdleDraws, named_draws
from pipeline.models.hurdle_parts import TwoParts, two_parts
from pipeline.models.hurdle_report import two_part_fit
from pipeline.models.sampling import SILENT, Listener, Sampling, compiled_model, sample

if TYPE_CHECKING:
    from arviz import InferenceData

DRAWS = 2000
"""Draws per chain: the SDs of units that hardly differ move slowly."""


@dataclass(frozen=True)
class Sampled:
    """The sampler's `trace` (without the effects of the units, which are not kept), the same `draws` under the names of
    the model, and the two parts they belong to.
    """

    trace: "InferenceData"
    draws: HurdleDraws
    parts: TwoParts


def refuse(spec: Spec) -> None:
    """Refuses choices that the two-part model cannot follow."""
    options = spec.options
    wrong = {
        "zeros": options.zeros == "include" and "its first part already says whether a behaviour occurs",
        "method": options.method != "bayes" and "it samples a posterior",
        "pooled": options.pooled and "its slopes are not pooled",
        "level": options.level != "unit" and "it knows units only",
    }
    for name, why in wrong.items():
        if why:
            text = f"{spec.title}: {name} = '{getattr(options, name)}' has nothing to act on in the two-part model:"
            raise ModelRefused(f"{text} {why}. Leave {name} out.")


def settings_for(spec: Spec) -> Settings:
    """The settings of the spec with the only prior this model has."""
    return replace(settings_of(spec), prior="weak")


def draw(
    frame: pd.DataFrame, spec: Spec, sampling: Sampling, listener: Listener = SILENT, compiled: object = None
) -> Sampled:
    """Samples the model of a frame of cells. `compiled`: the compiled model of another frame with as many units and
    columns, which saves compiling.
    """
    refuse(spec)
    parts, settings = two_parts(frame, spec), settings_for(spec)
    model = compiled or compiled_model(lambda: density(parts, settings), listener)
    data = model.with_data(**arrays(parts, settings))
    # Four standard effects per unit and draw are most of the memory, and nothing that is reported rests on them.
    trace = sample(data, sampling, listener, per_unit=("raw",), dropped=("raw",))
    values = {str(name): trace.posterior[name].to_numpy() for name in trace.posterior.data_vars}
    return Sampled(trace, named_draws(values, parts), parts)


def prepare(frame: pd.DataFrame, spec: Spec) -> None:
    """Compiles the model of a frame of cells, so that the next fit begins to sample sooner."""
    refuse(spec)
    parts, settings = two_parts(frame, spec), settings_for(spec)
    compiled_model(lambda: density(parts, settings))


def fit(
    frame: pd.DataFrame,
    spec: Spec,
    seed: int,
    sampling: Sampling | None = None,
    listener: Listener = SILENT,
    compiled: object = None,
) -> tuple[Fit, Sampled]:
    """Fits the rung of the spec to cells (see `pipeline.steps.fit_cells`); the Fit and its draws."""
    found = draw(frame, spec, sampling or Sampling(draws=DRAWS, seed=seed), listener, compiled)
    attributes = found.trace.posterior.attrs
    sampler = {
        "divergences": float(found.trace.sample_stats["diverging"].to_numpy().sum()),
        "tune": float(attributes["tune"]), "seconds": float(attributes["seconds"]),
    }  # fmt: skip
    settings = settings_for(spec)
    return two_part_fit(
        found.parts, found.draws, frame, spec, settings, seed, sampler, bool(attributes["stopped"])
    ), found
