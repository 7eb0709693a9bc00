"""A figure made larger as a whole, so that it can be read from the back of a room."""

import re
from collections.abc import Mapping, Sequence
from numbers import Real

import numpy as np
import plotly.graph_objects as go

PIXELS = frozenset(
    {
        "size", "height", "xshift", "yshift", "standoff", "thickness", "ticklen", "xgap", "ygap", "zerolinewidth",
        "gridwidth", "linewidth", "tickwidth", "borderwidth", "borderpad", "entrywidth",
    }
)  # fmt: skip
"""What is said in pixels wherever it stands."""
WIDTH_IN = frozenset({"line", "error_x", "error_y"})
"""Where 'width' is in pixels; elsewhere (bars, boxes) it is in the units of an axis."""
WHOLE = frozenset({"margin", "pad"})
"""All of whose numbers are pixels."""
OTHERS = frozenset({"xbins", "ybins"})
"""Where 'size' is in the units of an axis."""
IN_TEXT = re.compile(r"(font-size:\s*)(\d+(?:\.\d+)?)(px)")


def larger(figure: go.Figure, by: float = 1.25) -> go.Figure:
    """A copy with every letter, height, margin, mark, line and shift `by` times as large; the width is the room's.

    Places in the units of axes, in parts of the figure and numbers of the data stay as they are.
    """
    whole = {"data": [trace.to_plotly_json() for trace in figure.data], "layout": figure.layout.to_plotly_json()}
    return go.Figure(_scaled(whole, by))


def _scaled(part: Mapping[str, object], by: float, inside: str = "") -> dict[str, object]:
    """A part of a figure; `inside`: the name of the part."""
    return {name: _value(name, value, by, inside) for name, value in part.items()}


def _value(name: str, value: object, by: float, inside: str) -> object:
    if isinstance(value, Mapping):
        return _scaled(value, by, name)
    if name == "text":
        return _text(value, by)
    if isinstance(value, Sequence | np.ndarray) and not isinstance(value, str):
        if len(value) and isinstance(value[0], Mapping):
            return [_scaled(one, by, name) for one in value]
        return [_times(one, by) for one in value] if _in_pixels(name, inside) else value
    return _times(value, by) if _in_pixels(name, inside) else value


def _in_pixels(name: str, inside: str) -> bool:
    if inside in WHOLE:
        return True
    return (name in PIXELS and inside not in OTHERS) or (name == "width" and inside in WIDTH_IN)


def _times(value: object, by: float) -> object:
    return value * by if isinstance(value, Real) and not isinstance(value, bool) else value


def _text(value: object, by: float) -> object:
    """Words with the sizes that are written into them."""
    if not isinstance(value, str):
        return value
    return IN_TEXT.sub(lambda found: f"{found[1]}{float(found[2]) * by:g}{found[3]}", value)
