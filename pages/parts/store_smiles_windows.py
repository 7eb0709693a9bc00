"""Networks on windows of smiles, for the smiles page: asking for a search, the queue, and the metrics that are kept."""

from pathlib import Path

import streamlit as st

from db import connect
from pages.parts import store
from pages.parts.store import Key
from pages.parts.store_smiles_cohort import cohort
from pages.parts.words import plain
from pipeline import jobs
from pipeline.catalogue.window_settings import WindowSettings
from pipeline.jobs import Job
from pipeline.selection import Selection
from pipeline.steps import run_folder
from pipeline.steps.smile_window_runs import SearchDamaged, StoredSearch, read, searches
from pipeline.steps.smile_windows import KIND, Asked, asked_bands, expected_s, in_order, order, rows, unsuited
from pipeline.steps.stored_fits import selection_json

MOST_READ = 40
"""So many searches of a study are looked at, the newest."""


def scores() -> tuple[str, ...]:
    """Questionnaires with a score in a recording of the current selection that has a kept smile."""
    found = cohort()
    return in_order(tuple(name for name in found.instruments if found.smiles[f"score:{name}"].notna().any()))


@st.cache_data(max_entries=32, show_spinner=False)
def _unsuited(key: Key, selection: Selection, names: tuple[str, ...], settings: str) -> dict[str, str]:
    frame = rows(cohort().smiles, names)
    return unsuited(frame, names, WindowSettings.model_validate_json(settings))


def refused(names: tuple[str, ...], settings: WindowSettings) -> dict[str, str]:
    """Score -> why a search for it cannot be started; the others are not named."""
    return _unsuited(store.key(), store.selection(), names, settings.model_dump_json())


@st.cache_data(max_entries=32, show_spinner=False)
def _expected_s(key: Key, selection: Selection, names: tuple[str, ...], settings: str) -> float:
    asked = Asked(names, WindowSettings.model_validate_json(settings))
    return expected_s(rows(cohort().smiles, names), asked)


def expected(asked: Asked) -> float:
    """How long a search will take, in seconds."""
    return _expected_s(store.key(), store.selection(), asked.scores, asked.settings.model_dump_json())


def selection_words() -> str:
    """The selection in words: 'Free play, only Visit: 6 months' (plain text)."""
    phrases = list(st.session_state.get("selection_phrases", ()))
    protocol = store.selection().protocol
    head = plain(protocol) if protocol else "All recordings"
    return f"{head}, only {'; '.join(phrases)}" if phrases else f"{head}, no filter"


def submit(asked: Asked) -> str:
    """Asks for a search of the current selection and returns its id; once is enough. UserError says why not."""
    found, now = cohort(), store.key()
    about = {"selection": selection_json(store.selection()), "words": selection_words(), "number": now.number}
    spec = order(asked, asked_bands(found.bands), **about)
    return jobs.submit(connect.home(), KIND, spec, rows(found.smiles, asked.scores), generation=now.sha256)


def cancel(id: str) -> None:
    """Ends a waiting or running search; nothing of it is stored."""
    jobs.cancel(connect.home(), id)


def queue() -> list[Job]:
    """The searches that were asked for, the newest first."""
    return [one for one in jobs.jobs(connect.home()) if one.kind == KIND]


@st.cache_data(max_entries=256, show_spinner=False)
def _read(home: str, id: str, changed: int) -> StoredSearch:
    return read(Path(home), id)


def stored() -> tuple[list[StoredSearch], list[str]]:
    """(finished searches of this study, the newest first; sentences about damaged ones)."""
    found, damaged = [], []
    for id in searches(connect.home())[:MOST_READ]:
        try:
            changed = run_folder.result(connect.home(), id).stat().st_mtime_ns
            found.append(_read(str(connect.home()), id, changed))
        except (SearchDamaged, OSError) as fault:
            damaged.append(fault.message if isinstance(fault, SearchDamaged) else "")
    return sorted(found, key=lambda one: one.computed, reverse=True), [text for text in damaged if text]


def of_now(one: StoredSearch) -> bool:
    """Whether a search ran on the data and the selection that the page shows."""
    return one.generation == store.key().sha256 and one.selection == selection_json(store.selection())
