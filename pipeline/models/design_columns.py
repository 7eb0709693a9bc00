"""Columns of a design: behaviours, the exposure, covariates and their products, each with a name and its rows."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Covariate, Spec
from pipeline.models.fit import ModelRefused, Note

Kind = Literal["intercept", "code", "exposure", "interaction", "covariate", "product"]
ALIASED = 1e-9
"""A column is aliased when less than this part of its spread is its own."""


@dataclass(frozen=True)
class Column:
    """One coefficient: whose, its name, and the rows and units of that side it rests on. `variable` is the column of
    the frame it comes from ('' for behaviours alone), `code` the behaviour ('' for main effects).
    """

    response: str
    term: str
    kind: Kind
    code: str = ""
    variable: str = ""
    rows: int = 0
    units: int = 0


@dataclass(frozen=True)
class Block:
    """Columns of one response: rows x columns, zero where the response is missing."""

    x: np.ndarray
    columns: tuple[Column, ...]


@dataclass(frozen=True)
class Variable:
    """A variable of the unit as it enters: name of the term, values per row, and whether it also enters as a product
    with each behaviour.
    """

    column: str
    term: str
    kind: Kind
    values: np.ndarray
    by_code: bool


def variables_of(rows: pd.DataFrame, spec: Spec) -> tuple[list[Variable], list[Note]]:
    """Exposure, moderator and covariates of the running rung, in this order; constant covariates are left out by
    name.
    """
    found, notes = [], []
    if spec.step.exposure:
        found.append(Variable("z", str(spec.exposure), "exposure", rows["z"].to_numpy(float), True))
        found += _moderator(rows, spec)
    skipped = spec.moderator.column if spec.moderator and spec.step.exposure else None
    for covariate in spec.adjusted_for:
        if covariate.column == skipped:
            continue
        mine = covariate_variables(rows[covariate.column], covariate, covariate.column in spec.by_code)
        if not mine:
            text = f"{covariate.label} is the same in all units and was left out."
            notes.append(Note("removed", text, term=covariate.label))
        found += mine
    return found, notes


def _moderator(rows: pd.DataFrame, spec: Spec) -> list[Variable]:
    """The moderator and its product with the exposure."""
    if spec.moderator is None:
        return []
    one = spec.moderator
    covariate = Covariate(
        column=one.column, label=one.label, kind="categorical" if one.levels else "numeric", levels=one.levels
    )
    mine = covariate_variables(rows[one.column], covariate, True)
    if not mine:
        raise ModelRefused(f"{spec.title}: {one.label} is the same in all units. Choose another moderator.")
    z = rows["z"].to_numpy(float)
    times = [replace(each, term=f"{spec.exposure} x {each.term}", values=each.values * z) for each in mine]
    return [replace(each, kind="product") for each in (*mine, *times)]


def covariate_variables(values: pd.Series, covariate: Covariate, by_code: bool) -> list[Variable]:
    """A numeric covariate as it is, a categorical one as one 0/1 variable per level but the reference; none when it is
    constant.
    """
    if covariate.kind == "numeric":
        numbers = pd.to_numeric(values, errors="coerce").to_numpy(float)
        if np.isnan(numbers).any():
            raise ModelRefused(f"{covariate.label} is not a number everywhere. Make it categorical or correct it.")
        varies = np.ptp(numbers) > 0
        return [Variable(covariate.column, covariate.label, "covariate", numbers, by_code)] if varies else []
    text = values.astype(str)
    counts = text.value_counts()
    levels = [level for level in covariate.levels if level in counts.index]
    levels += sorted((level for level in counts.index if level not in levels), key=lambda level: -counts[level])
    if not covariate.levels:
        levels = sorted(levels, key=lambda level: (-counts[level], level))
    names = of_levels(covariate, levels)
    return [
        Variable(covariate.column, name, "covariate", (text == level).to_numpy(float), by_code)
        for level, name in zip(levels[1:], names[1:], strict=True)
    ]


def of_levels(covariate: Covariate, levels: list[str]) -> list[str]:
    """The terms of levels, in words: 'Activity: free play'. Levels that read the same in words ('free_play' beside
    'free play') keep their own spelling: a term names one coefficient.
    """
    words = [level.replace("_", " ") for level in levels]
    named = [word if words.count(word) == 1 else level for word, level in zip(words, levels, strict=True)]
    return [f"{covariate.label}: {name}" for name in named]


def code_blocks(rows: pd.DataFrame, side: int, y: np.ndarray, spec: Spec, variables: list[Variable]) -> Block:
    """Columns of one side: intercept, behaviours, then each variable with its products with the behaviours."""
    response = ("infant", "caregiver")[side]
    present = ~np.isnan(y[:, side])
    codes = pd.Categorical(rows["code"])
    shown = set(np.unique(codes.codes[present]))
    labels = [place for place, label in enumerate(codes.categories) if place in shown and label != spec.reference]
    dummies = {str(codes.categories[place]): (codes.codes == place) & present for place in labels}
    parts = [(Column(response, "intercept", "intercept"), present.astype(float))]
    if spec.step.codes:
        parts += [(Column(response, code, "code", code), mine.astype(float)) for code, mine in dummies.items()]
    for one in variables:
        parts.append((Column(response, one.term, one.kind, "", one.column), np.where(present, one.values, 0.0)))
        if one.by_code and spec.step.codes:
            kind: Kind = "interaction" if one.kind == "exposure" else "product"
            parts += [
                (Column(response, f"{code} x {one.term}", kind, code, one.column), np.where(mine, one.values, 0.0))
                for code, mine in dummies.items()
            ]
    columns, arrays = zip(*parts, strict=True)
    return counted(Block(np.column_stack(arrays), columns), rows["unit"], codes, present, dummies, spec)


def counted(
    block: Block, unit: pd.Series, codes: pd.Categorical, present: np.ndarray, dummies: dict, spec: Spec
) -> Block:
    """The block with rows and units of each column: those of its behaviour; of the reference for the intercept and the
    exposure (without behaviours: all); all for a covariate.
    """
    numbers = pd.factorize(unit)[0]
    reference = np.asarray(codes == spec.reference) & present
    columns = []
    for column in block.columns:
        if column.code:
            mine = dummies[column.code]
        else:
            mine = reference if spec.step.codes and column.kind in ("intercept", "exposure") else present
        columns.append(replace(column, rows=int(mine.sum()), units=len(np.unique(numbers[mine]))))
    return Block(block.x, tuple(columns))


def aliases(block: Block, present: np.ndarray, unit: np.ndarray) -> tuple[Block, list[Note]]:
    """The block without products that repeat other columns (each with a note); a covariate that does is refused by
    name. A covariate without spread on this side is left out with a note.
    """
    x = block.x[present]
    centred = x - x.mean(axis=0)
    gram = centred.T @ centred / max(len(x), 1)
    scale = np.sqrt(np.diagonal(gram)) * (np.ptp(x, axis=0) > 0)
    inverse = np.divide(1.0, scale, out=np.zeros_like(scale), where=scale > 0)
    gram = gram * np.outer(inverse, inverse)
    kept, notes = [0], []
    for place in range(1, len(block.columns)):
        column = block.columns[place]
        before = kept[1:]
        weights = np.linalg.solve(gram[np.ix_(before, before)], gram[before, place]) if before else np.empty(0)
        own = gram[place, place] - gram[before, place] @ weights
        if own > ALIASED:
            kept.append(place)
            continue
        notes.append(_aliased(block, column, scale[place] == 0, [block.columns[one] for one in before], weights))
    return Block(block.x[:, kept], tuple(block.columns[one] for one in kept)), notes


def _aliased(block: Block, column: Column, constant: bool, others: list[Column], weights: np.ndarray) -> Note:
    """The note on a column that repeats others; a refusal when it is a covariate or an exposure."""
    if constant:
        text = f"{column.term} ({column.response}) has no spread on this side and was left out."
        return Note("removed", text, column.response, column.term, column.rows)
    close = [others[one].term for one in np.argsort(-np.abs(weights)) if abs(weights[one]) > 1e-6]
    if column.kind in ("covariate", "exposure"):
        text = f"{column.term} says the same as {' with '.join(close[:3])} ({column.response})."
        raise ModelRefused(f"{text} Leave one of them out.")
    text = f"{column.term} ({column.response}) cannot be told apart from {' with '.join(close[:3])} and was left out."
    return Note("removed", text, column.response, column.term, column.rows)
