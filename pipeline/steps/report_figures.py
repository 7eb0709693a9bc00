"""Which figure a view of a report has: the masked frame, handed to the figures for papers."""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from pipeline.catalogue.episodes import EPISODES
from pipeline.figures.durations import draw_shares
from pipeline.figures.forest import WORDS, Forest, draw_forest
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
NOT_CODED, NO_NUMBER = "not coded for them", "no number"
TO = " \u2192 "
"""Between the episodes of a change."""


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
    said, options = shown.assign(level=level, **blank), template.options
    return partial(_of_shown, said, options["unit"], options["axis"], width_mm=DOUBLE_MM)


def _of_shown(frame: pd.DataFrame, unit: str, axis: str, width_mm: float) -> "Figure":
    """Shares; where a code is missing nobody can tell one that was not coded from one that is not shown."""
    figure = draw_shares(frame, unit, axis, width_mm)
    for text in (text for axes in figure.axes for text in axes.texts if text.get_text().strip() == NOT_CODED):
        text.set_text(f"  {NO_NUMBER}")
    return figure


def _kappas(template: Template, frame: pd.DataFrame) -> Draw:
    blank = {name: np.nan for name in ("kappa_max", "agreement", "ac1") if name not in frame}
    return partial(draw_kappas, frame.assign(who=whose(frame), reason=NOT_SHOWN, **blank), width_mm=DOUBLE_MM)


def whose(frame: pd.DataFrame) -> list[str]:
    """Of whom a kappa is, with the role of the caregiver: 'Infant, with mother'."""
    roles = frame["role"] if "role" in frame else pd.Series("", index=frame.index)
    return [f"{who}, with {role.lower()}" if role else str(who) for who, role in zip(frame["who"], roles, strict=True)]


def _effect(template: Template, frame: pd.DataFrame) -> Draw | None:
    shown = frame[frame["mean"].notna()]
    order = in_session_order(shown["episode"])
    return partial(draw_effect, shown, order, template.options["axis"], width_mm=DOUBLE_MM) if order else None


def _changes(template: Template, frame: pd.DataFrame) -> Draw | None:
    shown = frame[frame["mean"].notna()]
    ends = zip(shown["mean"], shown["low"], shown["high"], strict=True)
    said = [_said(*one) for one in ends]
    found = shown.assign(step=shown["first"] + TO + shown["second"], said=said)
    ranked = steps_of(found)
    return partial(draw_changes, found, ranked, template.options["axis"], width_mm=DOUBLE_MM) if ranked else None


def steps_of(frame: pd.DataFrame) -> list[str]:
    """Changes between two episodes (column `step`) in the order of a session."""
    order = in_session_order(pd.concat([frame["first"], frame["second"]]))
    return sorted(dict.fromkeys(frame["step"]), key=lambda step: [order.index(one) for one in step.split(TO)])


def _said(mean: float, low: float, high: float) -> str:
    """'+3.4 (0.1 to 6.8)'."""
    first = decimal(mean, 1) if mean < 0 else f"+{decimal(mean, 1)}"
    return first if low != low else f"{first} ({decimal(low, 1)} to {decimal(high, 1)})"


def in_session_order(found: pd.Series) -> list[str]:
    """Titles of episodes in the order of a session."""
    here = dict.fromkeys(found)
    return [title for title in EPISODES.values() if title in here] + sorted(set(here) - set(EPISODES.values()))


def _groups(template: Template, frame: pd.DataFrame) -> Draw:
    rows = frame.assign(block="", mean=frame["value"], other=frame.get("chance", np.nan))
    known = "chance" in frame and frame["chance"].notna().any()
    reference = str(template.options.get("chance", "by chance")) if known else ""
    return partial(draw_intervals, rows, str(template.options.get("axis", "")), reference, width_mm=DOUBLE_MM)


def _means(template: Template, frame: pd.DataFrame) -> Draw:
    """One block per feature; its values stand in one unit."""
    label = [" ".join(part for part in (str(one.group), str(one.kind)) if part) for one in frame.itertuples()]
    rows = frame.assign(block=frame["title"], label=label, other=np.nan)
    return partial(draw_intervals, rows, "Mean, 95 % interval", width_mm=DOUBLE_MM)


def _numbers(template: Template, frame: pd.DataFrame) -> Draw:
    label = [f"smile {number:g}" for number in frame["smile_number"].astype(float)]
    rows = frame.assign(block=frame["title"], label=label, mean=frame["r"], other=np.nan)
    return partial(draw_intervals, rows, "Correlation r, 95 % interval", width_mm=DOUBLE_MM)


def _terms(template: Template, frame: pd.DataFrame) -> Draw | None:
    """What a stored fit says of each behaviour, a panel per person."""
    options, keys = template.options, {words: key for key, words in WORDS.items()}
    shown = frame[frame["mean"].notna()]
    if shown.empty:
        return None
    heads = {who: f"{who}{options['heads'].get(who, '')}" for who in dict.fromkeys(shown["person"])}
    rows = shown.assign(
        person=shown["person"].map(heads), evidence=shown["evidence"].map(keys), rows=np.nan, units=np.nan,
        code=[f"{code} (n {n:.0f})" for code, n in zip(shown["term"], shown["families"], strict=True)],
    )  # fmt: skip
    seconds = {heads[who]: size for who, size in options["seconds"].items() if who in heads}
    forest = Forest((("", rows),), "", str(options["outcome"]), ("n: families that show it (about).",), "", seconds)
    return partial(draw_forest, forest, width_mm=DOUBLE_MM)


FIGURES: dict[str, Callable[[Template, pd.DataFrame], Draw | None]] = {
    "draw_shares": _shares, "draw_kappas": _kappas, "draw_effect": _effect, "draw_changes": _changes,
    "draw_groups": _groups, "draw_means": _means, "draw_numbers": _numbers,
    "draw_terms": _terms,
}  # fmt: skip
