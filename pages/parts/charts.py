"""The look every figure shares: fonts, margins, palette. Figures of a page stand in `charts_<page>.py`."""

import plotly.graph_objects as go

FONT_SIZE = 15
PALETTE = ("#0072B2", "#E69F00", "#009E73", "#CC79A7", "#56B4E9", "#D55E00", "#B8A000", "#7F7F7F")
"""Okabe-Ito, readable on light and dark, told apart by the colour-blind."""
INFANT, CAREGIVER = PALETTE[0], PALETTE[1]
UNOBSERVABLE = "#BDBDBD"
"""Fill of codes that say 'cannot see'; drawn with HATCH."""
HATCH = "/"
INK = "#000037"
"""Streamlit puts the strongest text colour of the theme in its place, in the browser: dark on light, light on dark."""
MUTED = "rgba(128,128,128,0.35)"
"""Grid lines and quiet marks, readable on both backgrounds."""


def base(figure: go.Figure, height: int = 380) -> go.Figure:
    """The shared look: transparent, large type, labels never cut, legend below. Returns the same figure."""
    text = {"size": FONT_SIZE, "color": INK}
    figure.update_layout(
        height=height,
        margin={"l": 8, "r": 16, "t": 24, "b": 8},
        font=text,
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        colorway=list(PALETTE),
        legend={"orientation": "h", "yanchor": "top", "y": -0.18, "x": 0, "font": text},
        hoverlabel={"font": {"size": FONT_SIZE}},
        bargap=0.25,
    )
    axes = {"automargin": True, "title": {"font": text}, "tickfont": text}
    figure.update_xaxes(gridcolor=MUTED, zeroline=False, **axes)
    figure.update_yaxes(gridcolor=MUTED, zeroline=False, **axes)
    return figure
