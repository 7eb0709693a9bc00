"""Design: a frame and a spec become the matrices of the bivariate two-level model, with a name for every column.

The frame has one row per unit x behaviour: `unit`, `code` (label), `y_infant`, `y_caregiver` (missing where a side has
no value), `z` (standardised exposure of the unit) and the covariates' columns. A code that cannot be estimated on a
side loses its rows on that side, by name; what cannot be fitted at all is refused in a sentence.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.design_columns import Block, Column, aliases, code_blocks, variables_of
from pipeline.models.fit import ModelRefused, Note

RESPONSES = ("infant", "caregiver")
SAME = 1e-8
"""Differences of an exposure below this count as none."""
SUM_TO_ONE = 0.1
"""Spread of the units' sums, relative to that of independent values, below which shares are said to sum to one."""


@dataclass(frozen=True)
class Design:
    """Matrices of one model. `unit`: number of the unit per row; `y`: rows x 2, missing where a side has no value;
    `x`: per response rows x columns; `columns`: their names, rows and units; `labels`: the units by their number.
    """

    responses: tuple[str, str]
    unit: np.ndarray
    units: int
    y: np.ndarray
    x: tuple[np.ndarray, np.ndarray]
    columns: tuple[tuple[Column, ...], tuple[Column, ...]]
    notes: tuple[Note, ...] = ()
    labels: tuple[object, ...] = ()

    @property
    def every(self) -> tuple[Column, ...]:
        """Columns of the first response, then of the second: the order of the coefficients."""
        return (*self.columns[0], *self.columns[1])

    @property
    def pairs(self) -> int:
        """Rows with a value on both sides."""
        return int((~np.isnan(self.y)).all(axis=1).sum())


def complete_cases(frame: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, tuple[Note, ...]]:
    """Rows of units that have the exposure and every covariate of the ladder, and how many units each lack cost."""
    needed = (["z"] if spec.exposure else []) + list(spec.ladder)
    if absent := [name for name in needed if name not in frame]:
        raise ModelRefused(f"The rows have no column '{absent[0]}'. Add it, or leave it out of {spec.name}.")
    labels = {one.column: one.label for one in spec.covariates} | {"z": spec.exposure}
    kept, notes = frame, []
    for name in needed:
        missing = kept[name].isna().to_numpy()
        if missing.any():
            units = kept["unit"][missing].nunique()
            text = f"{units} {_plural(units, 'unit')} without {labels.get(name, name)} did not enter."
            notes.append(Note("lost", text, term=name, rows=int(missing.sum())))
            kept = kept[~missing]
    return kept, tuple(notes)


def _plural(count: int, word: str) -> str:
    return word if count == 1 else f"{word}s"


def build(frame: pd.DataFrame, spec: Spec) -> Design:
    """The design of the spec's rung. ModelRefused says what cannot be fitted; `notes` say what was left out."""
    rows, y, notes = entered(frame, spec)
    variables, dropped = variables_of(rows, spec)
    blocks = [code_blocks(rows, side, y, spec, variables) for side in (0, 1)]
    return assemble(rows["unit"], y, RESPONSES, blocks, (*notes, *dropped), spec.options.few_rows)


def entered(frame: pd.DataFrame, spec: Spec) -> tuple[pd.DataFrame, np.ndarray, tuple[Note, ...]]:
    """The rows of the design, in its order, their responses (rows x 2), and what was left out on the way; the same for
    every rung.
    """
    rows, notes = complete_cases(frame, spec)
    refuse_units(rows, spec)
    y, removed = estimable(rows, spec)
    used = ~np.isnan(y).all(axis=1)
    refuse_units(rows[used], spec)
    return rows[used], y[used], (*notes, *removed)


def refuse_units(rows: pd.DataFrame, spec: Spec) -> None:
    """Refuses one unit, one code and an exposure that is the same everywhere."""
    if (units := rows["unit"].nunique()) < 2:
        reason = "no complete unit is left" if units == 0 else "only one unit is left"
        raise ModelRefused(f"{spec.title}: {reason}, and a two-level model needs several. Widen the selection.")
    if rows["code"].nunique() < 2:
        raise ModelRefused(f"{spec.title}: only one behaviour is left to compare. Choose another group or selection.")
    if spec.exposure and np.ptp(rows["z"].to_numpy(float)) < SAME:
        text = f"{spec.title}: {spec.exposure} is the same in all {units} units, so nothing can be learnt about it."
        raise ModelRefused(f"{text} Widen the selection or choose another exposure.")


