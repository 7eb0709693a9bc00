"""Estimates with their 95 % intervals, one row each: for what has no figure of its own."""

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.figures.paper import DOUBLE_MM, FAINT, LINE_MM, PALETTE, QUIET, SIZE, SMALL, Sheet, clean, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE, HEAD, MARK, TICKS, KEY = 1.5, 5.0, 4.2, 5.5, 4.0
"""Millimetres: margin, heading of a block, height of a mark, the axis' numbers, the line that explains a tick."""
LABELS = 0.42
"""Part of the width that the labels take."""
MOST_LINES = 5
"""A label of one column of a journal; a longer one is no label."""


def draw_intervals(frame: pd.DataFrame, axis: str, reference: str = "", width_mm: float = DOUBLE_MM) -> "Figure":
    """Rows in their order under the heading of their block. Columns: block, label, mean, low, high, other.

    `other`: a value to compare with, drawn as a tick that `reference` explains; missing where there is none.
    """
    left = width_mm * LABELS
    words = wrapped(axis, width_mm - left - EDGE)
    labels = [wrapped(text, left - 3)[:MOST_LINES] for text in frame["label"]]
    above = KEY + 1 if reference else 1.0
    tops, heads, height = _placed(frame, labels)
    sheet = Sheet(width_mm, above + height + TICKS + LINE_MM * len(words) + 1.5)
    axes = sheet.axes(left, above, width_mm - left - EDGE, height)
    for row, top, lines in zip(frame.to_dict("records"), tops, labels, strict=True):
        _row(axes, row, top + MARK / 2)
        sheet.write("\n".join(lines), EDGE, above + top + 0.4, fontsize=SIZE, linespacing=1.05)
    for name, top in heads.items():
        sheet.write(clean(name), EDGE, above + top + 0.8, fontsize=SIZE, fontweight="bold")
    low, high = _ends(frame)
    axes.set(xlim=(low, high), ylim=(height, 0))
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=6)
    if low < 0 < high:
        axes.axvline(0, color=QUIET, linewidth=0.6, zorder=0)
    sheet.write("\n".join(words), left, above + height + TICKS, fontsize=SIZE, linespacing=1.15)
    if reference:
        sheet.write(f"| {clean(reference)}", left, 0.8, fontsize=SMALL, color=PALETTE[5])
    return sheet.figure


def _placed(frame: pd.DataFrame, labels: list[list[str]]) -> tuple[list[float], dict[str, float], float]:
    """Tops of the rows and of the headings in millimetres, and the height of all."""
    tops, heads, top = [], {}, 0.0
    for block, lines in zip(frame["block"], labels, strict=True):
        if block and block not in heads:
            heads[str(block)] = top
            top += HEAD
        tops.append(top)
        top += max(MARK, LINE_MM * len(lines) + 0.8)
    return tops, heads, max(top, MARK)


def _row(axes: "Axes", row: dict, y: float) -> None:
    if pd.notna(row["mean"]):
        axes.axhline(y, color=FAINT, linewidth=0.3, zorder=0)
    if pd.notna(row["low"]):
        axes.plot([row["low"], row["high"]], [y, y], color=PALETTE[0], linewidth=0.9, gid="interval")
    if pd.notna(row["mean"]):
        axes.plot([row["mean"]], [y], marker="o", markersize=4, color=PALETTE[0], linestyle="none", gid="mean",
                  clip_on=False)  # fmt: skip
    else:
        axes.text(0, y, "  not shown", fontsize=SMALL, color=QUIET, va="center")
    if pd.notna(row["other"]):
        axes.plot([row["other"]], [y], marker="|", markersize=7, color=PALETTE[5], linestyle="none", gid="other")


def _ends(frame: pd.DataFrame) -> tuple[float, float]:
    """Zero and everything that is drawn, with some room."""
    values = pd.concat([frame[name].astype(float) for name in ("mean", "low", "high", "other")]).dropna()
    low, high = min([0.0, *values]), max([0.0, *values])
    room = 0.04 * ((high - low) or 1.0)
    return low - (room if low < 0 else 0.0), high + room
