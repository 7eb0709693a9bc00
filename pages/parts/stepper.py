"""Previous, next, or any of many recordings by name; the choice stays in the session: no id in a link."""

from collections.abc import Callable, Sequence

import streamlit as st

LISTED = 500
"""The list offers at most so many around the one that is shown: more would make the page slow."""
MORE = "The list holds those next to this one. To find another, choose its family or dyad on the left."


def stepper(names: Sequence[str], options: Callable[[slice], list[str]], what: str, key: str) -> int:
    """The place in `names` (not empty) of the one that is looked at, kept under `key`.

    `options` gives the words of the places it is asked for; `what` is what one is called: 'Observation'.
    """
    names = list(names)
    if st.session_state.get(key) not in names:
        st.session_state[key] = names[0]
    here, last = names.index(st.session_state[key]), len(names) - 1
    near = window(here, len(names))
    said = dict(zip(names[near], options(near), strict=True))
    st.button("Previous", icon=":material/arrow_back:", disabled=here == 0, on_click=_step, args=(names, -1, key))
    st.selectbox(
        f"{what} ({here + 1:,} of {len(names):,}{_some(len(names))})",
        names[near],
        key=key,
        format_func=lambda name: said.get(name, name),
        persist_state="session",
        help=MORE if len(names) > LISTED else None,
    )
    st.button("Next", icon=":material/arrow_forward:", disabled=here == last, on_click=_step, args=(names, 1, key))
    return here


def window(position: int, length: int) -> slice:
    """The at most LISTED places around `position` that the list offers."""
    start = max(0, min(position - LISTED // 2, length - LISTED))
    return slice(start, start + LISTED)


def _some(length: int) -> str:
    """What the label says of a list that is not whole."""
    return f", {LISTED:,} listed" if length > LISTED else ""


def _step(names: list[str], by: int, key: str) -> None:
    here = names.index(st.session_state[key])
    st.session_state[key] = names[min(max(here + by, 0), len(names) - 1)]
