"""Tells the access log what was shown and what was taken away; never a value, never an id."""

from collections.abc import Callable
from contextlib import suppress

import streamlit as st

from pages.parts import store
from pipeline.errors import StudyError
from pipeline.selection import Selection, count
from pipeline.steps import access_log
from pipeline.steps.access_log import Entry, Happened, plain
from pipeline.steps.people import LOCAL, Person

UNWRITTEN = "Nothing is shown, because the access log cannot be written. Free some room on the disk of the study."
PERSON, PAGE, NUMBER, LAST = "person", "page_name", "generation_number", "last_recorded"


def begin(person: Person, page: str, number: int | None) -> None:
    """Who is behind this run of the script, on which page, of which generation of the data."""
    st.session_state[PERSON], st.session_state[PAGE], st.session_state[NUMBER] = person, page, number


def opened() -> None:
    """A page was opened, or its filters were changed: one line, however often the script runs."""
    chosen = store.selection()
    filters, families = tuple(map(plain, used(chosen))), count(store.selected()).families
    _once("view", _entry("view", filters=filters, families=families))


def presented(view: str) -> None:
    """A view of a release was opened: one line, however often the script runs."""
    _once("view", _entry("view", name=plain(view)))


def recording(name: str) -> None:
    """A single recording is shown (`name` never leaves: its digest does)."""
    _once("recording", _entry("recording", digest=access_log.digest_here(name)))


def refused(who: str) -> None:
    """Somebody who signed in was turned away (`who` never leaves: its digest does)."""
    with suppress(StudyError):
        _once("refused", Entry(access_log.digest_here(who) or "unknown", "refused", store.mode()))


def export(name: str, build: Callable[[], bytes]) -> Callable[[], bytes]:
    """`build`, which runs when the file is asked for, and leaves a line each time."""
    entry = _entry("export", name=plain(name))

    def built() -> bytes:
        _append(entry)
        return build()

    return built


def used(selection: Selection) -> list[str]:
    """Names of the filters that narrow a selection, sorted; never what was chosen."""
    named = {column for column, *_ in (*selection.choices, *selection.ranges)} | set(selection.complete)
    people = {"families": selection.families, "dyads": selection.dyads}
    return sorted(named | {name for name, chosen in people.items() if chosen})


def _entry(what: Happened, **more: object) -> Entry:
    person: Person = st.session_state.get(PERSON, LOCAL)
    page, number = st.session_state.get(PAGE, ""), st.session_state.get(NUMBER)
    return Entry(person.who, what, store.mode(), page, generation=number, **more)


def _once(kind: str, entry: Entry) -> None:
    """Adds a line unless it is the same as the last of its kind in this session."""
    key = f"{LAST}_{kind}"
    if st.session_state.get(key) != entry:
        _append(entry)
        st.session_state[key] = entry


def _append(entry: Entry) -> None:
    """On one's own computer a full disk stops nobody from looking; on a shared one what leaves no line is not shown."""
    try:
        access_log.append(entry)
    except OSError:
        if entry.who != LOCAL.who:
            raise StudyError(UNWRITTEN) from None
