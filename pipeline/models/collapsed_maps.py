"""Linear maps of a model's coefficients: what a reader asks for beside the coefficients themselves.

Each function returns `Quantities`: what each quantity is, and the row of the map that makes it of the coefficients.
Given the variances the coefficients are Normal, so `Posterior.mixture(maps)` is exact for every one of them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.models.design import Design
from pipeline.models.design_columns import Column, Kind
from pipeline.models.fit import ModelRefused


@dataclass(frozen=True)
class Quantities:
    """`names`: one row per quantity (response, code, rows, units; further columns where a function says so); `maps`:
    quantities x coefficients.
    """

    names: pd.DataFrame
    maps: np.ndarray


def single(columns: Sequence[Column], kind: Kind) -> Quantities:
    """The coefficients of one kind as they are: "interaction" (exposure x behaviour) or "code" (behaviour minus
    reference).
    """
    places = [place for place, one in enumerate(columns) if one.kind == kind and one.code]
    found = [columns[place] for place in places]
    return Quantities(_names(found, [one.code for one in found]), np.eye(len(columns))[places])


def own_slopes(columns: Sequence[Column], reference: str) -> Quantities:
    """Each behaviour's own slope on the exposure: the exposure's coefficient, which is the reference's slope, plus the
    product with the behaviour. The reference stands first on each side.
    """
    _refuse_moderator(columns)
    found = [
        (column, code, _slope(columns, response, code)) for response, code, column in _behaviours(columns, reference)
    ]
    kept = [(column, code, slope) for column, code, slope in found if slope is not None]
    names = _names([column for column, _, _ in kept], [code for _, code, _ in kept])
    return Quantities(names, np.array([slope for _, _, slope in kept]).reshape(-1, len(columns)))


def predicted(columns: Sequence[Column], means: np.ndarray, reference: str, at: Sequence[float]) -> Quantities:
    """The mean outcome of each behaviour where the standardised exposure is each of `at` (column `z`) and every
    covariate is at its mean (`means`, per coefficient: see `covariate_means`).
    """
    _refuse_moderator(columns)
    names, codes, levels, maps = [], [], [], []
    for response, code, column in _behaviours(columns, reference):
        base, slope = _level(columns, means, response, code), _slope(columns, response, code)
        for z in at if slope is not None else ():
            names.append(column)
            codes.append(code)
            levels.append(z)
            maps.append(base + z * slope)
    return Quantities(_names(names, codes).assign(z=levels), np.array(maps).reshape(-1, len(columns)))


def covariate_means(design: Design) -> np.ndarray:
    """Per coefficient the mean of its column over the units with a value on that side, each unit once. It is read for
    covariates only: the others differ between the rows of a unit.
    """
    found = []
    for side in (0, 1):
        present = ~np.isnan(design.y[:, side])
        _, first = np.unique(design.unit[present], return_index=True)
        found.append(design.x[side][present][first].mean(axis=0))
    return np.concatenate(found)


def _behaviours(columns: Sequence[Column], reference: str) -> Iterator[tuple[str, str, Column]]:
    """(response, behaviour, the column whose rows it rests on): on each side the reference, then the others."""
    for one in columns:
        if one.kind == "intercept":
            yield one.response, reference, one
        if one.kind == "code":
            yield one.response, one.code, one


def _slope(columns: Sequence[Column], response: str, code: str) -> np.ndarray | None:
    """The map to a behaviour's own slope: zeros without an exposure, None where its product had to be left out."""
    mine = np.array([one.response == response for one in columns])
    main = np.array([one.kind == "exposure" for one in columns]) & mine
    product = np.array([one.kind == "interaction" and one.code == code for one in columns]) & mine
    is_reference = not any(one.kind == "code" and one.code == code and one.response == response for one in columns)
    if main.any() and not is_reference and not product.any():
        return None
    return (main | product).astype(float)


def _level(columns: Sequence[Column], means: np.ndarray, response: str, code: str) -> np.ndarray:
    """The map to a behaviour's mean where the exposure is 0 and the covariates are at their means."""
    mains = {one.term: means[place] for place, one in enumerate(columns) if one.response == response and not one.code}
    found = np.zeros(len(columns))
    for place, one in enumerate(columns):
        if one.response != response or one.code not in ("", code):
            continue
        if one.kind in ("intercept", "code"):
            found[place] = 1.0
        elif one.kind == "covariate":
            found[place] = means[place]
        elif one.kind == "product":
            found[place] = mains[one.term.removeprefix(f"{code} x ")]
    return found


def _refuse_moderator(columns: Sequence[Column]) -> None:
    """A moderator makes the slope a different one in each group."""
    if any(one.kind == "product" and not one.code for one in columns):
        raise ModelRefused("With a moderator a behaviour has one slope per group. Fit the groups apart.")


def _names(columns: Sequence[Column], codes: Sequence[str]) -> pd.DataFrame:
    rows = [(one.response, code, one.rows, one.units) for one, code in zip(columns, codes, strict=True)]
    return pd.DataFrame(rows, columns=["response", "code", "rows", "units"])
