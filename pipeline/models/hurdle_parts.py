"""The two parts of a two-part model as matrices over the same units: did a behaviour occur, and for how long if it did.

Part 2 is the design of `design.build`. Part 1 has no reference: a reference such as 'face not visible' occurs nearly
always, so contrasts with it would say nothing. Each behaviour has its own level (log odds that it occurs in a unit with
an average score and average covariates) and its own slope (change of the log odds per SD of the exposure).
"""

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.design import RESPONSES, Design, build, complete_cases, entered
from pipeline.models.design_columns import Column, Variable, variables_of
from pipeline.models.fit import ModelRefused, Note

LEVEL_SD = 3.0
"""SD of the Normal prior of a behaviour's log odds: 95 % within odds of 1 to 360 either way."""
SLOPE_SD = 1.5
"""SD of the Normal prior of a log odds ratio, per SD of a number and per step of a 0/1 variable (95 %: 1/19 to 19)."""
PARTS = ("occurrence", "duration")


@dataclass(frozen=True)
class Occurrence:
    """Part 1 of one side, a row per cell. `unit`: number of the unit; `occurred`: 0 or 1; `x`: cells x columns;
    `columns`: their names, with `rows` = cells in which it occurred and `units` = units in which it could; `prior_sd`:
    of each coefficient; `always`: behaviours that occurred in every unit, which have no column.
    """

    response: str
    unit: np.ndarray
    occurred: np.ndarray
    x: np.ndarray
    columns: tuple[Column, ...]
    prior_sd: np.ndarray
    always: tuple[str, ...] = ()


@dataclass(frozen=True)
class TwoParts:
    """Both parts. `unit`: per row of `duration` the number of its unit among the `units` of both parts; `rows`: rows of
    unit x behaviour that entered; `means`: of each variable over the units, by its term (part 1 is centred on them).
    """

    occurrence: tuple[Occurrence, Occurrence]
    duration: Design
    unit: np.ndarray
    units: int
    rows: int
    means: dict[str, float]
    notes: tuple[Note, ...]


def two_parts(frame: pd.DataFrame, spec: Spec) -> TwoParts:
    """Both parts of a frame of cells (see `pipeline.steps.fit_cells`); ModelRefused says what cannot be fitted."""
    if absent := [name for name in (f"occurred_{side}" for side in RESPONSES) if name not in frame]:
        raise ModelRefused(f"{spec.title}: the rows have no column '{absent[0]}', so whether it occurred is not known.")
    spec = with_levels(spec, entered(frame, spec)[0])
    duration = build(frame, spec)
    rows, _ = complete_cases(frame, spec)
    numbers, labels = pd.factorize(rows["unit"], sort=True)
    variables, _ = variables_of(rows, spec)
    first = np.unique(numbers, return_index=True)[1]
    means = {one.term: float(one.values[first].mean()) for one in variables}
    steps = {one.term: step_of(one.values[first], one.kind) for one in variables}
    centred = [
        one if one.kind == "exposure" else replace(one, values=one.values - means[one.term]) for one in variables
    ]
    found = [occurrence(rows, numbers, centred, steps, side, spec) for side in RESPONSES]
    unit = labels.get_indexer(duration.labels)[duration.unit]
    notes = (*duration.notes, *(note for _, mine in found for note in mine))
    return TwoParts((found[0][0], found[1][0]), duration, unit, len(labels), len(rows), means, notes)


def with_levels(spec: Spec, rows: pd.DataFrame) -> Spec:
    """The spec with the levels of each word covariate by their number of rows, so that both parts, which rest on
    different rows, have the same reference level.
    """
    found = []
    for one in spec.covariates:
        if one.kind == "categorical" and not one.levels and one.column in rows:
            counts = rows[one.column].astype(str).value_counts()
            levels = tuple(sorted(counts.index, key=lambda level, counts=counts: (-counts[level], level)))
            one = one.model_copy(update={"levels": levels})
        found.append(one.model_dump())
    return spec.changed(covariates=found)


def step_of(values: np.ndarray, kind: str) -> float:
    """What counts as one step of a variable, per unit: 1 of a standardised exposure and between two values, else 1
    SD.
    """
    return 1.0 if kind == "exposure" or len(np.unique(values)) <= 2 else float(values.std())


