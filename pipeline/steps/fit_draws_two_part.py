"""Draws of a two-part fit as a NetCDF file that `arviz.from_netcdf` reads; libraries load when called."""

from typing import TYPE_CHECKING

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.models.hurdle import Sampled
from pipeline.models.hurdle_draws import labelled
from pipeline.models.sampling import libraries
from pipeline.steps.spec_toml import spec_toml

if TYPE_CHECKING:
    from pathlib import Path


def write_two_part(found: Sampled, spec: Spec, path: "Path") -> None:
    """`posterior`: occurrence_<response> and duration_<response> by term, unit_sd and unit_correlation by effect,
    row_sd, row_correlation; `sample_stats`.
    """
    values, labels = labelled(found.draws, found.parts)
    dims = {name: [f"{name}_term"] for name in labels}
    coords = {f"{name}_term": words for name, words in labels.items()}
    dims |= {"unit_sd": ["effect"], "unit_correlation": ["effect_of", "effect"], "row_sd": ["side"]}
    coords |= {"effect": labels["unit_sd"], "effect_of": labels["unit_sd"], "side": labels["row_sd"]}
    used = {dim for names in dims.values() for dim in names}
    coords = {name: words for name, words in coords.items() if name in used}
    data = libraries().az.from_dict(posterior=values, coords=coords, dims=dims)
    data.add_groups(sample_stats=found.trace.sample_stats)
    about = {"program": f"Dyadscope {VERSION}", "engine": "two_part", "spec": spec_toml(spec)}
    data.posterior.attrs.update(about | found.trace.posterior.attrs)
    data.to_netcdf(str(path), engine="h5netcdf")
