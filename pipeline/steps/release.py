"""What may leave the program: the one road from a computed frame to a chart, a table or a file.

In mode "analyst" a frame passes unchanged. In mode "presenting" (and for files meant for others) small counts are
masked so that they cannot be worked out again: not by subtraction from a total, not from a percentage. Marking a small
count on the screen is something else.
"""

import csv
import io
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.errors import UserError
from pipeline.measures.suppression import Cells, hidden_cells
from pipeline.writers.study_events import FORMULA_STARTS, NUMBER

T = 5
"""Smallest number of families that may be shown (the head-camera paper prints "<5")."""

SYMBOL = "[c]"
"""The one symbol of every masked cell, small or complementary alike ("confidential" in British official statistics)."""

Mode = Literal["analyst", "presenting"]


class NotReleased(UserError):
    """A view that may not be shown in presenting mode."""


@dataclass(frozen=True)
class ReleaseSpec:
    """What the columns of a frame are, so that they can be masked. Columns not named here are dropped when masking.

    `labels`: words and settings that say what a row is (no ids).
    `counts`: how many `unit` (families, unless another word is given).
    `percents`: pairs (percentage column, count column it is a percentage of).
    `statistics`: pairs (mean, SD, interval, ... column, count column of its group); hidden where the group is below T,
        and where any count of the same margin is hidden.
    `extremes`: minimum, maximum, range: one person's value, never shown when masking.
    `margins`: sets of label columns; the counts of the rows that share them add up to a total a reader may know.
    `across`: sets of count columns that add up, row by row, to a total a reader may know.
    `individual`: the rows are single recordings, people or events; such a frame is refused when masking.
    """

    labels: tuple[str, ...] = ()
    counts: tuple[str, ...] = ()
    unit: str = "families"
    percents: tuple[tuple[str, str], ...] = ()
    statistics: tuple[tuple[str, str], ...] = ()
    extremes: tuple[str, ...] = ()
    margins: tuple[tuple[str, ...], ...] = ()
    across: tuple[tuple[str, ...], ...] = ()
    threshold: int = T
    individual: bool = False


@dataclass(frozen=True)
class ReleasedFrame:
    """A frame that may be shown. Masked cells are missing in `frame` and True in `hidden` (same columns, boolean)."""

    frame: pd.DataFrame
    spec: ReleaseSpec
    mode: Mode
    hidden: pd.DataFrame = field(default_factory=pd.DataFrame)

    @property
    def masked(self) -> bool:
        """Whether any cell is hidden."""
        return bool(self.hidden.size and self.hidden.to_numpy().any())

    @property
    def note(self) -> str:
        """The sentence that stands below a masked table and names the threshold; empty in analyst mode."""
        if self.mode == "analyst":
            return ""
        small_counts = f"a count of 1 to {self.spec.threshold - 1} {self.spec.unit}"
        if not self.masked:
            return f"Nothing is hidden: no cell shows or gives away {small_counts}."
        return f"{SYMBOL}: not shown, because {small_counts} could otherwise be read or worked out."


def release(frame: pd.DataFrame, spec: ReleaseSpec, mode: Mode) -> ReleasedFrame:
    """The frame as it may be shown in `mode`; raises NotReleased for single recordings or people in presenting mode."""
    if mode == "analyst":
        return ReleasedFrame(frame, spec, mode)
    if spec.individual:
        raise NotReleased(
            f"This view is not available in presenting mode: it describes fewer than {spec.threshold} families. "
            "Choose a view of the whole study."
        )
    return _masked(frame, spec)


def small(counts: pd.Series, threshold: int = T) -> pd.Series:
    """True where a count is 1 to threshold - 1: to be marked on an analyst's screen."""
    return counts.between(1, threshold - 1)


