"""Our own component: lanes of one observation with up to three videos, one clock for all (see `timeline.js`)."""

from pathlib import Path

import streamlit as st

from pages.parts import record

HERE = Path(__file__).parent
SCRIPTS = ("timeline_paint.js", "timeline_films.js", "timeline_curves.js", "timeline.js")

_mount = st.components.v2.component(
    "dyadscope_timeline",
    html='<div class="timeline"></div>',
    css=(HERE / "timeline.css").read_text(encoding="utf-8"),
    js="\n".join((HERE / name).read_text(encoding="utf-8") for name in SCRIPTS),
)


def timeline(content: dict, key: str) -> None:
    """Draws the lanes and videos that `content` describes (see `timelines_lanes.content`).

    Clicks, keys and playing never ask the server; only an expired video link causes a rerun, which brings a new one.
    """
    record.recording(content["title"].split(" · ")[0])  # every title begins with the name of the observation
    _mount(data=content, key=key, on_expired_change=lambda: None)
