"""The forest plot for a paper: the twin of the one on the models page, a panel per person."""

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pandas as pd

from pipeline.figures.paper import DOUBLE_MM, LETTER_MM, MM, QUIET, SIZE, SMALL, clean, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

ROW_MM, HEAD_MM, AXIS_MM, LINE_MM = 7.0, 17.0, 12.0, 3.4
"""Heights of a behaviour, of a panel's head, of its axis, of a line of words."""
COLOURS = {"clear": "#0072B2", "suggestive": "#D55E00", "none": "#606060"}
MARKERS = {"clear": "s", "suggestive": "D", "none": "o"}
WORDS = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
LABELS, WIDE_LABELS = 0.34, 0.44
"""Part of the width that the labels take in two columns and in one."""
RED, ELLIPSIS = "#B00000", "\u2026"


@dataclass(frozen=True)
class Forest:
    """What a forest plot says. `models`: (name, terms), the last one drawn filled; terms: person, code, evidence, mean,
    lower, upper, rows, units; inner_low and inner_high where known. `seconds`: person -> seconds per 5 minutes that 1
    of the outcome is; `failed`: why it cannot be used, or ''.
    """

    models: tuple[tuple[str, pd.DataFrame], ...]
    title: str
    outcome: str
    notes: tuple[str, ...] = ()
    failed: str = ""
    seconds: Mapping[str, float] = field(default_factory=dict)