def occurrence(
    rows: pd.DataFrame,
    numbers: np.ndarray,
    variables: list[Variable],
    steps: dict[str, float],
    response: str,
    spec: Spec,
) -> tuple[Occurrence, list[Note]]:
    """Part 1 of one side, without the behaviours that always or never occur, which are named."""
    seen = rows[f"occurred_{response}"].to_numpy(float)
    code = rows["code"].astype(str).to_numpy()
    kept, always, notes = _counted(seen, code, [str(one) for one in pd.Categorical(rows["code"]).categories], response)
    notes = [*notes, *_few(seen, code, kept, response, spec)]
    mine = ~np.isnan(seen) & np.isin(code, kept)
    if not mine.any():
        text = f"{spec.title}: every behaviour of the {response} occurs always or never, so whether it occurs holds"
        raise ModelRefused(f"{text} nothing to learn. Choose the engine quick.")
    variables = [replace(one, values=one.values[mine]) for one in variables]
    parts = _columns(code[mine], kept, variables, steps, response, spec)
    columns = tuple(_counts(column, seen[mine], code[mine], numbers[mine]) for column, _, _ in parts)
    x = np.column_stack([values for _, values, _ in parts])
    prior_sd = np.array([sd for _, _, sd in parts])
    found = Occurrence(response, numbers[mine], seen[mine], x, columns, prior_sd, tuple(always))
    return found, notes


def _counted(
    seen: np.ndarray, code: np.ndarray, codes: list[str], response: str
) -> tuple[list[str], list[str], list[Note]]:
    """(codes that both occur and do not, codes that always occur, notes on those left out)."""
    kept, always, notes = [], [], []
    for label in codes:
        mine = seen[(code == label) & ~np.isnan(seen)]
        if not len(mine):
            continue
        if 0 < mine.sum() < len(mine):
            kept.append(label)
            continue
        word = "always" if mine.all() else "never"
        always += [label] if mine.all() else []
        text = f"{label} ({response}) {word} occurs ({int(mine.sum())} of {len(mine)} units) and was left out of the"
        notes.append(Note("removed", f"{text} part on whether it occurs.", response, label, int(mine.sum())))
    return kept, always, notes


def _few(seen: np.ndarray, code: np.ndarray, kept: list[str], response: str, spec: Spec) -> list[Note]:
    """Notes on behaviours that occur, or fail to, in few units."""
    notes = []
    for label in kept:
        mine = seen[(code == label) & ~np.isnan(seen)]
        if min(mine.sum(), len(mine) - mine.sum()) < spec.options.few_rows:
            text = f"{label} ({response}) occurs in {int(mine.sum())} of {len(mine)} units; read whether it occurs"
            notes.append(Note("warning", f"{text} with care.", response, label, int(mine.sum())))
    return notes


def _columns(
    code: np.ndarray, kept: list[str], variables: list[Variable], steps: dict[str, float], response: str, spec: Spec
) -> list[tuple[Column, np.ndarray, float]]:
    """(name, values, SD of the prior) of each column: levels of behaviours, their slopes, covariates."""
    ones = np.ones(len(code))
    dummies = {label: (code == label).astype(float) for label in kept}
    if spec.step.codes:
        parts = [(Column(response, label, "code", label), mine, LEVEL_SD) for label, mine in dummies.items()]
    else:
        parts = [(Column(response, "intercept", "intercept"), ones, LEVEL_SD)]
    for one in variables:
        sd = SLOPE_SD / steps[one.term]
        if one.by_code and spec.step.codes:
            kind = "interaction" if one.kind == "exposure" else "product"
            parts += [
                (Column(response, f"{label} x {one.term}", kind, label, one.column), one.values * mine, sd)
                for label, mine in dummies.items()
            ]
        else:
            parts.append((Column(response, one.term, one.kind, "", one.column), one.values, sd))
    return parts


def _counts(column: Column, seen: np.ndarray, code: np.ndarray, numbers: np.ndarray) -> Column:
    """The column with the cells in which its behaviour occurred, and the units in which it could."""
    mine = code == column.code if column.code else np.ones(len(code), bool)
    return replace(column, rows=int(seen[mine].sum()), units=len(np.unique(numbers[mine])))