def estimable(rows: pd.DataFrame, spec: Spec) -> tuple[np.ndarray, list[Note]]:
    """The responses (rows x 2) without the codes that cannot be estimated on a side, and a note for each of those."""
    y = rows[[f"y_{name}" for name in RESPONSES]].to_numpy(float, copy=True)
    if np.isinf(y).any():
        raise ModelRefused(f"{spec.title}: a value is infinite. Correct the outcome and run again.")
    codes = pd.Categorical(rows["code"])
    z = rows["z"].to_numpy(float) if spec.exposure else None
    notes = []
    for side, response in enumerate(RESPONSES):
        for place, label in enumerate(codes.categories):
            mine = (codes.codes == place) & ~np.isnan(y[:, side])
            reason = _why_not(int(mine.sum()), None if z is None else z[mine], spec)
            if not reason:
                continue
            if label == spec.reference:
                text = f"{spec.title}: the reference '{label}' cannot be used for the {response} ({reason})."
                raise ModelRefused(f"{text} Name another reference.")
            if mine.any():
                text = f"{label} ({response}) was left out: {reason}."
                notes.append(Note("removed", text, response, str(label), int(mine.sum())))
                y[mine, side] = np.nan
    if spec.reference not in codes.categories:
        raise ModelRefused(f"{spec.title}: the reference '{spec.reference}' never occurs. Name another reference.")
    return y, notes


def _why_not(count: int, z: np.ndarray | None, spec: Spec) -> str:
    """Why a code cannot be estimated; '' when it can."""
    if count < spec.options.fewest_rows:
        return f"{count} {_plural(count, 'value')}, fewer than {spec.options.fewest_rows}"
    if z is not None and np.ptp(z) < SAME:
        return f"{spec.exposure} is the same in all {count} values"
    return ""


def assemble(
    unit: pd.Series,
    y: np.ndarray,
    responses: tuple[str, str],
    blocks: list[Block],
    notes: tuple[Note, ...],
    few_rows: int,
) -> Design:
    """The design from the columns of each side; refuses aliased covariates and more coefficients than values."""
    numbers, levels = pd.factorize(unit, sort=True)
    if len(levels) < 2:
        raise ModelRefused("Only one unit is left, and a two-level model needs several. Widen the selection.")
    kept, further = [], list(notes)
    for side, block in enumerate(blocks):
        present = ~np.isnan(y[:, side])
        refuse_empty(int(present.sum()), y[present, side], responses[side])
        block, dropped = aliases(block, present, numbers)
        further += dropped
        if present.sum() <= len(block.columns):
            text = f"{present.sum()} values of {responses[side]} cannot carry {len(block.columns)} coefficients."
            raise ModelRefused(f"{text} Leave covariates out or widen the selection.")
        kept.append(block)
    further += warnings(numbers, y, responses, kept, few_rows)
    matrices, names = (kept[0].x, kept[1].x), (kept[0].columns, kept[1].columns)
    return Design(responses, numbers, len(levels), y, matrices, names, tuple(further), tuple(levels))


def refuse_empty(count: int, values: np.ndarray, response: str) -> None:
    """Refuses a side without values, or with one value throughout."""
    if count == 0:
        text = f"No value of {response} is left, and the model describes both sides."
        raise ModelRefused(f"{text} Choose another group or widen the selection.")
    if np.ptp(values) == 0:
        raise ModelRefused(f"All {count} values of {response} are the same. Choose another outcome.")


def warnings(
    unit: np.ndarray, y: np.ndarray, responses: tuple[str, str], blocks: list[Block], few_rows: int
) -> list[Note]:
    """Notes on terms with few rows, on rows without a partner and on shares that sum to one."""
    notes = []
    for response, block in zip(responses, blocks, strict=True):
        few = {column.code: column.rows for column in block.columns if column.kind == "code" and column.rows < few_rows}
        for code, count in few.items():
            text = f"{code} ({response}) rests on {count} values only; read its estimates with care."
            notes.append(Note("warning", text, response, code, count))
    for side, response in enumerate(responses):
        if sums_to_one(unit, y[:, side]):
            text = f"The values of {response} sum to a constant in each unit, which leaves no variance between units."
            notes.append(Note("warning", text, response))
    if not (~np.isnan(y)).all(axis=1).any():
        text = f"No row has a value of both {responses[0]} and {responses[1]}: their covariance within rows is not"
        notes.append(Note("warning", f"{text} estimated.", rows=0))
    return notes


def sums_to_one(unit: np.ndarray, values: np.ndarray) -> bool:
    """Whether the sum of a unit's values is a straight line in their number, as z-scores of shares that sum to one
    are.
    """
    present = ~np.isnan(values)
    count = np.bincount(unit[present], minlength=unit.max() + 1)
    total = np.bincount(unit[present], values[present], minlength=unit.max() + 1)[count > 0]
    count = count[count > 0]
    if len(count) < 5 or count.mean() < 2:
        return False
    line = np.column_stack([np.ones(len(count)), count])
    rest = total - line @ np.linalg.lstsq(line, total, rcond=None)[0]
    return bool(rest.std() < SUM_TO_ONE * values[present].std() * np.sqrt(count.mean()))
