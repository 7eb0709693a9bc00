"""The still-face effect for a paper: the twins of its two figures, means over the episodes and changes."""

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.figures.paper import (
    FAINT,
    LINE_MM,
    MARKERS,
    PALETTE,
    QUIET,
    SINGLE_MM,
    SIZE,
    SMALL,
    STROKES,
    Sheet,
    clean,
    one_line,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDE = 0.5
"""How much of the room of an episode the marks of its codes take."""
LEFT, EDGE, PLOT, TICKS, KEY = 13.0, 1.5, 58.0, 5.8, 3.8
"""Millimetres: room of the axis' words, margin, heights of the panel, the episodes' names, a line of the legend."""
HEAD, MARK, BELOW = 4.0, 3.6, 1.4
MARKS_TO = 0.58
"""Part of the width that the marks of changes take; the figures stand right of it."""
LOOKS = ((PALETTE[0], "o"), (PALETTE[5], "D"), (PALETTE[7], "s"))


def draw_effect(frame: pd.DataFrame, episodes: list[str], axis: str, width_mm: float = SINGLE_MM) -> "Figure":
    """One line per code over the episodes, with 95 % intervals. Columns: name, colour, episode, mean, low, high."""
    names = list(dict.fromkeys(frame["name"]))
    title, columns = wrapped(axis, PLOT), 1 if width_mm < 120 else 2
    labels = [one_line(name, width_mm / columns - 14) for name in names]
    lines = -(-len(names) // columns)
    sheet = Sheet(width_mm, 2 + PLOT + TICKS + KEY * lines + 2)
    axes = sheet.axes(LEFT, 2, width_mm - LEFT - EDGE, PLOT)
    for number, name in enumerate(names):
        part = frame[frame["name"] == name].set_index("episode").reindex(episodes).dropna(subset=["mean"])
        shift = WIDE * ((number + 0.5) / len(names) - 0.5)
        _line(axes, part, [episodes.index(one) + shift for one in part.index], number, labels[number])
    axes.set(xlim=(-0.5, len(episodes) - 0.5), ylim=(0 if frame["mean"].min() >= 0 else None, None))
    axes.set_xticks(range(len(episodes)), [clean(one) for one in episodes])
    axes.tick_params(axis="x", length=0)
    axes.spines["left"].set_visible(True)
    for edge in range(1, len(episodes)):
        axes.axvline(edge - 0.5, color=FAINT, linewidth=0.6, zorder=0)
    sheet.figure.text(
        1 / width_mm, 1 - (2 + PLOT / 2) / sheet.height, "\n".join(title), rotation=90, va="center", ha="left"
    )
    place = (EDGE / width_mm, (KEY * lines + 1.5) / sheet.height)
    axes.legend(
        loc="upper left", bbox_to_anchor=place, bbox_transform=sheet.figure.transFigure, ncols=columns, frameon=False,
        handlelength=3.2, borderaxespad=0, labelspacing=0.45,
    )  # fmt: skip
    return sheet.figure


def _line(axes: "Axes", part: pd.DataFrame, at: list[float], number: int, label: str) -> None:
    """One code: colour, shape and stroke all differ, so that it is told apart in grey."""
    colour = part["colour"].iloc[0] if len(part) else QUIET
    axes.plot(
        at, part["mean"], color=colour, marker=MARKERS[number % len(MARKERS)], markersize=4, linewidth=1.1, label=label,
        linestyle=STROKES[number % len(STROKES)], markeredgecolor="#404040", markeredgewidth=0.4, gid="mean",
    )  # fmt: skip
    for x, low, high in zip(at, part["low"], part["high"], strict=True):
        if pd.notna(low):
            axes.plot([x, x], [low, high], color=colour, linewidth=0.9, gid="interval")


def draw_changes(frame: pd.DataFrame, steps: list[str], axis: str, width_mm: float = SINGLE_MM) -> "Figure":
    """One row per code (`name`, in order), one mark per change (`step`). Columns: name, step, mean, low, high, said."""
    names, words = list(dict.fromkeys(frame["name"])), wrapped(axis, width_mm - 2 * EDGE)
    row = HEAD + MARK * len(steps) + BELOW
    above, height = KEY * len(steps) + 1.5, row * len(names)
    sheet = Sheet(width_mm, above + height + TICKS + LINE_MM * len(words) + 1.5)
    wide = (width_mm - 2 * EDGE) * MARKS_TO
    axes = sheet.axes(EDGE, above, wide, height)
    for line, name in enumerate(names):
        sheet.write(one_line(name, width_mm - 2 * EDGE, bold=True), EDGE, above + row * line + 0.5, fontweight="bold")
        axes.plot([0, 0], [row * line + HEAD, row * (line + 1) - BELOW], color=QUIET, linewidth=0.6, zorder=0)
    for number, step in enumerate(steps):
        for one in frame[(frame["step"] == step) & frame["mean"].notna()].to_dict("records"):
            y = row * names.index(one["name"]) + HEAD + MARK * (number + 0.5)
            _change(axes, one, y, number)
            sheet.write(
                one_line(one["said"], width_mm - wide - 2 * EDGE - 2, SMALL),
                EDGE + wide + 2,
                above + y - 1.4,
                fontsize=SMALL,
            )
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=5)
    _key(sheet, steps)
    sheet.write("\n".join(words), EDGE, above + height + TICKS, linespacing=1.15)
    return sheet.figure


def _change(axes: "Axes", one: dict, y: float, number: int) -> None:
    colour, marker = LOOKS[number % len(LOOKS)]
    axes.plot([one["mean"]], [y], marker=marker, color=colour, markersize=4, linestyle="none", gid="mean")
    if pd.notna(one["low"]):
        axes.plot([one["low"], one["high"]], [y, y], color=colour, linewidth=0.9, gid="interval")


def _key(sheet: Sheet, steps: list[str]) -> None:
    """What the marks stand for, above the panel."""
    axes = sheet.axes(EDGE, 0.5, sheet.width - 2 * EDGE, KEY * len(steps))
    axes.set(xlim=(0, sheet.width - 2 * EDGE), ylim=(len(steps) - 0.5, -0.5))
    axes.set_axis_off()
    for place, step in enumerate(steps):
        colour, marker = LOOKS[place % len(LOOKS)]
        axes.plot([1.5], [place], marker=marker, color=colour, markersize=4)
        axes.text(4, place, one_line(step, sheet.width - 2 * EDGE - 4), va="center", fontsize=SIZE)
