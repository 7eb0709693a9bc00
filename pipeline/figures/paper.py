"""What all figures for papers share: widths of journals, type, colours, and the file.

Letters: embedded as fonts in a PDF, drawn as outlines in an SVG, so that a figure looks the same on every computer.
"""

import io
import textwrap
import threading
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure
    from matplotlib.transforms import Bbox

SINGLE_MM, DOUBLE_MM = 89.0, 183.0
"""Width of one and of two columns of a journal."""
WIDTHS = {"one column (89 mm)": SINGLE_MM, "two columns (183 mm)": DOUBLE_MM}
MM = 1 / 25.4
SIZE, SMALL = 7.0, 6.0
"""Type in points: journals ask for 5 to 7."""
LINE_MM = 3.2
"""Height of a line of words."""
LETTER_MM, BOLDER = 1.42, 1.15
"""Mean width of a letter of SIZE points, and how much wider a bold one is."""
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A000", "#7F7F7F")
"""Okabe and Ito, as on the screen."""
MARKERS = ("o", "D", "s", "^", "P", "*", "h", "X")
"""One shape per colour: a figure says the same in grey."""
STROKES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (1, 1)), (0, (3, 1, 1, 1)), (0, (7, 2)))
HATCHES = ("", "....", "\\\\\\", "xxxx", "----", "++++", "||||", "oo", "**")
"""Rising strokes are kept for codes that say 'cannot see', as on the screen."""
INK, QUIET, FAINT = "#000000", "#707070", "#D0D0D0"
LOOK = {
    "font.family": "DejaVu Sans", "font.size": SIZE, "svg.fonttype": "path", "pdf.fonttype": 42,
    "svg.hashsalt": "dyadscope", "axes.spines.right": False, "axes.spines.top": False, "axes.spines.left": False,
    "text.parse_math": False, "axes.linewidth": 0.6, "hatch.linewidth": 0.5, "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
}  # fmt: skip
KINDS = {"PDF": "application/pdf", "SVG": "image/svg+xml", "PNG": "image/png"}
UNDATED = {"SVG": {"Date": None}, "PDF": {"CreationDate": None}, "PNG": {}}
DPI, FINE_DPI = 300, 600
FOOT_KEY = {"SVG": "Description", "PDF": "Subject", "PNG": "Description"}
FOOT_SIZE, FOOT_MM = 5.5, 2.4
"""Type of the words below a figure in points, height of a line in millimetres."""
_one_at_a_time = threading.Lock()
"""The settings of matplotlib are shared by all threads."""


def figure_bytes(draw: Callable[[], "Figure"], kind: str, dpi: int = DPI, title: str = "", foot: str = "") -> bytes:
    """The figure as a file (`kind` of `KINDS`; `dpi` counts for PNG): the same bytes for the same numbers.

    `title` is kept inside the file; so is `foot`, which also stands in small letters below the figure.
    """
    import matplotlib

    with _one_at_a_time, matplotlib.rc_context(LOOK), warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")  # a letter the font has not is drawn as a box
        figure, file = draw(), io.BytesIO()
        box = _with_foot(figure, clean(foot)) if foot else None
        figure.savefig(file, format=kind.lower(), dpi=dpi, metadata=_kept(kind, title, foot), bbox_inches=box)
    return file.getvalue()


def _kept(kind: str, title: str, foot: str) -> dict[str, str | None]:
    """What a file says of itself."""
    said = {"Title": clean(title), FOOT_KEY[kind]: clean(foot)}
    return UNDATED[kind] | {name: text for name, text in said.items() if text}


def _with_foot(figure: "Figure", foot: str) -> "Bbox":
    """Writes `foot` below the figure; the box of both in inches: the width stays as it is."""
    from matplotlib.transforms import Bbox

    width, height = figure.get_size_inches()
    lines = textwrap.wrap(foot, int((width / MM - 3) / (LETTER_MM * FOOT_SIZE / SIZE)))
    figure.text(
        1.5 * MM / width, -1.2 * MM / height, "\n".join(lines), va="top", fontsize=FOOT_SIZE, color="#505050",
        linespacing=1.2, gid="foot",
    )  # fmt: skip
    return Bbox([[0, -(FOOT_MM * len(lines) + 2.5) * MM], [width, height]])


class Sheet:
    """A figure measured in millimetres from its upper left corner."""

    def __init__(self, width: float, height: float) -> None:
        from matplotlib.figure import Figure

        self.width, self.height = width, height
        self.figure: Figure = Figure(figsize=(width * MM, height * MM))

    def axes(self, left: float, top: float, width: float, height: float) -> "Axes":
        """A panel."""
        bottom = self.height - top - height
        place = (left / self.width, bottom / self.height, width / self.width, height / self.height)
        return self.figure.add_axes(place)

    def write(self, text: str, left: float, top: float, **look: object) -> None:
        """Words whose upper left corner is given."""
        place = (left / self.width, 1 - top / self.height)
        self.figure.text(*place, text, **{"va": "top", "ha": "left", **look})


def wrapped(text: str, width_mm: float) -> list[str]:
    """The text in lines that fit `width_mm`."""
    return textwrap.wrap(clean(text), max(int(width_mm / LETTER_MM), 12)) or [""]


def one_line(text: object, width_mm: float, points: float = SIZE, bold: bool = False) -> str:
    """The text in one line that fits `width_mm`; what is left out is marked."""
    first, *more = wrapped(str(text), (width_mm - LETTER_MM) * SIZE / points / (BOLDER if bold else 1.0))
    return f"{first} \u2026" if more else first


def clean(text: object) -> str:
    """One line of words that can be drawn: characters that print nothing are left out."""
    return "".join(letter if letter.isprintable() else " " for letter in str(text))


def minus(text: str) -> str:
    """A number with a minus sign instead of a hyphen."""
    return text.replace("-", "\u2212")


def spoken(value: float, unit: str) -> str:
    """A value as on the screen: '31 %', '<1 %', '94 s', '+0.42'; empty where there is none."""
    if value != value:
        return ""
    if unit == "SD":
        return minus(f"{value:+.2f}")
    return f"<1\u00a0{unit}" if 0 < value <= 0.5 else f"{value:.0f}\u00a0{unit}"


def round_times(length: int) -> list[int]:
    """Four to six round moments, in milliseconds."""
    steps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200]
    step = next((1000 * one for one in steps if length / (1000 * one) <= 6), 14_400_000)
    return list(range(0, length + 1, step))


def clock(ms: int) -> str:
    """'2:05'; '1:02:05' from an hour on."""
    hours, rest = divmod(ms // 1000, 3600)
    clock = f"{rest // 60:02d}:{rest % 60:02d}" if hours else f"{rest // 60}:{rest % 60:02d}"
    return f"{hours}:{clock}" if hours else clock
