"""Figures of trained models of engagement phases: scores per fold, what is taken for what, and how sure it was."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, INK, MUTED, PALETTE, base
from pages.parts.charts_durations import SPACE, lines

ROW, NAME_AT, MARK_AT, REACH = 64, 14, 42, 15
"""Pixels: a row, its words and its marks, so that no label is ever cut; how far a baseline reaches up and down."""
TOP, FOOT = 128, 62
"""Above the rows: five lines of a legend, as many as there are on a narrow screen."""
QUIET = "#808080"
DASHES = ("dot", "dash", "dashdot")
SAME, OTHER = "0,114,178", "230,120,0"
CELL = 62
AXIS_WIDTH = 44


def draw_folds(frame: pd.DataFrame, lines_at: dict[str, float], axis: str) -> go.Figure:
    """One row per model: each fold a dot, all folds a diamond with its 95 % interval, and an upright line per baseline.

    Columns: label, fold (missing: all folds), value, low, high, sd; percent. `lines_at`: baseline -> percent.
    """
    labels = list(dict.fromkeys(frame["label"]))
    height = ROW * len(labels)
    figure = base(go.Figure(), height + TOP + FOOT)
    single, whole = frame[frame["fold"].notna()], frame[frame["fold"].isna()]
    figure.add_trace(_dots(single, labels))
    figure.add_trace(_means(whole, labels))
    for (name, value), dash in zip(lines_at.items(), DASHES, strict=False):
        figure.add_trace(_upright(name, value, len(labels), dash))
    figure.update_xaxes(range=[0, 100], tickvals=[0, 20, 40, 60, 80, 100], tickangle=0)
    figure.update_xaxes(title={"text": lines(axis, AXIS_WIDTH), "standoff": 8})
    figure.update_yaxes(range=[height, 0], showticklabels=False, showgrid=False, automargin=False)
    notes = [note for row in whole.itertuples() for note in _row(row, labels.index(row.label) * ROW + NAME_AT)]
    legend = {"x": 0, "xref": "container", "y": 1, "yref": "container", "yanchor": "top", "maxheight": TOP}
    figure.update_layout(annotations=notes, dragmode=False, showlegend=True, legend=legend)
    figure.update_layout(margin={"l": 4, "r": 12, "t": TOP, "b": FOOT})
    return figure


def _row(row: tuple, at: float) -> list[dict[str, object]]:
    """The model's name on the left, its figures on the right."""
    place = {"xref": "paper", "yanchor": "middle", "y": at, "showarrow": False}
    place |= {"font": {"size": FONT_SIZE, "color": INK}}
    spread = f", SD{SPACE}{row.sd:.0f}" if pd.notna(row.sd) else ""
    said = "" if pd.isna(row.value) else f"<b>{row.value:.0f}</b>{spread}"
    return [
        place | {"text": f"<b>{escape(row.label)}</b>", "x": 0, "xanchor": "left"},
        place | {"text": said, "x": 1, "xanchor": "right"},
    ]


def _dots(frame: pd.DataFrame, labels: list[str]) -> go.Scatter:
    at = [labels.index(label) * ROW + MARK_AT for label in frame["label"]]
    said = [f"{escape(row.label)}<br>fold {row.fold + 1}: {row.value:.0f}" for row in frame.itertuples()]
    return go.Scatter(
        x=frame["value"], y=at, mode="markers", name="one fold",
        marker={"color": PALETTE[4], "size": 10, "opacity": 0.75, "line": {"width": 1, "color": QUIET}},
        hovertext=said, hoverinfo="text",
    )  # fmt: skip


def _means(frame: pd.DataFrame, labels: list[str]) -> go.Scatter:
    at = [labels.index(label) * ROW + MARK_AT for label in frame["label"]]
    ends = {
        "array": (frame["high"] - frame["value"]).fillna(0),
        "arrayminus": (frame["value"] - frame["low"]).fillna(0),
    }
    colour = PALETTE[0]
    return go.Scatter(
        x=frame["value"], y=at, mode="markers", name="all folds, 95 % interval over families",
        marker={"color": colour, "size": 13, "symbol": "diamond"},
        error_x={"type": "data", **ends, "color": colour, "thickness": 3, "width": 6},
        hovertext=[f"{escape(row.label)}: {row.value:.0f}" for row in frame.itertuples()], hoverinfo="text",
    )  # fmt: skip


