"""The bivariate two-level Normal model written out in PyMC, and its compiled forms by shape.

    y1 = x1 b + u1 + e1, y2 = x2 b + u2 + e2
    (u1, u2) of a unit ~ N2(0, Omega_u), (e1, e2) of a row ~ N2(0, Omega_e)

Values of both sides stand in one column. A second side's value is Normal given the first side's residual of its row
where that was seen, and has its own marginal otherwise. Unit effects are L z with z independent standard Normal and
L L' = Omega_u, so that no variance between units is an inner point. Every array is data: another set of columns, rows
or another prior is never compiled again.
"""

from threading import Lock
from types import SimpleNamespace

import numpy as np

from pipeline.models.sampling import SILENT, Listener, compiled_model, libraries
from pipeline.models.two_level_layout import Layout, Shape

SIDES = ("first", "second")
MOST_KEPT = 6
"""Compiled models kept in a program at a time."""

_kept: dict[Shape, object] = {}
_lock = Lock()


def written_out(shape: Shape, arrays: dict[str, np.ndarray]) -> object:
    """The pm.Model of a shape. Free: `coefficient` (turned, flat), `log_sd_first`, `log_sd_second` and `z` (log SDs and
    atanh r per level: rows, units, groups, as differences from `start`), and standard Normal `effect_first` and
    `effect_second` per unit (`group_first`, `group_second` per group).
    """
    library = libraries()
    pm, pt = library.pm, library.pt
    with pm.Model(check_bounds=False) as model:
        data = SimpleNamespace(**{name: pm.Data(name, value) for name, value in arrays.items()})
        coefficient = pm.Flat("coefficient", shape=shape.columns)
        pm.Potential("unused_columns", -0.5 * (data.unused * coefficient**2).sum())
        logs = [pm.Flat(f"log_sd_{side}", shape=shape.levels) + data.start[place] for place, side in enumerate(SIDES)]
        z = pm.Flat("z", shape=shape.levels) + data.start[2]
        pm.Potential("variance_prior", log_prior(pt, data, logs, z).sum())
        r = data.paired * pt.tanh(z)
        effects = [pm.Normal(f"effect_{side}", shape=shape.units) for side in SIDES]
        between = pt.concatenate(paired_effects(pt, effects, logs, r, 1))[data.unit]
        if shape.groups:
            effects = [pm.Normal(f"group_{side}", shape=shape.groups) for side in SIDES]
            between = between + pt.concatenate(paired_effects(pt, effects, logs, r, 2))[data.group]
        mean = pt.dot(data.x, coefficient) + between
        told = data.pair * r[0] * pt.exp(logs[1][0] - logs[0][0]) * (data.y - mean)[data.partner]
        sd = pt.exp(logs[0][0] + data.second * (logs[1][0] - logs[0][0]))
        pm.Normal("value", mean + told, sd * pt.sqrt(1 - data.pair * r[0] ** 2), observed=data.y)
    return model


def paired_effects(pt: SimpleNamespace, z: list[object], logs: list[object], r: object, level: int) -> list[object]:
    """Pairs of standard Normals as pairs with the SDs and the correlation of a level."""
    second = r[level] * z[0] + pt.sqrt(1 - r[level] ** 2) * z[1]
    return [pt.exp(logs[0][level]) * z[0], pt.exp(logs[1][level]) * second]


def log_prior(pt: SimpleNamespace, data: SimpleNamespace, logs: list[object], z: object) -> object:
    """Log prior density of (log s1, log s2, atanh r) per level, up to a constant: one form for all priors, with the
    weights of `two_level_layout.prior_arrays`.
    """
    rest = 2 * (np.log(2.0) - pt.abs(z) - pt.log1p(pt.exp(-2 * pt.abs(z))))
    p1, p2 = pt.exp(-2 * logs[0]), pt.exp(-2 * logs[1])
    trace = data.psi[0] * p1 + data.psi[2] * p2 - 2 * data.psi[1] * pt.tanh(z) * pt.exp(-logs[0] - logs[1])
    wishart = -0.5 * trace * pt.exp(-rest) - data.gamma[0] * p1 - data.gamma[1] * p2
    normal = -0.5 * (data.half[0] / p1 + data.half[1] / p2 + data.standard * z**2)
    return data.power * (logs[0] + logs[1]) + data.rest_power * rest + wishart + normal


def compiled(layout: Layout, listener: Listener = SILENT) -> object:
    """The compiled model of the layout's shape with the layout's arrays; one that was compiled in this program before
    is used again.
    """
    with _lock:
        if layout.shape not in _kept:
            while len(_kept) >= MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[layout.shape] = compiled_model(lambda: written_out(layout.shape, layout.arrays), listener)
        found = _kept[layout.shape]
    return found.with_data(**layout.arrays)
