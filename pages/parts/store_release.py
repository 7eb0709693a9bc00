"""The release this run presents: opened once for everybody, read only. No generation is opened here."""

from collections.abc import Callable

import streamlit as st
from plotly.graph_objects import Figure

from db.release_file import CurrentRelease
from pipeline.steps.open_release import Release, ReleasedView, current_release, open_release
from pipeline.steps.release import ReleasedFrame

PINNED = "pinned_release"
MOST_DRAWN = 256
"""Pictures that are kept: drawing takes longer than all else that a viewer waits for."""


def published() -> CurrentRelease | None:
    """The release that is current on disk now; StudyError when its pointer is damaged."""
    return current_release()


def pin() -> CurrentRelease | None:
    """Fixes the release for this run of the script: a page never mixes two."""
    st.session_state[PINNED] = published()
    return st.session_state[PINNED]


def pinned() -> CurrentRelease | None:
    """The release this run shows; None when none was made yet."""
    return st.session_state.get(PINNED)


@st.cache_resource(max_entries=2, show_spinner=False)
def _opened(current: CurrentRelease) -> Release:
    return open_release(current)


def release() -> Release:
    """The views of this run. Call it only when there is a release."""
    current = pinned()
    assert current is not None, "pages are shown only when there is a release"
    return _opened(current)


def frame(view: ReleasedView) -> ReleasedFrame:
    """What a view shows; a frame of its own for every call."""
    return release().released(view.id)


@st.cache_resource(max_entries=MOST_DRAWN, show_spinner=False)
def _drawn(sha256: str, id: str, _draw: Callable[[], Figure | None]) -> Figure | None:
    return _draw()


def drawn(view: ReleasedView, draw: Callable[[], Figure | None]) -> Figure | None:
    """The picture of a view, drawn once for everybody; what is handed out is shared and must not be changed."""
    current = pinned()
    assert current is not None, "pages are shown only when there is a release"
    return _drawn(current.sha256, view.id, draw)
