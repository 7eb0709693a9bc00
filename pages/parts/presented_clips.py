"""Clips of single families: only those with a permission record that holds today, in the words of that record."""

from pathlib import Path

import streamlit as st

from pages import _media
from pages.parts import show
from pages.parts.clip import clip
from pages.parts.words import escape
from pipeline.errors import UserError
from pipeline.steps import permissions
from pipeline.steps.permissions import Permission


def any_holds() -> bool:
    """Whether there is a clip to show, or a record that cannot be read and should be corrected."""
    try:
        return bool(permissions.holding())
    except UserError:
        return True


def page() -> None:
    """One clip, and a list where there are several; playing it is what the access log tells."""
    clips = permissions.holding()
    if not clips:
        show.empty("No permission holds today.", "Ask whoever looks after Dyadscope; see permissions.toml.")
        return
    names = range(len(clips))
    with st.bottom:
        place = 0 if len(clips) == 1 else st.selectbox("Clip", names, format_func=lambda at: _title(clips, at))
    _clip(clips[min(place, len(clips) - 1)])


def _title(clips: tuple[Permission, ...], place: int) -> str:
    return clips[place].title if place < len(clips) else ""


def _clip(one: Permission) -> None:
    st.title(escape(one.title), anchor=False)
    path = permissions.clip_file(one)
    if not _media.playable(Path(path)) or not path.is_file():
        show.empty("This clip is not there.", "Ask whoever looks after Dyadscope: its file is missing or no video.")
        return
    clip(_media.clip_address(one), one.title)
    until = f"{one.until.day} {one.until:%B %Y}"
    st.caption(f"One family, shown with its permission, which lasts until {until}. Please take no pictures.")
