"""Agreement of coders for a paper: the twin of the kappa figure of the agreement page."""

from typing import TYPE_CHECKING

import pandas as pd

from pipeline.figures.paper import FAINT, LINE_MM, PALETTE, QUIET, SINGLE_MM, SIZE, SMALL, Sheet, clean, minus, one_line

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

LOOKS = {
    "Two people": (PALETTE[0], "o"), "Person and model": (PALETTE[5], "D"), "Two models": (PALETTE[2], "s"),
}  # fmt: skip
EDGE, HEAD, ROW, KEY, COLUMNS, FOOT = 1.5, 5.0, 7.4, 3.8, 4.0, 9.0
"""Millimetres: margin, a behaviour's heading, a row, a line of the legend, the words of the columns, the axis."""
CEILING = "highest kappa possible"


def draw_kappas(frame: pd.DataFrame, width_mm: float = SINGLE_MM) -> "Figure":
    """One row per pool under the heading of its behaviour: kappa, 95 % interval, the highest kappa possible, in figures
    kappa, percent agreement and n. A kappa that does not exist says why.

    Columns: behaviour, who, compared, kappa, low, high, kappa_max, agreement, ac1, recordings, reason.
    """
    seen = [name for name in LOOKS if ((frame["compared"] == name) & frame["kappa"].notna()).any()]
    rows, heads, height = _placed(frame)
    above = 1 + KEY * (len(seen) + 1) + COLUMNS
    sheet = Sheet(width_mm, above + height + FOOT)
    axes = sheet.axes(EDGE, above, width_mm - 2 * EDGE, height)
    for one in rows.to_dict("records"):
        _row(axes, sheet, one, above)
    for name, top in heads.items():
        sheet.write(
            one_line(name, width_mm - 2 * EDGE, bold=True), EDGE, above + top + 1.2, fontweight="bold", fontsize=SIZE
        )
    ends = rows[["kappa", "low"]].min().min()
    axes.set(xlim=(ends - 0.05 if ends < 0 else 0, 1.02), ylim=(height, 0))
    axes.set_yticks([])
    axes.set_xticks([0, 0.2, 0.4, 0.6, 0.8, 1], ["0", ".2", ".4", ".6", ".8", "1"])
    axes.set_xlabel("kappa (0: chance, 1: perfect)")
    _key(sheet, seen)
    text = "kappa (95 % interval), agreement, n recordings"
    sheet.write(text, width_mm - EDGE, above - COLUMNS + 1, ha="right", fontsize=SMALL, color=QUIET)
    return sheet.figure


def _placed(frame: pd.DataFrame) -> tuple[pd.DataFrame, dict[str, float], float]:
    """Rows with `top` (millimetres), the headings' tops, and the height."""
    heads: dict[str, float] = {}
    tops, top = [], 0.0
    for behaviour in frame["behaviour"]:
        if behaviour not in heads:
            heads[behaviour] = top
            top += HEAD
        tops.append(top)
        top += ROW
    return frame.assign(top=tops), heads, top


def _row(axes: "Axes", sheet: Sheet, one: dict, above: float) -> None:
    """The words of a row and, below them, its mark."""
    top, y = above + one["top"] + 0.6, one["top"] + ROW * 0.68
    figures = _figures(one)
    room = sheet.width - 2 * EDGE - len(figures) * 1.35
    sheet.write(one_line(one["who"], room), EDGE, top)
    sheet.write(figures, sheet.width - EDGE, top, ha="right")
    if pd.isna(one["kappa"]):
        sheet.write(
            one_line(one["reason"], sheet.width - 2 * EDGE - 4, SMALL),
            EDGE + 4,
            top + LINE_MM,
            color=QUIET,
            fontsize=SMALL,
        )
        return
    colour, marker = LOOKS[one["compared"]]
    axes.plot([0, 1], [y, y], color=FAINT, linewidth=0.6, zorder=0)
    if pd.notna(one["low"]):
        axes.plot([one["low"], one["high"]], [y, y], color=colour, linewidth=1.1, gid="interval")
    axes.plot([one["kappa"]], [y], marker=marker, color=colour, markersize=4.5, linestyle="none", gid="kappa")
    if pd.notna(one["kappa_max"]):
        axes.plot([one["kappa_max"]], [y], marker="|", color=QUIET, markersize=6, markeredgewidth=1.2, gid="ceiling")


def _figures(one: dict) -> str:
    """'.78 (.70 to .84)  94 %  n 23'."""
    if pd.isna(one["agreement"]):
        return ""
    interval = f" ({_kappa(one['low'])} to {_kappa(one['high'])})" if pd.notna(one["low"]) else ""
    ac1 = f"AC1 {_kappa(one['ac1'])}" if pd.notna(one["ac1"]) else ""
    first = f"{_kappa(one['kappa'])}{interval}" if pd.notna(one["kappa"]) else ac1
    agreement = one["agreement"]
    percent = f"{min(agreement, 99.9):.1f}" if 99.5 <= agreement < 100 else f"{agreement:.0f}"
    return f"{first}  {percent} %  n {one['recordings']:.0f}"


def _kappa(value: float) -> str:
    """'.78', '1.00', with a minus sign where it is negative."""
    size = f"{abs(value):.2f}"
    return minus("-" if value < 0 and float(size) else "") + size.removeprefix("0")


def _key(sheet: Sheet, seen: list[str]) -> None:
    """What the marks stand for, above the rows."""
    axes = sheet.axes(EDGE, 0.5, sheet.width - 2 * EDGE, KEY * (len(seen) + 1))
    axes.set(xlim=(0, sheet.width - 2 * EDGE), ylim=(len(seen) + 0.5, -0.5))
    axes.set_axis_off()
    for place, name in enumerate(seen):
        colour, marker = LOOKS[name]
        axes.plot([0.5, 4.5], [place, place], color=colour, linewidth=1.1)
        axes.plot([2.5], [place], marker=marker, color=colour, markersize=4.5)
        axes.text(6, place, clean(f"{name}: kappa, 95 % interval"), va="center")
    axes.plot([2.5], [len(seen)], marker="|", color=QUIET, markersize=6, markeredgewidth=1.2)
    axes.text(6, len(seen), CEILING, va="center")
