"""Joint draws of a quick fit as NetCDF, as ArviZ and xarray read them; the libraries are loaded when it is called."""

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.models.fit import random_names
from pipeline.steps.spec_toml import spec_toml

if TYPE_CHECKING:
    from pipeline.models.collapsed import Posterior

DRAWS = 4_000
VARIANCES = 6
"""The first of the random part; the rest is computed from them."""


def quick_draws(model: "Posterior", spec: Spec, facts: dict[str, str], count: int = DRAWS) -> bytes:
    """A NetCDF file with the group `posterior`: `b` (chain 1 x draw x coefficient) and `omega` (chain x draw x
    variance), drawn together: draw i of one belongs to draw i of the other. `facts` become attributes.
    """
    import xarray

    seed = model.seed
    chosen = np.random.default_rng(seed).choice(len(model.draws.weights), count, p=model.draws.weights)
    labels = [f"{one.response}: {one.term}" for one in model.columns]
    names = list(random_names(model.data.design.responses))[:VARIANCES]
    posterior = xarray.Dataset(
        {
            "b": (("chain", "draw", "coefficient"), model.coefficients(count, seed)[None]),
            "omega": (("chain", "draw", "variance"), model.omega[chosen][None]),
        },
        coords={"chain": [0], "draw": np.arange(count), "coefficient": labels, "variance": names},
        attrs={"program": f"Dyadscope {VERSION}", "engine": "quick", "seed": seed, "spec": spec_toml(spec), **facts},
    )
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "draws.nc"
        posterior.to_netcdf(file, group="posterior", engine="h5netcdf")
        return file.read_bytes()
