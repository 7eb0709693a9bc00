"""Draws of a fit as NetCDF files that `arviz.from_netcdf` reads, whatever the engine; libraries load when called."""

from typing import TYPE_CHECKING

import numpy as np

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.models.design import Design
from pipeline.models.fit import random_names
from pipeline.models.sampling import libraries
from pipeline.models.two_level_report import unit_log_likelihood
from pipeline.steps.quick_draws import quick_draws
from pipeline.steps.spec_toml import spec_toml

if TYPE_CHECKING:
    from pathlib import Path

    from arviz import InferenceData

    from pipeline.models.collapsed import Posterior
    from pipeline.models.two_level import Drawn

VARIANCES = 6
"""The first of the random part; the rest is computed from them."""


def write_quick(model: "Posterior", spec: Spec, path: "Path") -> None:
    """Joint draws of a quick fit."""
    path.write_bytes(quick_draws(model, spec, {}))


def write_draws(drawn: "Drawn", spec: Spec | None, path: "Path") -> None:
    """Draws of the full engine (see `inference_data`)."""
    inference_data(drawn, spec).to_netcdf(str(path), engine="h5netcdf")


def inference_data(drawn: "Drawn", spec: Spec | None) -> "InferenceData":
    """Draws of the full engine by name: `posterior` (`b` by coefficient, `omega` by variance, `unit_effect`, with a
    third level `further`), `sample_stats`, `log_likelihood` of each unit (random effects integrated out; two levels
    only), `observed_data` and `constant_data`.
    """
    design = drawn.design
    posterior = {"b": drawn.coefficients, "omega": drawn.omega, "unit_effect": drawn.effects.astype(np.float32)}
    dims = {"b": ["coefficient"], "omega": ["variance"], "unit_effect": ["unit", "side"], "y": ["row", "side"]}
    coords = {
        "coefficient": [f"{one.response}: {one.term}" for one in design.every],
        "variance": list(random_names(design.responses))[:VARIANCES],
        "unit": np.arange(design.units), "side": list(design.responses), "row": np.arange(len(design.y)),
        "further_variance": ["var_0", "cov", "var_1"],
    }  # fmt: skip
    if drawn.further is not None:
        posterior["further"], dims["further"] = drawn.further, ["further_variance"]
    constant, constant_dims = constant_data(design)
    found = libraries().az.from_dict(
        posterior=posterior, log_likelihood=log_likelihood(drawn), observed_data={"y": design.y},
        constant_data=constant, coords=coords, dims=dims | constant_dims | {"values": ["unit"]},
    )  # fmt: skip
    found.add_groups(sample_stats=drawn.trace.sample_stats)
    attributes = {"program": f"Dyadscope {VERSION}", "engine": "full", **drawn.trace.posterior.attrs}
    if spec is not None:
        attributes["spec"] = spec_toml(spec)
    found.posterior.attrs.update(attributes)
    found.posterior = found.posterior.assign_coords(
        response=("coefficient", [one.response for one in design.every]),
        term=("coefficient", [one.term for one in design.every]),
    )
    return found


def constant_data(design: Design) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """Unit of each row and the columns of both sides, and their dimensions."""
    arrays: dict[str, np.ndarray] = {"row_unit": design.unit}
    dims = {"row_unit": ["row"]}
    for response, x in zip(design.responses, design.x, strict=True):
        arrays[f"x_{response}"], dims[f"x_{response}"] = x, ["row", f"column_{response}"]
    return arrays, dims


def log_likelihood(drawn: "Drawn") -> dict[str, np.ndarray] | None:
    """Log-likelihood of the values of each unit per draw; None with a third level, where units are not independent."""
    if drawn.further is not None:
        return None
    chains, draws = drawn.omega.shape[:2]
    flat = [one.reshape(chains * draws, -1) for one in (drawn.coefficients, drawn.omega)]
    return {"values": unit_log_likelihood(drawn.design, *flat).reshape(chains, draws, -1).astype(np.float32)}
