"""Shares of time for a paper: the twin of the figure of the durations page."""

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
    Sheet,
    minus,
    one_line,
    spoken,
    wrapped,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

EDGE, GAP, HEAD, AXIS, LABEL, MARK = 3.0, 4.0, 9.0, 5.5, 3.6, 3.6
"""Millimetres: margins, room between panels, heights of the head, of the axis' numbers, of a label, of a mark."""
ROOM, SPLIT_ROOM = 1.75, 1.08
"""Width of a panel over its longest interval: the rest holds the value and the column 'seen in'."""
THICK = 2.6
LEGEND = 3.8


def draw_shares(frame: pd.DataFrame, unit: str, axis: str, width_mm: float = SINGLE_MM) -> "Figure":
    """One panel per person, one row per code: bars with 95 % intervals, or one mark per group of a split.

    Columns: person, code, level, mean, low, high, dyads, colour, unobservable, observations_with, coded_observations.
    `unit` is '%', 's' or 'SD'; `axis` is the sentence below the panels.
    """
    people, codes, levels = frame["person"].unique().tolist(), in_order(frame), levels_of(frame)
    words = wrapped(axis, width_mm - 2 * EDGE)
    row = LABEL + MARK * len(levels) + 1.0
    named = [_with_dyads(level, frame) for level in levels] if len(levels) > 1 else []
    above = HEAD + LEGEND * len(named)
    sheet = Sheet(width_mm, above + row * len(codes) + AXIS + LINE_MM * len(words) + 1)
    width = (width_mm - 2 * EDGE - GAP * (len(people) - 1)) / len(people)
    _legend(sheet, named)
    for place, person in enumerate(people):
        left = EDGE + place * (width + GAP)
        axes = sheet.axes(left, above, width, row * len(codes))
        own = frame[frame["person"] == person]
        _panel(axes, own, codes, levels, unit, row)
        _dress(axes, frame, unit, row * len(codes), len(levels) > 1)
        sheet.write(
            one_line(person, width, SIZE + 1, bold=True), left, above - HEAD + 2, fontsize=SIZE + 1, fontweight="bold"
        )
        if len(levels) == 1 and own["coded_observations"].notna().any():
            text = f"seen in (of {own['coded_observations'].max():,.0f})"
            sheet.write(text, left + width, above - HEAD + 5.6, ha="right", fontsize=SMALL, color=QUIET)
    for line, code in enumerate(codes):
        sheet.write(one_line(code, width_mm - 2 * EDGE), EDGE, above + row * line + 0.4)
    sheet.write("\n".join(words), EDGE, sheet.height - LINE_MM * len(words) - 0.6, fontsize=SIZE, linespacing=1.15)
    return sheet.figure


def in_order(frame: pd.DataFrame) -> list[str]:
    """Codes from most to least time; codes that say 'cannot see' last."""
    largest = frame.groupby("code", observed=True).agg(mean=("mean", "max"), unobservable=("unobservable", "max"))
    largest = largest.reset_index().astype({"code": "str"})
    return largest.sort_values(["unobservable", "mean"], ascending=[True, False])["code"].tolist()


def levels_of(frame: pd.DataFrame) -> list[str]:
    """Groups of the split that occur, in order; [""] without a split."""
    return [str(level) for level in frame["level"].cat.categories if (frame["level"] == level).any()]


def _panel(axes: "Axes", own: pd.DataFrame, codes: list[str], levels: list[str], unit: str, row: float) -> None:
    """One person: all rows; y is in millimetres from the top."""
    for one in own.to_dict("records"):
        top = row * codes.index(str(one["code"])) + LABEL
        if len(levels) == 1:
            _bar(axes, one, top + MARK / 2, unit)
        else:
            place = levels.index(str(one["level"]))
            _mark(axes, one, top + MARK * (place + 0.5), place)
    coded = set(own["code"].astype("str"))
    for line, code in enumerate(codes):
        if line:
            axes.axhline(row * line, color=FAINT, linewidth=0.4, zorder=0)
        axes.plot([0, 0], [row * line + LABEL - 0.3, row * (line + 1) - 0.3], color=QUIET, linewidth=0.6, zorder=0)
        if code not in coded:
            place = row * line + LABEL + MARK / 2
            axes.text(0, place, "  not coded for them", color=QUIET, fontsize=SMALL, va="center")


def _bar(axes: "Axes", one: dict, y: float, unit: str) -> None:
    """A bar in the code's own colour, its interval, its value, and in how many observations the code occurs."""
    axes.barh(
        [y], [one["mean"]], height=THICK, color=one["colour"], edgecolor=QUIET, linewidth=0.4, gid="mean",
        hatch="/////" if one["unobservable"] else None,
    )  # fmt: skip
    _interval(axes, one, y, "black")
    ends = [value for value in (one["mean"], one["high"]) if pd.notna(value)]
    if ends:
        axes.text(max(*ends, 0), y, f"  {spoken(one['mean'], unit)}", va="center", gid="value")
    if pd.notna(one["observations_with"]):
        across = axes.get_yaxis_transform()
        text = f"{one['observations_with']:,.0f}"
        axes.text(1, y, text, transform=across, ha="right", va="center", fontsize=SMALL, color=QUIET, gid="seen")


def _mark(axes: "Axes", one: dict, y: float, place: int) -> None:
    """A mark of a group of the split."""
    colour = PALETTE[place % len(PALETTE)]
    axes.plot([one["mean"]], [y], marker=MARKERS[place % len(MARKERS)], color=colour, markersize=4, gid="mean")
    _interval(axes, one, y, colour)


def _interval(axes: "Axes", one: dict, y: float, colour: str) -> None:
    if pd.notna(one["low"]):
        axes.plot([one["low"], one["high"]], [y, y], color=colour, linewidth=0.9, gid="interval", solid_capstyle="butt")


def _dress(axes: "Axes", frame: pd.DataFrame, unit: str, height: float, split: bool) -> None:
    """The same horizontal axis in every panel, with units."""
    ends = pd.concat([frame["mean"], frame["low"], frame["high"]]).dropna()
    low, high = min([0.0, *ends]), max([0.01, *ends])
    axes.set_xlim(low - 0.02 * (high - low), low + (high - low) * (SPLIT_ROOM if split else ROOM))
    axes.set_ylim(height, 0)
    axes.set_yticks([])
    axes.locator_params(axis="x", nbins=4)
    at = [place for place in axes.get_xticks() if low <= place <= high]
    end = "" if unit == "SD" else f"\u00a0{unit}"
    axes.set_xticks(at, [minus(f"{place:g}") + end for place in at])


def _with_dyads(level: str, frame: pd.DataFrame) -> str:
    """'Mother (74 dyads)'."""
    dyads = frame.loc[frame["level"] == level, "dyads"].max()
    return level if pd.isna(dyads) else f"{level} ({dyads:.0f} {'dyad' if dyads == 1 else 'dyads'})"


def _legend(sheet: Sheet, named: list[str]) -> None:
    """What the marks stand for, above the panels."""
    if not named:
        return
    axes = sheet.axes(EDGE, 0.5, sheet.width - 2 * EDGE, LEGEND * len(named))
    axes.set(xlim=(0, sheet.width - 2 * EDGE), ylim=(len(named) - 0.5, -0.5))
    axes.set_axis_off()
    for place, text in enumerate(named):
        colour, marker = PALETTE[place % len(PALETTE)], MARKERS[place % len(MARKERS)]
        axes.plot([1.5], [place], marker=marker, color=colour, markersize=4)
        axes.text(4, place, one_line(text, sheet.width - 2 * EDGE - 4), va="center")
