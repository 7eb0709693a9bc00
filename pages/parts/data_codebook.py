"""Panels of the data page about meaning: coders, codes, questionnaires, and every column of the study."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store, store_data
from pages.parts.words import SUBJECTS, coder, counted, escape, named_models, plain
from pipeline.steps.release import renamed

CODER_NAMES = {
    "coder_id": "Coder", "kind": "Person or model", "observations": "Observations coded",
    "shared": "Of these also coded by another", "analysed": "Of these analysed", "hours": "Hours of recording",
    "events": "Events",
}  # fmt: skip
REASON_NAMES = {
    "used": "Analysed", "primary_reason": "Why", "observations": "Observations", "streams": "Coded streams",
}  # fmt: skip
CODE_NAMES = {
    "behaviour_group": "Group", "code": "Code", "colour": "Colour", "description": "Meaning", "subjects": "For whom",
    "kind": "Kind", "unobservable": "Means not visible", "scheme": "Scheme",
}  # fmt: skip
INSTRUMENT_NAMES = {
    "instrument": "Name", "title": "Title", "short_title": "What it measures", "items": "Questions",
    "low": "Lowest total", "high": "Highest total", "missing_rule": "Missing answers", "citation": "Source",
}  # fmt: skip
COLUMN_NAMES = {
    "table_name": "Table", "column_name": "Column", "comment": "Meaning", "data_type": "Type",
    "required": "Always given", "table_comment": "About the table",
}  # fmt: skip
MISSING_RULES = {"any_missing_item": "no total when a question is unanswered"}


def coders() -> None:
    """Who coded how much, and whose coding is analysed."""
    released = store_data.coders()
    hours = (released.frame["length_ms"] / 3_600_000).round(1)
    kinds = released.frame["kind"].map({"human": "Person", "model": "Model"})
    names = released.frame["coder_id"].map(coder)
    frame = released.frame.assign(hours=hours, kind=kinds, coder_id=names)
    shared = int(store.observations()["double_coded"].sum())
    st.markdown(
        f"Coded by more than one person: {counted(shared, 'observation')}. There, the coding of the coder who coded "
        "the most observations of the study is analysed, unless the study's manifest names another."
    )
    show.table(renamed(replace(released, frame=frame), CODER_NAMES), "coders", "coders", small=True)
    st.markdown("#### Why this coding is analysed, or not")
    reasons = store_data.primary_reasons()
    used = reasons.frame.assign(
        used=reasons.frame["is_primary"].map({True: "yes", False: "no"}),
        primary_reason=reasons.frame["primary_reason"].map(named_models).map(plain),
    )
    show.table(renamed(replace(reasons, frame=used), REASON_NAMES), "reasons", "coder_reasons", small=True)


def codes() -> None:
    """The codes of each behaviour group with their colours, and the questionnaires."""
    released, groups = store_data.codes(), store.groups()
    for group in groups.itertuples(index=False):
        st.markdown(f"#### {escape(group.title)}")
        st.caption(_group_words(group))
        mine = (released.frame["behaviour_group"] == group.behaviour_group) & (released.frame["scheme"] == group.scheme)
        rows = replace(released, frame=released.frame[mine])
        text = replace(rows, frame=pd.DataFrame([_code(row) for row in rows.frame.itertuples()]))
        name = f"codes_{group.scheme}_{group.behaviour_group}"
        show.words(text, renamed(rows, CODE_NAMES), name, name, swatches="Colour")


def questionnaires() -> None:
    """Range, bands and missing rule of every questionnaire."""
    released, bands = store_data.instruments(), store_data.bands().frame
    if released.frame.empty:
        show.empty("This study has no questionnaires.", "Name them under [[scores]] in the study's manifest.")
        return
    rows = [_instrument(row, bands) for row in released.frame.itertuples()]
    text = replace(released, frame=pd.DataFrame(rows))
    show.words(text, renamed(released, INSTRUMENT_NAMES), "instruments", "questionnaires")
    st.caption("Bands are for describing groups. They are never shown for a person.")


def dictionary() -> None:
    """Every column of the study's database with its meaning."""
    released = store_data.dictionary()
    tables = list(dict.fromkeys(released.frame["table_name"]))
    wanted = st.multiselect("Tables", tables, key="table", bind="query-params", placeholder="All")
    frame = released.frame[released.frame["table_name"].isin(wanted or tables)]
    frame = frame.assign(required=frame["required"].map({True: "yes", False: "no"}))
    show.table(renamed(replace(released, frame=frame), COLUMN_NAMES), "dictionary", "data_dictionary")


def _group_words(group: tuple) -> str:
    words = [
        "One code at a time" if group.exclusive else "Several codes may overlap",
        "some code at every moment" if group.exhaustive else "moments without a code are possible",
    ]
    if isinstance(group.reference, str):
        words.append(f"models compare with '{escape(group.reference)}'")
    return f"{', '.join(words)}. Scheme: {escape(group.scheme)}."


def _code(row: tuple) -> dict[str, str]:
    people = [SUBJECTS.get(subject.strip(), subject) for subject in row.subjects.split(",")]
    return {
        "Colour": row.colour,
        "Code": f"**{escape(row.code)}**",
        "Meaning": escape(row.description) if isinstance(row.description, str) else "",
        "For whom": escape(", ".join(people).replace("Caregiver, Second caregiver", "Caregivers")),
        "Kind": {"state": "has a duration", "point": "one moment"}[row.kind]
        + (", means not visible" if row.unobservable else ""),
    }


def _instrument(row: tuple, bands: pd.DataFrame) -> dict[str, str]:
    mine = bands[bands["instrument"] == row.instrument]
    named = [f"{escape(band.band)} {band.low:g} to {band.high:g}" for band in mine.itertuples()]
    return {
        "Questionnaire": f"**{escape(row.instrument)}** {escape(row.short_title)} ({escape(row.title)})",
        "Total": f"{row.low:g} to {row.high:g}" + (f", of {row.items} questions" if row.items else ""),
        "Bands": ", ".join(named) or "none used",
        "Missing answers": MISSING_RULES.get(row.missing_rule, plain(row.missing_rule)),
        "Source": escape(row.citation) if isinstance(row.citation, str) else "",
    }
