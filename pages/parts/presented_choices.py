"""Which view is shown: its id is in the link (no id of a person is in it), every choice leads to another view."""

from collections.abc import Callable, Sequence
from typing import Literal

import streamlit as st

from pages.parts.words import plain
from pipeline.steps.open_release import ReleasedView

PARAMETER = "view"
WHOLE = "All families"
NARROW, WIDER = 190, 220
"""Pixels of the lists beside the one of views, which has the rest."""


def choose(views: Sequence[ReleasedView], here: ReleasedView) -> ReleasedView | None:
    """Draws the ways from one view to the others, always at the foot of the window. The view a step leads to; None
    while nobody steps. Lists change the link themselves.
    """
    steps = sequence(views, here)
    place = steps.index(here)
    mine = [view for view in views if view.page == here.page]
    with st.bottom, st.container(horizontal=True, vertical_alignment="bottom", key="choices"):
        back = _step("Previous", ":material/arrow_back:", "PageUp", steps[max(place - 1, 0) : place])
        onward = _step("Next", ":material/arrow_forward:", "PageDown", steps[place + 1 : place + 2])
        _select("Recordings", kinds(mine, here), here, kind, NARROW)
        _select("View", titles(mine, here), here, lambda one: one.title)
        _select("Families", filters(mine, here), here, lambda one: one.filter or WHOLE, WIDER)
    return back or onward


def asked(views: Sequence[ReleasedView], page: str) -> ReleasedView:
    """The view of a page that the link names; the first of the page where it names none that is there."""
    mine = [view for view in views if view.page == page]
    return next((view for view in mine if view.id == st.query_params.get(PARAMETER)), mine[0])


def kind(view: ReleasedView) -> str:
    """The kind of recording a view is about, in words."""
    return plain(str(view.options["protocol"]))


def kinds(views: Sequence[ReleasedView], here: ReleasedView) -> list[ReleasedView]:
    """For every kind of recording the view that is most like this one."""
    return _one_of_each(views, kind, here)


def titles(views: Sequence[ReleasedView], here: ReleasedView) -> list[ReleasedView]:
    """One view of every title of this kind of recording: of the same families where there is one, else of all."""
    return _one_of_each([view for view in views if kind(view) == kind(here)], lambda view: view.title, here)


def filters(views: Sequence[ReleasedView], here: ReleasedView) -> list[ReleasedView]:
    """This view of all families, then of those of every filter: one at a time, from what the release holds."""
    return [view for view in views if (kind(view), view.title) == (kind(here), here.title)]


def sequence(views: Sequence[ReleasedView], here: ReleasedView) -> list[ReleasedView]:
    """What Previous and Next walk through, page after page: every title of every kind of recording once."""
    pages = dict.fromkeys(view.page for view in views)
    of_page = {page: [view for view in views if view.page == page] for page in pages}
    return [view for mine in of_page.values() for one in kinds(mine, here) for view in titles(mine, one)]


def _one_of_each(
    views: Sequence[ReleasedView], key: Callable[[ReleasedView], str], here: ReleasedView
) -> list[ReleasedView]:
    """For every value of `key`: the view that is shown, else one with its title, its filter, or none."""
    groups: dict[str, list[ReleasedView]] = {}
    for view in views:
        groups.setdefault(key(view), []).append(view)

    def like(view: ReleasedView) -> tuple[bool, ...]:
        return view.id == here.id, view.title == here.title, view.filter == here.filter, not view.filter

    return [max(group, key=like) for group in groups.values()]


def _select(
    label: str, options: list[ReleasedView], here: ReleasedView, words: Callable[[ReleasedView], str],
    width: int | Literal["stretch"] = "stretch",
) -> None:  # fmt: skip
    """A list of views by what tells them apart; nothing where there is no choice."""
    if len(options) < 2:
        return
    key, said = f"to_{label.lower()}", {view.id: words(view) for view in options}
    st.session_state[key] = here.id
    st.selectbox(
        label, list(said), key=key, format_func=lambda id: said.get(id, id), on_change=_follow, args=(key,),
        label_visibility="collapsed", width=width,
    )  # fmt: skip


def _follow(key: str) -> None:
    st.query_params[PARAMETER] = st.session_state[key]


def _step(label: str, icon: str, shortcut: str, to: Sequence[ReleasedView]) -> ReleasedView | None:
    """A button that the clicker of a speaker presses too."""
    pressed = st.button(label, icon=icon, disabled=not to, shortcut=shortcut, key=f"step_{label.lower()}")
    return to[0] if pressed and to else None