def shown(released: ReleasedFrame) -> pd.DataFrame:
    """The frame with the symbol in masked cells (their columns become text)."""
    frame = released.frame.copy()
    for column in frame.columns.intersection(released.hidden.columns):
        if (mask := released.hidden[column]).any():
            whole = pd.api.types.is_float_dtype(frame[column]) and bool((frame[column].dropna() % 1 == 0).all())
            values = frame[column].astype("Int64") if whole else frame[column]
            frame[column] = values.astype(object).where(~mask, SYMBOL)
    return frame


def renamed(released: ReleasedFrame, names: dict[str, str], decimals: int = 2) -> ReleasedFrame:
    """The columns that `names` names, in its order and under its headings, numbers rounded."""
    kept = {column: name for column, name in names.items() if column in released.frame}
    frame = released.frame[list(kept)]
    floats = frame.select_dtypes("float").columns
    frame = frame.round(dict.fromkeys(floats, decimals)).rename(columns=kept)
    hidden = released.hidden[[column for column in kept if column in released.hidden]].rename(columns=kept)
    return replace(released, frame=frame, hidden=hidden)


def csv_bytes(released: ReleasedFrame) -> bytes:
    """A CSV file (UTF-8 with mark, comma) that no spreadsheet takes for formulas; a masked one ends with its note."""
    frame = shown(released)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow([_cell(column) for column in frame.columns])
    writer.writerows([_cell(value) for value in row] for row in frame.itertuples(index=False, name=None))
    if released.note:
        writer.writerow([released.note])
    return text.getvalue().encode("utf-8-sig")


def _cell(value: object) -> str:
    """The value as CSV text; text that a spreadsheet would run gets a ' in front."""
    if value is None or (np.isscalar(value) and pd.isna(value)):
        return ""
    if isinstance(value, float | np.floating):
        return f"{float(value):.10g}"
    text = str(value)
    return f"'{text}" if text.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(text) else text


def _masked(frame: pd.DataFrame, spec: ReleaseSpec) -> ReleasedFrame:
    """Declared columns only; small and complementary counts, and what depends on them, missing and flagged."""
    followers = spec.percents + spec.statistics
    columns = [*spec.labels, *spec.counts, *(column for column, _ in followers)]
    kept = frame[[column for column in frame.columns if column in columns]].reset_index(drop=True)
    hidden = pd.DataFrame(False, index=kept.index, columns=kept.columns)
    hidden[list(spec.counts)] = _hidden_counts(kept, spec)
    touched = _margins_with_hidden(kept, hidden, spec)
    for column, count in followers:
        hidden[column] |= hidden[count]
        if (column, count) in spec.statistics:
            hidden[column] |= touched | (kept[count].fillna(0) < spec.threshold)
        hidden[column] &= kept[column].notna()
    for column in {*spec.counts, *(column for column, _ in followers)}:
        kept[column] = kept[column].where(~hidden[column], np.nan)
    return ReleasedFrame(kept, spec, "presenting", hidden)


def _margins_with_hidden(frame: pd.DataFrame, hidden: pd.DataFrame, spec: ReleaseSpec) -> pd.Series:
    """Rows that share a margin with a hidden count."""
    touched = hidden[list(spec.counts)].any(axis=1)
    for margin in spec.margins:
        touched |= touched.groupby([frame[column] for column in margin], dropna=False).transform("any")
    return touched


def _hidden_counts(frame: pd.DataFrame, spec: ReleaseSpec) -> np.ndarray:
    """Boolean rows x count columns: small cells and those that must go with them."""
    counts = frame[list(spec.counts)].to_numpy(dtype=float)
    position = np.arange(counts.size).reshape(counts.shape)
    lines = [
        position[rows, column].tolist()
        for margin in spec.margins
        for rows in frame.groupby(list(margin), sort=False, dropna=False).indices.values()
        for column in range(len(spec.counts))
    ]
    for together in spec.across:
        lines += position[:, [spec.counts.index(column) for column in together]].tolist()
    hidden = hidden_cells(Cells(counts.ravel(), tuple(map(tuple, lines))), spec.threshold)
    return hidden.reshape(counts.shape)
