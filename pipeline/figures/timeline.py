"""All observations at once for a paper: the twin of the picture of the timelines page."""

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.figures.paper import HATCHES, QUIET, SINGLE_MM, SMALL, Sheet, clock, one_line, round_times, wrapped

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LEFT, EDGE, MEAN, BETWEEN, LEAST, ROW, MOST, AXIS, KEY = 16.0, 4.5, 32.0, 7.0, 30.0, 0.9, 120.0, 9.0, 3.9
"""Millimetres: room of the words on the left, margin, height of the mean picture, room below it, least height of the
rows, height of one, their greatest height, the axis, a line of the legend."""
GAP = 3
"""Empty rows between two bands."""


def many_timelines(
    cells: np.ndarray,
    bands: list[tuple[str, int]],
    shares: pd.DataFrame,
    codes: pd.DataFrame,
    bin_ms: int,
    width_mm: float = SINGLE_MM,
) -> "Figure":
    """Rows x time (numbers of codes, -1 = not coded) below, shares of observations per code (columns) above.

    `bands`: groups of rows from top to bottom as (name, rows); `codes`: code, colour, unobservable in the order of the
    numbers. Rows have no names: a figure for others names no recording.
    """
    spaced = np.insert(cells, np.cumsum([size for _, size in bands])[:-1].repeat(GAP), -1, axis=0)
    height = float(np.clip(ROW * len(spaced), LEAST, MOST))
    columns = 2 if width_mm < 120 else 4
    lines = -(-len(codes) // columns)
    sheet = Sheet(width_mm, 5 + MEAN + BETWEEN + height + AXIS + KEY * lines + 1)
    wide = width_mm - LEFT - EDGE
    upper, lower = sheet.axes(LEFT, 5, wide, MEAN), sheet.axes(LEFT, 5 + MEAN + BETWEEN, wide, height)
    handles = _areas(upper, shares, codes, bin_ms)
    length = bin_ms * cells.shape[1]
    _picture(lower, spaced, codes, length)
    _rows(lower, sheet, bands, 5 + MEAN + BETWEEN, height / len(spaced))
    for axes in (upper, lower):
        axes.set_xlim(0, length)
        axes.set_xticks(round_times(length), [clock(at) for at in round_times(length)])
    lower.set_xlabel("Time (min:s)")
    sheet.write("Share of observations", LEFT, 1, fontsize=SMALL)
    labels = [one_line(code, width_mm / columns - 11, SMALL) for code in codes["code"]]
    place = (EDGE / width_mm, (KEY * lines + 0.5) / sheet.height)
    sheet.figure.legend(
        handles, labels, loc="upper left", bbox_to_anchor=place, ncols=columns, frameon=False, borderaxespad=0,
        handlelength=2, labelspacing=0.4, fontsize=SMALL,
    )  # fmt: skip
    return sheet.figure


def _areas(axes: "Axes", shares: pd.DataFrame, codes: pd.DataFrame, bin_ms: int) -> list:
    """Stacked shares in per cent: colour and hatching differ, so that they are told apart in grey."""
    below, starts, found = np.zeros(len(shares)), bin_ms * np.arange(len(shares) + 1), []
    for number, row in enumerate(codes.itertuples()):
        above = below + (100 * shares[row.code]).round(2).to_numpy()
        hatch = "/////" if row.unobservable else HATCHES[number % len(HATCHES)]
        area = axes.fill_between(
            starts, np.append(below, below[-1:]), np.append(above, above[-1:]), step="post", facecolor=row.colour,
            edgecolor="#404040", linewidth=0.2, hatch=hatch or None, gid=f"area {number}",
        )  # fmt: skip
        found.append(area)
        below = above
    axes.set_ylim(0, 100)
    axes.set_yticks([0, 50, 100], ["0 %", "50 %", "100 %"])
    return found


def _picture(axes: "Axes", cells: np.ndarray, codes: pd.DataFrame, length: int) -> None:
    """Cells in the colours of the codes; what was not coded is white."""
    from matplotlib.colors import BoundaryNorm, ListedColormap

    colours = ListedColormap(["white", *codes["colour"]])
    edges = BoundaryNorm(np.arange(-1.5, len(codes) + 0.5), len(codes) + 1)
    image = axes.imshow(
        cells, cmap=colours, norm=edges, aspect="auto", interpolation="nearest", origin="upper",
        extent=(0, length, len(cells) - 0.5, -0.5),
    )  # fmt: skip
    image.set_gid("cells")
    axes.set_yticks([])


def _rows(axes: "Axes", sheet: Sheet, bands: list[tuple[str, int]], top: float, row: float) -> None:
    """Names of the bands with how many observations they have."""
    starts = np.cumsum([0, *(size + GAP for _, size in bands)])[:-1]
    for (name, size), start in zip(bands, starts, strict=True):
        text = "\n".join(wrapped(f"{name} ({size})", LEFT - 2)[:3])
        middle = top + row * (start + size / 2)
        sheet.write(text, LEFT - 1.5, middle, ha="right", va="center", fontsize=SMALL)
        axes.plot([0, 0], [start - 0.5, start + size - 0.5], color=QUIET, linewidth=0.8, clip_on=False)