def _upright(name: str, value: float, rows: int, dash: str) -> go.Scatter:
    """A baseline: a piece of an upright line beside the marks of each row, so that it runs through no words."""
    y = [end for row in range(rows) for end in (row * ROW + MARK_AT - REACH, row * ROW + MARK_AT + REACH, None)]
    return go.Scatter(
        x=[value, value, None] * rows, y=y, mode="lines", name=f"to beat: {escape(name)}, {value:.0f}",
        line={"color": QUIET, "width": 3, "dash": dash}, hoverinfo="skip", connectgaps=False,
    )  # fmt: skip


def draw_confusion(frame: pd.DataFrame) -> go.Figure:
    """What each coded phase was taken for: rows coded, columns predicted, percent of the row in the cells.
    Columns are named by the label alone, because there is little room.

    Columns: truth, predicted (words, in order), share (%), frames. Blue: right; orange: taken for another phase.
    """
    names = list(dict.fromkeys(frame["truth"]))
    share = frame.pivot(index="truth", columns="predicted", values="share").reindex(index=names, columns=names)
    frames = frame.pivot(index="truth", columns="predicted", values="frames").reindex(index=names, columns=names)
    figure = base(go.Figure(), CELL * len(names) + 72)
    right = pd.DataFrame(
        [[one == other for other in names] for one in names], index=names, columns=names, dtype=bool
    )  # fmt: skip
    for colour, part in ((SAME, share.where(right)), (OTHER, share.where(~right))):
        figure.add_trace(_cells(part, frames, [[0, f"rgba({colour},0.03)"], [1, f"rgba({colour},0.65)"]]))
    place = {"tickvals": list(range(len(names))), "showgrid": False, "ticks": ""}
    figure.update_xaxes(**place, ticktext=[escape(name.split(" (")[0]) for name in names], side="top", tickangle=0)
    figure.update_yaxes(**place, ticktext=[lines(name, 20) for name in names], autorange="reversed")
    figure.update_xaxes(title={"text": "predicted", "standoff": 4})
    figure.update_layout(margin={"t": 8, "b": 8}, dragmode=False)
    return figure


def _cells(part: pd.DataFrame, frames: pd.DataFrame, scale: list) -> go.Heatmap:
    text = [["" if pd.isna(value) else f"{value:.0f}{SPACE}%" for value in row] for row in part.to_numpy()]
    hover = [
        [f"coded {escape(one)}<br>predicted {escape(other)}<br>{frames.at[one, other]:,.0f} frames" for other in part]
        for one in part.index
    ]
    return go.Heatmap(
        z=part.to_numpy(), zmin=0, zmax=100, colorscale=scale, showscale=False, xgap=2, ygap=2, text=text,
        texttemplate="%{text}", textfont={"size": FONT_SIZE, "color": INK}, hovertext=hover, hoverinfo="text",
        hoverongaps=False,
    )  # fmt: skip


def draw_sure(frame: pd.DataFrame) -> go.Figure:
    """How often the model was right when it was so sure, beside the line of a model that knows itself.

    Columns: confidence, right (%), frames, group. The larger a mark, the more frames.
    """
    figure = base(go.Figure(), 400)
    figure.add_trace(
        go.Scatter(x=[0, 100], y=[0, 100], mode="lines", name="as sure as right", hoverinfo="skip",
                   line={"color": QUIET, "dash": "dot", "width": 2})
    )  # fmt: skip
    most = frame["frames"].max() or 1
    said = [f"{row.group} sure: right in {row.right:.0f} % of {row.frames:,.0f} frames" for row in frame.itertuples()]
    figure.add_trace(
        go.Scatter(
            x=frame["confidence"], y=frame["right"], mode="lines+markers", name="groups of frames, larger: more frames",
            line={"color": MUTED, "width": 2}, marker={"color": PALETTE[0], "size": 9 + 17 * (frame["frames"] / most)},
            hovertext=said, hoverinfo="text",
        )
    )  # fmt: skip
    figure.update_xaxes(title={"text": "How sure it was (%)"}, range=[0, 102], tickangle=0)
    figure.update_yaxes(title={"text": "Right (%)"}, range=[0, 102])
    figure.update_layout(dragmode=False, legend={"y": -0.24})
    return figure
