"""Questionnaire totals from answers: reversing, adding up, the missing-item rule, ranges and bands."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from pipeline.catalogue.instrument import Instrument

MISSING = math.nan
FaultKind = Literal["item_out_of_range", "total_out_of_range", "total_contradicts_items", "total_without_all_items"]


@dataclass(frozen=True)
class Fault:
    """What is wrong with one person's answers; `item` is the number of the question, where one is meant."""

    kind: FaultKind
    item: int | None = None


@dataclass(frozen=True)
class Scored:
    """A total (NaN when missing), where it came from, and the answers that were used (NaN when missing or refused)."""

    total: float
    origin: Literal["items", "total"]
    missing_items: int
    answers: tuple[float, ...]
    faults: tuple[Fault, ...] = ()


def score(instrument: Instrument, answers: Sequence[float] = (), given: float = MISSING) -> Scored:
    """The total of one person.

    `answers` are the items as given, in order, NaN when missing (empty: only the total exists); `given` is the total
    of the file, NaN when none. Any missing item makes the total missing (rule `any_missing_item`). Where items and
    the file's total disagree the sum of the items is used; a file's total counts only where no item was answered.
    """
    if len(answers) and (instrument.items is None or len(answers) != instrument.items.count):
        expected = instrument.items.count if instrument.items else 0
        raise ValueError(f"{instrument.name} has {expected} items, not {len(answers)}")
    used, faults = _in_range(instrument, answers)
    total, total_faults = _given_total(instrument, given)
    missing = sum(math.isnan(answer) for answer in used)
    if missing == len(used) and not faults:
        return Scored(
            total, "total" if len(used) == 0 or not math.isnan(total) else "items", missing, used, total_faults
        )
    added = MISSING if missing else float(sum(reverse(instrument, used)))
    compared = () if total_faults or math.isnan(total) else _compare(added, total)
    return Scored(added, "items", missing, used, (*faults, *total_faults, *compared))


def reverse(instrument: Instrument, answers: Sequence[float]) -> tuple[float, ...]:
    """The answers with the reversed items turned round (`low + high - answer`); NaN stays NaN."""
    if instrument.items is None:
        return tuple(answers)
    turn = instrument.items.low + instrument.items.high
    turned = set(instrument.items.reversed)
    return tuple(turn - answer if item in turned else answer for item, answer in enumerate(answers, start=1))


def _in_range(instrument: Instrument, answers: Sequence[float]) -> tuple[tuple[float, ...], tuple[Fault, ...]]:
    """Answers outside the item's range, or not whole, become missing and a fault."""
    used, faults = [], []
    for item, answer in enumerate(answers, start=1):
        allowed = math.isnan(answer) or _is_answer(instrument, answer)
        used.append(float(answer) if allowed else MISSING)
        if not allowed:
            faults.append(Fault("item_out_of_range", item))
    return tuple(used), tuple(faults)


def _is_answer(instrument: Instrument, answer: float) -> bool:
    items = instrument.items
    return items is not None and items.low <= answer <= items.high and float(answer).is_integer()


def _given_total(instrument: Instrument, given: float) -> tuple[float, tuple[Fault, ...]]:
    if math.isnan(given) or instrument.low <= given <= instrument.high:
        return float(given), ()
    return MISSING, (Fault("total_out_of_range"),)


def _compare(added: float, given: float) -> tuple[Fault, ...]:
    if math.isnan(added):
        return (Fault("total_without_all_items"),)
    return () if added == given else (Fault("total_contradicts_items"),)


def bands(totals: pd.Series, instrument: Instrument) -> pd.Series:
    """The band of each total, as ordered categories; missing where the total is missing or between two bands.

    For groups only: a band is never shown for a person.
    """
    names = [band.name for band in instrument.bands]
    found = pd.Series(pd.NA, index=totals.index, dtype="object")
    for band in instrument.bands:
        found[totals.between(band.low, band.high)] = band.name
    return found.astype(pd.CategoricalDtype(names, ordered=True))
