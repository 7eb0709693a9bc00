"""The choices of the timelines page: which observation, coder, behaviour groups and pair of codes."""

import pandas as pd
import streamlit as st

from pages.parts import store, store_timelines
from pages.parts.stepper import stepper
from pages.parts.words import SUBJECTS, coder, counted, plain
from pipeline.measures.co_occurrence import Strand
from pipeline.steps.timelines import Recording

OBSERVATION, CODER = "timeline_observation", "timeline_coder"


def ordered(selected: pd.DataFrame, pair: tuple[Strand, Strand]) -> pd.DataFrame:
    """Observations in the order of previous and next, with `together_ms` (missing where the pair was not coded)."""
    frame = selected.assign(together_ms=selected["observation_id"].map(store_timelines.together(pair)))
    columns = {"Most together first": "together_ms", "With videos first": "views", "By name": None}
    order = st.selectbox("Order of the observations", list(columns), key="order", bind="query-params")
    if (column := columns[order]) is not None:
        frame = frame.sort_values([column, "views"], ascending=False, kind="stable", na_position="last")
    return frame.reset_index(drop=True)


def observation(frame: pd.DataFrame) -> pd.Series:
    """Previous, next, or any observation by name; the choice stays in the session: no id in a link."""
    listed = lambda near: list(map(_option, frame.iloc[near].to_dict("records")))  # noqa: E731
    return frame.iloc[stepper(store.ids(frame), listed, "Observation", OBSERVATION)]


def _option(row: dict) -> str:
    """An observation in the list: its name, then what helps to choose it."""
    parts = [label(row)]
    if row["together_ms"] > 0:
        parts.append(f"{row['together_ms'] / 1000:.1f} s together")
    if row["views"]:
        parts.append(counted(int(row["views"]), "video"))
    if row["coder_count"] > 1:
        parts.append(f"{row['coder_count']} coders")
    return " · ".join(parts)


def label(row: dict) -> str:
    """'F003-M · Mother · Feeding · Visit 1': the name of an observation and what it is."""
    parts = [plain(row[column]) for column in ("role", "activity", "visit") if isinstance(row[column], str)]
    return " · ".join([str(row["observation_id"]), *parts])


def coders(recording: Recording) -> tuple[str | None, ...]:
    """(None,) for the analysed coding (where there is one: a model alone is not analysed), one coder, or two coders one
    above the other."""
    names, analysed = recording.coders, bool(recording.streams["is_primary"].any())
    if len(names) < 2:
        return (None if analysed else names[0],)
    options: dict[str, tuple[str | None, ...]] = {"Analysed coding": (None,)} if analysed else {}
    options |= {f"{coder(name)} alone": (name,) for name in names}
    options |= {comparing(one, two): (one, two) for i, one in enumerate(names) for two in names[i + 1 :]}
    return options[st.selectbox("Coder", list(options), key=CODER, persist_state="session")]


def comparing(one: str, two: str) -> str:
    """The choice of two coders, as the list names it."""
    return f"Compare {coder(one)} and {coder(two)}"


def groups(recording: Recording) -> tuple[str, ...]:
    """Behaviour groups whose lanes are drawn; all unless fewer are wanted."""
    titles = recording.streams.drop_duplicates("behaviour_group").set_index("behaviour_group")["title"].to_dict()
    if len(titles) < 3:
        return tuple(titles)
    chosen = st.multiselect(
        "Behaviour groups", list(titles), format_func=titles.get, key="lanes", bind="query-params", placeholder="All"
    )
    return tuple(chosen) or tuple(titles)


def pair() -> tuple[Strand, Strand]:
    """The two codes whose co-occurrence is shown; at first both Negative, as far as the study has it."""
    options = strands()
    names = list(options)
    start = [_first(options, "infant"), _first(options, "caregiver1")]
    chosen = [
        st.selectbox(title, names, index=names.index(name), key=key, bind="query-params")
        for title, name, key in zip(("Together: this", "with this"), start, ("pair1", "pair2"), strict=True)
    ]
    return options[chosen[0]], options[chosen[1]]


def strands() -> dict[str, Strand]:
    """Every state of every subject coded in this study, under its name on the screen.

    Point codes take no time: of them 'never together' would be said even where they fall into the other's bouts.
    """
    found = {}
    allowed = store.codes().merge(store_timelines.streams(), on=["scheme", "behaviour_group"])
    states = allowed["kind"] == "state"
    allowed = allowed[states] if states.any() else allowed
    titles = store.groups().set_index(["scheme", "behaviour_group"])["title"]
    for row in allowed.sort_values(["subject", "scheme"], key=_order, kind="stable").itertuples():
        if row.subject in row.subjects.split(","):
            title = titles[row.scheme, row.behaviour_group]
            name = f"{SUBJECTS.get(row.subject, plain(row.subject))}: {row.code} ({title})"
            found.setdefault(name, Strand(row.subject, row.behaviour_group, row.code))
    return found


def _order(column: pd.Series) -> pd.Series:
    return column.map({name: i for i, name in enumerate(SUBJECTS)}).fillna(9) if column.name == "subject" else column


def _first(options: dict[str, Strand], subject: str) -> str:
    """The name of a subject's code Negative, else of its first code, else the first of all."""
    mine = [name for name, strand in options.items() if strand.subject == subject] or list(options)
    return next((name for name in mine if options[name].code.casefold() == "negative"), mine[0])


def pair_label(first: Strand, second: Strand) -> str:
    """'Both negative' when infant and caregiver have one code, else 'Infant Smile with Caregiver Positive'."""
    who = {first.subject, second.subject}
    if first.code == second.code and len(who) == 2:
        return f"Both {first.code.lower() if first.code.istitle() else first.code}"
    both = (first,) if first == second else (first, second)
    named = [f"{SUBJECTS.get(one.subject, plain(one.subject))} {one.code}" for one in both]
    return " with ".join(named)
