"""The forest plot for a paper: the same numbers as on the screen, drawn by matplotlib as SVG, PDF or PNG.

matplotlib is loaded only when a figure is built, on the click of a download button.
"""

import io
import textwrap
import threading
from typing import TYPE_CHECKING

import pandas as pd

from pages.parts.models_export_table import UNITS, Export, failed_words, heading, notes

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WIDTH_MM, ROW_MM, HEAD_MM, AXIS_MM, LINE_MM = 180.0, 7.0, 15.0, 12.0, 3.4
"""Width of two columns of a journal; heights of a behaviour, of a panel's head, of its axis, of a line of words."""
MM = 1 / 25.4
SIZE, SMALL = 8.0, 6.5
LETTERS = 135
"""Letters in a line of the caption."""
LABEL = 40
"""Letters of a label."""
DPI = 300
COLOURS = {"clear": "#0072B2", "suggestive": "#D55E00", "none": "#606060"}
MARKERS = {"clear": "s", "suggestive": "D", "none": "o"}
WORDS = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
LOOK = {
    "font.family": "DejaVu Sans", "font.size": SIZE, "svg.fonttype": "none", "pdf.fonttype": 42,
    "svg.hashsalt": "dyadscope", "axes.spines.right": False, "axes.spines.top": False, "axes.spines.left": False,
    "text.parse_math": False,
}  # fmt: skip
KINDS = {"SVG": "image/svg+xml", "PDF": "application/pdf", "PNG": "image/png"}
UNDATED = {"SVG": {"Date": None}, "PDF": {"CreationDate": None}, "PNG": {}}
_one_at_a_time = threading.Lock()
"""The settings of matplotlib are shared by all threads."""


def figure_bytes(export: Export, kind: str) -> bytes:
    """The figure as a file (`kind` of `KINDS`): the same bytes for the same fit."""
    import matplotlib

    with _one_at_a_time, matplotlib.rc_context(LOOK):
        file = io.BytesIO()
        draw_forest(export).savefig(file, format=kind.lower(), dpi=DPI, metadata=UNDATED[kind])
    return file.getvalue()


def draw_forest(export: Export) -> "Figure":
    """Forest plot: a panel per person; models as a pair, the last one filled."""
    from matplotlib.figure import Figure

    people = list(dict.fromkeys(person for part in export.parts for person in part.terms["person"]))
    lines = {person: _codes(export, person) for person in people}
    words = [line for text in _said(export) for line in textwrap.wrap(text, LETTERS)]
    heights = [ROW_MM * len(lines[person]) for person in people]
    foot = LINE_MM * (len(words) + 3)
    title = 7.0 + (6.0 if export.failed else 0.0)
    total = title + sum(heights) + (HEAD_MM + AXIS_MM) * len(people) + foot
    figure = Figure(figsize=(WIDTH_MM * MM, total * MM))
    top, ends = total - title, _ends(export)
    for person, height in zip(people, heights, strict=True):
        figure.text(0.02, (top - 4.0) / total, person, fontweight="bold", fontsize=SIZE + 1, va="top")
        bottom = top - HEAD_MM - height
        axes = figure.add_axes((0.34, bottom / total, 0.6, height / total))
        _panel(axes, export, person, lines[person], ends)
        top = bottom - AXIS_MM
    _words_around(figure, export, words, foot / total, total)
    return figure


def _codes(export: Export, person: str) -> list[str]:
    found = (code for part in export.parts for code in part.terms.loc[part.terms["person"] == person, "code"])
    return list(dict.fromkeys(found))


def _ends(export: Export) -> tuple[float, float]:
    every = pd.concat([part.terms for part in export.parts])
    low, high = min(every["lower"].min(), 0.0), max(every["upper"].max(), 0.0)
    room = 0.05 * (high - low)
    return low - room, high + room


def _panel(axes: "Axes", export: Export, person: str, codes: list[str], ends: tuple[float, float]) -> None:
    """One person: zero line, intervals and marks, what each behaviour rests on, both scales."""
    axes.axvline(0, color="#808080", linewidth=0.8, zorder=0)
    labels = dict.fromkeys(codes, "")
    for place, part in enumerate(export.parts):
        rows = part.terms[part.terms["person"] == person]
        last = place == len(export.parts) - 1
        shift = 0.0 if len(export.parts) == 1 else (-0.16 if last else 0.16)
        _marks(axes, rows, [codes.index(code) + shift for code in rows["code"]], last)
        labels |= {row.code: _label(row.code, row.rows, row.units) for row in rows.itertuples()}
    axes.set_ylim(len(codes) - 0.5, -0.5)
    axes.set_xlim(*ends)
    axes.set_yticks(range(len(codes)), [labels[code] for code in codes])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(UNITS[export.spec.options.outcome][:1].upper() + UNITS[export.spec.options.outcome][1:])
    sd = export.sd.get(person.lower())
    if sd and export.spec.options.outcome == "normalised":
        upper = axes.secondary_xaxis("top", functions=(lambda x: x * sd * 300, lambda x: x / sd / 300))
        upper.set_xlabel("Seconds per 5 minutes")


def _label(code: str, rows: int, units: int) -> str:
    """A behaviour and what it rests on, in two lines where one is too long."""
    counts = f"({rows} rows, {units} units)"
    return f"{code} {counts}" if len(code) + len(counts) < LABEL else f"{textwrap.shorten(code, LABEL)}\n{counts}"


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


def _said(export: Export) -> list[str]:
    inner = any("inner_low" in part.terms for part in export.parts)
    lines = "Thick line: 50 % interval; thin line: 95 % interval." if inner else "Lines: 95 % intervals."
    if len(export.parts) > 1:
        lines += f" Filled: {export.parts[-1].name.lower()}; hollow: {export.parts[0].name.lower()}."
    return [lines, *notes(export, marked=False)[1 if export.failed else 0 :]]


def _words_around(figure: "Figure", export: Export, words: list[str], foot: float, total: float) -> None:
    """Title above, legend and caption below; a fit that failed says so in red above everything."""
    from matplotlib.lines import Line2D

    figure.text(0.02, 1 - 2.0 / total, heading(export), va="top", fontsize=SIZE + 1, fontweight="bold")
    if export.failed:
        text = "\n".join(textwrap.wrap(failed_words(export), LETTERS))
        figure.text(0.02, 1 - 7.5 / total, text, va="top", color="#B00000", fontweight="bold", fontsize=SIZE)
    used = [word for word in WORDS if any((part.terms["evidence"] == word).any() for part in export.parts)]
    marks = [
        Line2D([], [], color=COLOURS[word], marker=MARKERS[word], markersize=4, linewidth=0.8, label=WORDS[word])
        for word in used
    ]
    figure.legend(handles=marks, loc="upper left", bbox_to_anchor=(0.02, foot), ncols=3, frameon=False, fontsize=SIZE)
    figure.text(0.02, foot - 2.2 * LINE_MM / total, "\n".join(words), va="top", fontsize=SMALL, linespacing=1.25)
