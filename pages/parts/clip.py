"""A film with a permission: the browser's own player, told the address by the program."""

from pathlib import Path

import streamlit as st

HERE = Path(__file__).parent
_player = st.components.v2.component(
    "dyadscope_clip",
    html='<video class="clip" controls controlslist="nodownload" disablepictureinpicture></video>',
    css=".clip { width: 100%; max-height: 66vh; background: #000; }",
    js=(HERE / "clip.js").read_text(encoding="utf-8"),
)


def clip(address: str, says: str) -> None:
    """Plays the film at one of our own addresses; `says` is read out to those who do not see it."""
    _player(data={"address": address, "says": says}, key="clip_player")
