"""The timeline of one observation for a paper: the twin of what our own component draws, a row per code."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pipeline.figures.paper import DOUBLE_MM, FAINT, QUIET, SINGLE_MM, SMALL, Sheet, clock, one_line, round_times

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

WORDS = {SINGLE_MM: 31.0, DOUBLE_MM: 46.0}
EDGE, HEAD, ROW, BELOW, AXIS = 4.5, 4.2, 3.0, 1.6, 9.5
"""Millimetres: room of the words on the left by width; margin, heights of a lane's name, of a row, of the room below a
lane, of the axis."""
THICK = 0.72
PLAIN = "#404040"
Row = tuple[str, str, bool, list[tuple[int, int]]]
"""Name, colour, whether it says 'cannot see', and its times [onset, offset) in milliseconds."""


def draw_lanes(
    lanes: Sequence[dict], codes: Sequence[dict], session: tuple[int, int], width_mm: float = DOUBLE_MM
) -> "Figure":
    """One lane below the other, in each a row per code that occurs: told apart by their place, in grey too.

    `lanes`: subject, label, kind ('codes' or another), bars [onset_ms, offset_ms, code, ...], points likewise; `codes`:
    label, colour, unseen, in the order of their numbers. The figure names no recording.
    """
    found = [(lane, _rows(lane, codes)) for lane in lanes]
    left = WORDS.get(width_mm, 0.25 * width_mm)
    height = sum(HEAD + ROW * len(rows) + BELOW for _, rows in found)
    sheet = Sheet(width_mm, height + AXIS + 1)
    axes = sheet.axes(left, 1, width_mm - left - EDGE, height)
    top = 0.0
    for lane, rows in found:
        name = ": ".join(part for part in (lane["subject"], lane["label"]) if part)
        sheet.write(one_line(name, width_mm - 2, SMALL + 0.5, bold=True), 1, top + 1.6, fontsize=SMALL + 0.5,
                    fontweight="bold")  # fmt: skip
        for place, row in enumerate(rows):
            middle = top + HEAD + ROW * (place + 0.5)
            sheet.write(
                one_line(row[0], left - 2, SMALL), left - 1, middle + 1, ha="right", va="center", fontsize=SMALL
            )
            _draw(axes, row, middle)
        top += HEAD + ROW * len(rows) + BELOW
    axes.set(xlim=session, ylim=(height, 0), xlabel="Time (min:s)")
    axes.set_yticks([])
    axes.set_xticks([session[0] + at for at in round_times(session[1] - session[0])])
    axes.set_xticklabels([clock(int(at) - session[0]) for at in axes.get_xticks()])
    return sheet.figure


def _rows(lane: dict, codes: Sequence[dict]) -> list[Row]:
    """The rows of a lane: its codes in their order, or one row of what is no code."""
    if lane["kind"] != "codes":
        return [("", PLAIN, False, [(bar[0], bar[1]) for bar in lane["bars"]])]
    times: dict[int, list[tuple[int, int]]] = {}
    for onset, offset, code, *_ in (*lane["bars"], *lane["points"]):
        times.setdefault(code, []).append((onset, offset))
    return [(codes[one]["label"], codes[one]["colour"], codes[one]["unseen"], times[one]) for one in sorted(times)]


def _draw(axes: "Axes", row: Row, middle: float) -> None:
    """The bouts of a row as bars, its moments as marks."""
    _, colour, unseen, times = row
    axes.axhline(middle, color=FAINT, linewidth=0.4, zorder=0)
    bouts = [(onset, offset - onset) for onset, offset in times if offset > onset]
    axes.broken_barh(
        bouts, (middle - ROW * THICK / 2, ROW * THICK), facecolor=colour, edgecolor=QUIET, linewidth=0.2, gid="bouts",
        hatch="/////" if unseen else None,
    )  # fmt: skip
    moments = [onset for onset, offset in times if offset == onset]
    axes.plot(moments, [middle] * len(moments), marker="d", color=colour, markersize=3, linestyle="none", gid="moment")
