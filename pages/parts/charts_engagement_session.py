"""Figure of the view of one session: how right every session is, sorted."""

from html import escape

import pandas as pd
import plotly.graph_objects as go

from pages.parts.charts import PALETTE, base

MOST_NAMED = 40
"""With more sessions than this their names no longer fit beside the dots."""
ROW = 22


def draw_scores(frame: pd.DataFrame, column: str, axis: str, here: str, chance: float | None = None) -> go.Figure:
    """One dot per session, sorted; the one in view is ringed. Columns: observation_id, compared_s, `column`."""
    named = len(frame) <= MOST_NAMED
    ordered = frame.dropna(subset=[column]).sort_values([column, "observation_id"], ignore_index=True)
    figure = base(go.Figure(), 130 + (ROW if named else 8) * max(len(ordered), 4))
    mine = ordered["observation_id"] == here
    hover = [
        f"{escape(row.observation_id)}: {getattr(row, column):.2f} of {row.compared_s:.0f} s that both coded"
        for row in ordered.itertuples()
    ]
    figure.add_trace(
        go.Scatter(
            x=ordered[column], y=ordered.index, mode="markers", customdata=ordered["observation_id"], hovertext=hover,
            hoverinfo="text", showlegend=False,
            marker={
                "opacity": 1,
                "size": [15 if one else 10 for one in mine],
                "color": [PALETTE[5] if one else PALETTE[0] for one in mine],
                "symbol": ["diamond" if one else "circle" for one in mine],
            },
        )
    )  # fmt: skip
    middle = ordered[column].median()
    figure.add_vline(x=middle, line={"color": "#808080", "dash": "dot"})
    low = min(0.0, float(ordered[column].min()) - 0.05)
    figure.update_xaxes(title={"text": axis}, range=[low, 1.02], nticks=6)
    if named:
        figure.update_yaxes(tickvals=list(ordered.index), ticktext=[escape(one) for one in ordered["observation_id"]])
    else:
        figure.update_yaxes(showticklabels=False, title={"text": "Sessions, least right at the bottom"})
    figure.update_yaxes(showgrid=False)
    figure.update_layout(dragmode=False, margin={"t": 10})
    return figure
