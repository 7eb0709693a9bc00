"""Which figure a view of a report has: the masked frame, handed to the figures for papers."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.catalogue.episodes import EPISODES
from pipeline.figures.durations import draw_shares
from pipeline.figures.intervals import draw_intervals
from pipeline.figures.kappa import draw_kappas
from pipeline.figures.paper import DOUBLE_MM, figure_bytes
from pipeline.figures.still_face import draw_changes, draw_effect
from pipeline.plain_words import decimal
from pipeline.steps.release_views import Template

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Draw = Callable[[], "Figure"]
SLIDE_DPI, PRINT_DPI = 200, 300
NOT_SHOWN = "not shown: it rests on few families"


def svg(draw: Draw) -> bytes:
    """The figure as SVG with its letters as outlines: the same on every computer, without a font."""
    return figure_bytes(draw, "SVG")


def png(draw: Draw, dpi: int = SLIDE_DPI) -> bytes:
    """The figure as PNG for a slide."""
    return figure_bytes(draw, "PNG", dpi)


def figure_of(template: Template, frame: pd.DataFrame) -> Draw | None:
    """How the masked frame of a view is drawn, at the width of two columns; None for a table alone."""
    make = FIGURES.get(template.chart)
    return make(template, frame) if make and len(frame) else None


def _shares(template: Template, frame: pd.DataFrame) -> Draw | None:
    """Means of codes that are shown; what the figure of the page knows beside them is missing here."""
    shown = frame[frame["mean"].notna()]
    if shown.empty:
        return None
    level = pd.Categorical(shown["level"].astype("str"), categories=list(dict.fromkeys(shown["level"].astype("str"))))
    blank = dict.fromkeys(("dyads", "observations_with", "coded_observations"), np.nan)
    options = template.options
    return partial(draw_shares, shown.assign(level=level, **blank), options["unit"], options["axis"], DOUBLE_MM)


def _kappas(template: Template, frame: pd.DataFrame) -> Draw:
    blank = {name: np.nan for name in ("kappa_max", "agreement", "ac1") if name not in frame}
    return partial(draw_kappas, frame.assign(reason=NOT_SHOWN, **blank), DOUBLE_MM)


def _effect(template: Template, frame: pd.DataFrame) -> Draw | None:
    shown = frame[frame["mean"].notna()]
    order = _episodes(shown["episode"])
    return partial(draw_effect, shown, order, template.options["axis"], DOUBLE_MM) if order else None


def _changes(template: Template, frame: pd.DataFrame) -> Draw | None:
    shown = frame[frame["mean"].notna()]
    order = _episodes(pd.concat([shown["first"], shown["second"]]))
    steps = shown["first"] + " \u2192 " + shown["second"]
    ranked = sorted(dict.fromkeys(steps), key=lambda step: [order.index(one) for one in step.split(" \u2192 ")])
    ends = zip(shown["mean"], shown["low"], shown["high"], strict=True)
    said = [_said(*one) for one in ends]
    found = shown.assign(step=steps, said=said)
    return partial(draw_changes, found, ranked, template.options["axis"], DOUBLE_MM) if ranked else None


def _said(mean: float, low: float, high: float) -> str:
    """'+3.4 (0.1 to 6.8)'."""
    first = decimal(mean, 1) if mean < 0 else f"+{decimal(mean, 1)}"
    return first if low != low else f"{first} ({decimal(low, 1)} to {decimal(high, 1)})"


def _episodes(found: pd.Series) -> list[str]:
    """Episodes in the order of a session."""
    here = dict.fromkeys(found)
    return [title for title in EPISODES.values() if title in here] + sorted(set(here) - set(EPISODES.values()))


def _groups(template: Template, frame: pd.DataFrame) -> Draw:
    rows = frame.assign(block="", mean=frame["value"], other=frame.get("chance", np.nan))
    reference = "by chance" if "chance" in frame else ""
    return partial(draw_intervals, rows, str(template.options.get("axis", "")), reference)


def _means(template: Template, frame: pd.DataFrame) -> Draw:
    """One block per feature; its values stand in one unit."""
    label = [" ".join(part for part in (str(one.group), str(one.kind)) if part) for one in frame.itertuples()]
    rows = frame.assign(block=frame["title"], label=label, other=np.nan)
    return partial(draw_intervals, rows, "Mean, 95 % interval")


def _numbers(template: Template, frame: pd.DataFrame) -> Draw:
    label = [f"smile {number:g}" for number in frame["smile_number"].astype(float)]
    rows = frame.assign(block=frame["title"], label=label, mean=frame["r"], other=np.nan)
    return partial(draw_intervals, rows, "Correlation r, 95 % interval")


FIGURES: dict[str, Callable[[Template, pd.DataFrame], Draw | None]] = {
    "draw_shares": _shares, "draw_kappas": _kappas, "draw_effect": _effect, "draw_changes": _changes,
    "draw_groups": _groups, "draw_means": _means, "draw_numbers": _numbers,
}  # fmt: skip
