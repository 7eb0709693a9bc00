"""Figures of networks on windows of smiles: against guessing, the grid, answers against scores, and shuffled scores."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base
from pages.parts.charts_durations import lines

ROW, TOP, FOOT = 96, 74, 84
AXIS_WIDTH = 40
"""Pixels: a row of the comparison, and what stands above and below the rows."""
NAME_AT, MARKS_AT = 14, (42, 70)
DASHES = ("solid", "dash", "dot", "dashdot")
SYMBOLS = ("circle", "diamond", "square", "triangle-up", "x")
ZERO = {"color": "#808080", "dash": "dot", "width": 2}


def draw_against(frame: pd.DataFrame, axis: str) -> go.Figure:
    """One row per guess, a mark per way of choosing: how much further off the network is, with its interval.

    Columns: label, way, difference, low, high, text; each label has one row per way, in the same order.
    """
    labels, ways = list(dict.fromkeys(frame["label"])), list(dict.fromkeys(frame["way"]))
    height = ROW * len(labels)
    figure = base(go.Figure(), height + TOP + FOOT)
    for number, way in enumerate(ways):
        mine = frame[frame["way"] == way]
        at = [labels.index(label) * ROW + MARKS_AT[number] for label in mine["label"]]
        figure.add_trace(_marks(mine, at, way, number))
    figure.add_shape(type="line", x0=0, x1=0, y0=0, y1=height, line=ZERO)
    ends = pd.concat([frame["low"], frame["high"], pd.Series([0.0])]).dropna()
    room = 0.06 * max(ends.max() - ends.min(), 1e-9)
    figure.update_xaxes(
        title={"text": lines(axis, AXIS_WIDTH), "standoff": 12}, range=[ends.min() - room, ends.max() + room]
    )
    figure.update_xaxes(nticks=7, tickangle=0, tickformat=".3~g")
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    figure.update_layout(annotations=_names(labels) + _sides(), dragmode=False, showlegend=True)
    legend = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top"}
    figure.update_layout(margin={"l": 4, "r": 4, "t": TOP, "b": FOOT}, legend=legend)
    return figure


def _marks(frame: pd.DataFrame, at: list[int], way: str, number: int) -> go.Scatter:
    above, below = frame["high"] - frame["difference"], frame["difference"] - frame["low"]
    colour = PALETTE[number]
    return go.Scatter(
        x=frame["difference"], y=at, mode="markers", name=escape(way),
        marker={"color": colour, "size": 13, "symbol": SYMBOLS[number]},
        error_x={"type": "data", "array": above, "arrayminus": below, "color": colour, "thickness": 3, "width": 6},
        hovertext=frame["text"].map(escape), hoverinfo="text",
    )  # fmt: skip


def _names(labels: list[str]) -> list[dict[str, object]]:
    place = {"xref": "paper", "x": 0, "xanchor": "left", "yanchor": "middle", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    return [place | {"text": f"<b>{escape(label)}</b>", "y": row * ROW + NAME_AT} for row, label in enumerate(labels)]


def _sides() -> list[dict[str, object]]:
    """What left and right of zero mean, in the corners, where they are never cut."""
    place = {"xref": "paper", "y": 1, "yref": "paper", "yanchor": "bottom", "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    return [
        place | {"text": "\u2190 network closer", "x": 0, "xanchor": "left"},
        place | {"text": "guess closer \u2192", "x": 1, "xanchor": "right"},
    ]


def draw_grid(frame: pd.DataFrame, axis: str) -> go.Figure:
    """Error by window size: a line per number of epochs, and guessing the mean on the same windows.

    Columns: size, epochs, rmse, mean_rmse.
    """
    figure = base(go.Figure(), 420)
    for number, (epochs, mine) in enumerate(frame.groupby("epochs", sort=True)):
        figure.add_trace(
            go.Scatter(
                x=mine["size"], y=mine["rmse"], mode="lines+markers", name=f"{epochs} epochs",
                line={"color": PALETTE[(0, 1, 2, 3, 4)[number % 5]], "width": 3, "dash": DASHES[number % 4]},
                marker={"size": 10, "symbol": SYMBOLS[number % 5]},
                hovertemplate=f"%{{x}} smiles, {epochs} epochs: %{{y:.2f}}<extra></extra>",
            )
        )  # fmt: skip
    guess = frame.drop_duplicates("size").sort_values("size")
    figure.add_trace(
        go.Scatter(
            x=guess["size"], y=guess["mean_rmse"], mode="lines+markers", name="guessing the mean",
            line={"color": "#808080", "width": 4}, marker={"size": 10, "symbol": "line-ew-open"},
            hovertemplate="%{x} smiles, guessing the mean: %{y:.2f}<extra></extra>",
        )
    )  # fmt: skip
    figure.update_xaxes(title={"text": "Smiles in a window"}, dtick=1)
    figure.update_yaxes(title={"text": escape(axis)})
    figure.update_layout(dragmode=False, legend={"y": -0.24})
    return figure


def draw_calibration(frame: pd.DataFrame, score: str) -> go.Figure:
    """What was answered against what was scored, in groups of recordings, beside the line of perfect answers.

    Columns: predicted, observed, low, high, text.
    """
    figure = base(go.Figure(), 440)
    ends = pd.concat([frame[name] for name in ("predicted", "observed", "low", "high")])
    line = [max(0.0, float(ends.min())), float(ends.max())]
    figure.add_trace(go.Scatter(x=line, y=line, mode="lines", name="perfect answers", line=ZERO, hoverinfo="skip"))
    figure.add_trace(
        go.Scatter(
            x=frame["predicted"], y=frame["observed"], mode="markers", name="groups of recordings, 95 % interval",
            marker={"color": PALETTE[0], "size": 13}, hovertext=frame["text"].map(escape), hoverinfo="text",
            error_y={
                "type": "data", "array": frame["high"] - frame["observed"],
                "arrayminus": frame["observed"] - frame["low"], "color": PALETTE[0], "thickness": 3, "width": 6,
            },
        )
    )  # fmt: skip
    figure.update_xaxes(title={"text": f"{escape(score)} as answered (points)"})
    figure.update_yaxes(title={"text": f"{escape(score)} in fact (points)"})
    figure.update_layout(dragmode=False, legend={"y": -0.24})
    return figure


def draw_shuffled(shuffled: list[float], observed: float) -> go.Figure:
    """Error saved (%) by searches on shuffled scores, a mark each, and by the search on the real ones."""
    figure = base(go.Figure(), 280)
    values = [100 * one for one in shuffled]
    figure.add_trace(
        go.Scatter(
            x=values, y=[0] * len(values), mode="markers", name="scores shuffled between mothers",
            marker={"color": MUTED, "size": 16, "symbol": "line-ns-open", "line": {"width": 3, "color": "#808080"}},
            hovertemplate="%{x:.0f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.add_trace(
        go.Scatter(
            x=[100 * observed], y=[0], mode="markers", name="real scores",
            marker={"color": PALETTE[5], "size": 18, "symbol": "diamond"}, hovertemplate="%{x:.0f} %<extra></extra>",
        )
    )  # fmt: skip
    figure.add_vline(x=0, line=ZERO)
    figure.update_xaxes(
        title={"text": lines("Squared error saved against guessing the mean (%)", AXIS_WIDTH)}, ticksuffix="\u00a0%"
    )
    figure.update_yaxes(showticklabels=False, showgrid=False, range=[-1, 1])
    figure.update_layout(dragmode=False, legend={"y": -0.75})
    return figure
