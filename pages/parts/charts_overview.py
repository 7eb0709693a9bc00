"""Figures of the overview: score distributions, who has what, correlations, complete against missing."""

from textwrap import wrap

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import FONT_SIZE, MUTED, PALETTE, base
from pages.parts.words import counted

ROLE_COLOURS = {"mother": PALETTE[0], "father": PALETTE[1]}
STAGE_COLOURS = {"All": "#7F7F7F", "Coded": PALETTE[0], "Questionnaire": PALETTE[1], "Complete": PALETTE[2]}
STAGE_WORDS = {"Coded": "{} coded", "Questionnaire": "{} answered"}
LABEL_WIDTH = 20
"""Longest line of a bar's label (characters): longer ones are wrapped, so that nothing is cut on a narrow screen."""
DIVERGING = [[0.0, "#B2182B"], [0.25, "#EF8A62"], [0.5, "#F7F7F7"], [0.75, "#67A9CF"], [1.0, "#2166AC"]]
"""Red to blue through near-white, told apart by the colour-blind; dark text on the middle, light on the ends."""


def draw_scores(bins: pd.DataFrame, mean: float, low: float, high: float, top: int, names: dict[str, str]) -> go.Figure:
    """Stacked bars of caregivers per score on the instrument's full range; `top` fixes the height of the axis."""
    figure = go.Figure()
    for place, (role, label) in enumerate(names.items()):
        rows = bins[bins["role"] == role]
        figure.add_bar(
            x=(rows["low"] + rows["high"]) / 2,
            y=rows["n"],
            width=rows["high"] - rows["low"] + 0.9,
            name=label,
            marker_color=role_colour(role, place),
            customdata=_bin_words(rows),
            hovertemplate=f"{label}: %{{y}} with a score of %{{customdata}}<extra></extra>",
        )
    if not np.isnan(mean):
        figure.add_vline(x=mean, line={"width": 2, "dash": "dash", "color": "#7F7F7F"})
        words = {"text": f"mean {mean:.2f}", "showarrow": False, "xanchor": "left", "xshift": 6, "yanchor": "top"}
        figure.add_annotation(x=mean, y=1, yref="paper", font={"size": FONT_SIZE}, **words)
    base(figure, 300)
    above = {"yanchor": "bottom", "y": 1.04, "x": 0}
    figure.update_layout(barmode="stack", bargap=0.05, showlegend=len(names) > 1, legend=above)
    figure.update_xaxes(range=[low - 1, high + 1], title="Score", showgrid=False)
    figure.update_yaxes(range=[0, top * 1.15 + 1], title="Caregivers")
    return figure


def draw_flow(rows: pd.DataFrame) -> go.Figure:
    """One bar per row: observations that have it, with dyads and families written beside it."""
    whole = rows["observations"].max() if rows["observations"].notna().any() else 1
    words = [STAGE_WORDS.get(row.stage, "{}").format(row.what) for row in rows.itertuples()]
    words = ["<br>".join(wrap(text, LABEL_WIDTH)) for text in words]
    figure = go.Figure()
    figure.add_bar(
        y=words,
        x=rows["observations"],
        orientation="h",
        marker_color=[STAGE_COLOURS.get(stage, PALETTE[0]) for stage in rows["stage"]],
        text=[_sizes(row) for row in rows.itertuples()],
        textposition="outside",
        cliponaxis=False,
        textfont={"size": FONT_SIZE},
        hovertemplate="%{y}: %{text}<extra></extra>",
    )
    base(figure, 60 + 62 * len(rows))
    figure.update_xaxes(visible=False, range=[0, whole * 2.8])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def draw_correlations(pairs: pd.DataFrame) -> go.Figure:
    """Lower triangle of coloured cells; r and, below it, the number of caregivers in each."""
    names = list(dict.fromkeys([*pairs["x"], *pairs["y"]]))
    rows, columns = names[1:], names[:-1]
    shape = (len(rows), len(columns))
    values, words = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    for pair in pairs.itertuples():
        place = rows.index(pair.y), columns.index(pair.x)
        values[place] = pair.r
        words[place] = f"<b>{_r(pair.r)}</b><br>n {int(pair.n)}" if pair.n == pair.n else "[c]"
    figure = go.Figure(
        go.Heatmap(
            z=values,
            x=columns,
            y=rows,
            text=words,
            texttemplate="%{text}",
            textfont={"size": FONT_SIZE},
            zmin=-1,
            zmax=1,
            colorscale=DIVERGING,
            xgap=3,
            ygap=3,
            hoverongaps=False,
            hovertemplate="%{y} with %{x}<br>%{text}<extra></extra>",
            showscale=False,
        )
    )
    base(figure, max(320, 130 + 64 * len(rows)))
    figure.update_xaxes(showgrid=False, tickangle=-40 if len(columns) > 3 else 0)
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def draw_differences(rows: pd.DataFrame) -> go.Figure:
    """A dot per characteristic: how far apart the groups are in SDs; the grey bar is what chance alone would give."""
    rows = rows[rows["difference"].notna()]
    names = pd.Series(["<br>".join(wrap(name, LABEL_WIDTH)) for name in rows["characteristic"]], rows.index)
    size = rows["difference"].abs()
    beyond = size > rows["chance_limit"]
    figure = go.Figure()
    figure.add_bar(
        y=names,
        x=rows["chance_limit"],
        orientation="h",
        marker_color=MUTED,
        name="what chance alone would give in 19 of 20 samples",
        hovertemplate="%{y}: up to %{x:.2f} SD by chance<extra></extra>",
    )
    for mask, name, colour in ((~beyond, "within chance", PALETTE[0]), (beyond, "more than chance", PALETTE[5])):
        figure.add_scatter(
            y=names[mask],
            x=size[mask],
            mode="markers",
            marker={"size": 15, "color": colour, "symbol": "diamond" if name.startswith("more") else "circle"},
            name=name,
            hovertemplate="%{y}: %{x:.2f} SD apart<extra></extra>",
        )
    base(figure, 150 + 46 * len(rows))
    figure.update_layout(bargap=0.45)
    figure.update_xaxes(title="Difference (standard deviations)", range=[-0.03, None])
    figure.update_yaxes(autorange="reversed", showgrid=False)
    return figure


def role_colour(role: str, place: int) -> str:
    """The colour of a caregiver role, the same on every figure of the page."""
    return ROLE_COLOURS.get(role, PALETTE[(place + 2) % len(PALETTE)])


def _sizes(row: tuple) -> str:
    if pd.isna([row.observations, row.dyads, row.families]).any():
        return " [c]"
    number, noun = counted(int(row.observations), "observation").split(" ")
    people = f"{counted(int(row.dyads), 'dyad')}, {counted(int(row.families), 'family', 'families')}"
    return f" <b>{number}</b> {noun}<br> {people}"


def _bin_words(rows: pd.DataFrame) -> list[str]:
    ends = zip(rows["low"], rows["high"], strict=True)
    return [f"{low:g}" if low == high else f"{low:g} to {high:g}" for low, high in ends]


def _r(r: float) -> str:
    return "-" if np.isnan(r) else f"{r:+.2f}".replace("-", "\u2212")