def draw_forest(forest: Forest, width_mm: float = DOUBLE_MM) -> "Figure":
    """Forest plot: models as a pair, lines of 50 and 95 %; title above, legend and notes below."""
    from matplotlib.figure import Figure

    people = list(dict.fromkeys(person for _, terms in forest.models for person in terms["person"]))
    lines = {person: _codes(forest, person) for person in people}
    words = [line for text in _said(forest) for line in textwrap.wrap(clean(text), _letters(width_mm, SMALL))]
    heights = [ROW_MM * len(lines[person]) for person in people]
    above = _above(forest, width_mm)
    columns, handles = 3 if width_mm > 120 else 2, _handles(forest)
    legend = 1.3 * LINE_MM * (-(-len(handles) // columns)) + 1.5
    foot, title = LINE_MM * len(words) + legend, LINE_MM * len(above) + 3.0
    total = title + sum(heights) + (HEAD_MM + AXIS_MM) * len(people) + foot
    figure = Figure(figsize=(width_mm * MM, total * MM))
    top, ends, left = total - title, _ends(forest), LABELS if width_mm > 120 else WIDE_LABELS
    for person, height in zip(people, heights, strict=True):
        name = one_line(person, 0.96 * width_mm, SIZE + 1, bold=True)
        figure.text(0.02, (top - 4.0) / total, name, fontweight="bold", fontsize=SIZE + 1, va="top")
        bottom = top - HEAD_MM - height
        axes = figure.add_axes((left, bottom / total, 0.95 - left, height / total))
        _panel(axes, forest, person, lines[person], int(width_mm * left / LETTER_MM) - 2)
        axes.set_xlim(*ends)
        axes.set_xlabel(one_line(forest.outcome, (0.95 - left) * width_mm))
        top = bottom - AXIS_MM
    for place, (text, look) in enumerate(above):
        figure.text(0.02, 1 - (2.0 + LINE_MM * place) / total, text, va="top", fontweight="bold", **look)
    figure.legend(
        handles=handles, loc="upper left", bbox_to_anchor=(0.02, foot / total), frameon=False, fontsize=SIZE,
        ncols=columns, borderaxespad=0,
    )  # fmt: skip
    below = (foot - legend + 1.0) / total
    figure.text(0.02, below, "\n".join(words), va="top", fontsize=SMALL, linespacing=1.25)
    return figure


def _letters(width_mm: float, size: float) -> int:
    return int(0.96 * width_mm / (LETTER_MM * size / SIZE))


def _above(forest: Forest, width_mm: float) -> list[tuple[str, dict[str, object]]]:
    """Lines of the title; a fit that failed says so in red."""
    letters = _letters(width_mm, SIZE + 2)
    title = [(line, {"fontsize": SIZE + 1}) for line in textwrap.wrap(clean(forest.title), letters)]
    red = [(line, {"fontsize": SIZE + 1, "color": RED}) for line in textwrap.wrap(clean(forest.failed), letters)]
    return title + red


def _codes(forest: Forest, person: str) -> list[str]:
    found = (code for _, terms in forest.models for code in terms.loc[terms["person"] == person, "code"])
    return list(dict.fromkeys(found))


def _ends(forest: Forest) -> tuple[float, float]:
    every = pd.concat([terms for _, terms in forest.models])
    low, high = min(every["lower"].min(), 0.0), max(every["upper"].max(), 0.0)
    room = 0.05 * (high - low)
    return low - room, high + room


def _panel(axes: "Axes", forest: Forest, person: str, codes: list[str], letters: int) -> None:
    """One person: zero line, intervals and marks, what each behaviour rests on, both scales."""
    axes.axvline(0, color=QUIET, linewidth=0.8, zorder=0)
    labels = dict.fromkeys(codes, "")
    for place, (_, terms) in enumerate(forest.models):
        rows, last = terms[terms["person"] == person], place == len(forest.models) - 1
        shift = 0.0 if len(forest.models) == 1 else (-0.16 if last else 0.16)
        _marks(axes, rows, [codes.index(code) + shift for code in rows["code"]], last)
        labels |= {row.code: _label(row.code, row.rows, row.units, letters) for row in rows.itertuples()}
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_yticks(range(len(codes)), [labels[code] for code in codes])
    axes.tick_params(axis="y", length=0)
    seconds = forest.seconds.get(person)
    if seconds and seconds == seconds:
        upper = axes.secondary_xaxis("top", functions=(lambda x: x * seconds, lambda x: x / seconds))
        upper.set_xlabel("Seconds per 5 minutes")


def _label(code: str, rows: int, units: int, letters: int) -> str:
    """A behaviour and what it rests on (where that is known), in two lines where one is too long."""
    code, counts = clean(code), f"({rows} rows, {units} units)" if rows == rows else ""
    if len(code) + len(counts) < letters:
        return f"{code} {counts}".rstrip()
    short = code if len(code) <= letters else code[: letters - 1].rstrip() + ELLIPSIS
    return f"{short}\n{counts}".rstrip()


def _marks(axes: "Axes", rows: pd.DataFrame, at: list[float], filled: bool) -> None:
    for row, y in zip(rows.to_dict("records"), at, strict=True):
        colour = COLOURS[row["evidence"]]
        axes.plot([row["lower"], row["upper"]], [y, y], color=colour, linewidth=0.8, gid="interval")
        if row.get("inner_low") == row.get("inner_low") and row.get("inner_low") is not None:
            axes.plot([row["inner_low"], row["inner_high"]], [y, y], color=colour, linewidth=2.2, gid="inner")
        axes.plot(
            [row["mean"]], [y], marker=MARKERS[row["evidence"]], markersize=4, markeredgecolor=colour,
            markerfacecolor=colour if filled else "white", linestyle="none", gid="estimate",
        )  # fmt: skip


def _said(forest: Forest) -> list[str]:
    inner = any("inner_low" in terms for _, terms in forest.models)
    line = "Thick line: 50 % interval; thin line: 95 % interval." if inner else "Lines: 95 % intervals."
    if len(forest.models) > 1:
        line += f" Filled: {forest.models[-1][0].lower()}; hollow: {forest.models[0][0].lower()}."
    return [line, *forest.notes]


def _handles(forest: Forest) -> list:
    """What colours and shapes mean; only what occurs."""
    from matplotlib.lines import Line2D

    used = [word for word in WORDS if any((terms["evidence"] == word).any() for _, terms in forest.models)]
    return [
        Line2D([], [], color=COLOURS[word], marker=MARKERS[word], markersize=4, linewidth=0.8, label=WORDS[word])
        for word in used
    ]
