"""The view "One session" of the engagement page: phases moment by moment, coded and predicted, with the videos."""

import pandas as pd
import streamlit as st

from pages.parts import engagement_session_lanes as drawn
from pages.parts import store, timelines_lanes, timelines_one
from pages.parts import store_engagement_session as answers
from pages.parts import store_engagement_study as study_answers
from pages.parts.charts_agreement import kappa_text
from pages.parts.engagement_session_all import CLICKED, all_sessions
from pages.parts.engagement_study import elsewhere
from pages.parts.stepper import stepper
from pages.parts.timeline import timeline
from pages.parts.timelines_choices import label
from pages.parts.timelines_jump import jump
from pages.parts.words import SUBJECTS, coder, counted, percent
from pipeline.steps.engagement_session import Compared, Pair
from pipeline.steps.timelines import Recording

OBSERVATION, MODEL = "engagement_session", "engagement_session_model_{}"
LONG_MS, FEW = 1_000, 10
"""Differences of this length are listed, and at least the longest few; the red lane shows all."""
HINT = (
    "Red: both say a phase, and not the same one; time of dropped codes and uncoded time is not compared. Click a bar "
    "to go to its start; drag along the time axis to go anywhere. Keys: space plays, arrows move, n and p go through "
    "the places where they differ, + and - zoom."
)


def session() -> None:
    """Everything about one session."""
    phases = study_answers.behaviours(phases=True)
    if not phases:
        elsewhere()
        return
    groups = {one.behaviour_group for one in phases.values()}
    coded = study_answers.streams()
    coded = coded[coded["behaviour_group"].isin(groups)]
    picker = st.container(horizontal=True, vertical_alignment="bottom")
    with picker:
        row = _choose(store.selected(), coded)
        pairs = _models(answers.pairs(row["observation_id"]))
    found = {one: answers.compared(row["observation_id"], one) for one in pairs}
    timeline(content(row, pairs, found), key="engagement_timeline")
    if st.button("Open in Timelines", icon=":material/view_timeline:", key="engagement_open"):
        first = next((one.model for one in pairs if one.model), "")
        jump(row["observation_id"], int(row["start_ms"]), first)
    all_sessions(row["observation_id"], [one for one in pairs if found[one] is not None])


def _choose(selected: pd.DataFrame, coded: pd.DataFrame) -> pd.Series:
    """Previous, next, or any session by name, those with predictions first; no id in a link."""
    models = set(coded.loc[coded["coder_kind"] == "model", "observation_id"])
    frame = selected[selected["observation_id"].isin(set(coded["observation_id"]))]
    frame = frame.assign(predicted=frame["observation_id"].isin(models))
    frame = frame.sort_values(["predicted", "observation_id"], ascending=[False, True], ignore_index=True)
    ids = store.ids(frame)
    if (asked := st.session_state.pop(CLICKED, None)) is not None:
        st.session_state[OBSERVATION] = asked
    listed = lambda near: list(map(_option, frame.iloc[near].to_dict("records")))  # noqa: E731
    return frame.iloc[stepper(ids, listed, "Session", OBSERVATION)]


def _option(row: dict) -> str:
    parts = [label(row), "predicted" if row["predicted"] else "coded only"]
    return " · ".join([*parts, counted(int(row["views"]), "video")] if row["views"] else parts)


def _models(pairs: list[Pair]) -> list[Pair]:
    """One pair per group and person: where several models predicted it, the chosen one."""
    places = dict.fromkeys((one.behaviour_group, one.subject) for one in pairs)
    chosen = []
    for place in places:
        here = [one for one in pairs if (one.behaviour_group, one.subject) == place]
        mine = {coder(one.model).partition(" (")[0]: one for one in here}
        said = next(iter(mine))
        if len(mine) > 1:
            who = SUBJECTS.get(place[1], place[1])
            said = st.selectbox(f"Model of the {who.lower()}", list(mine), key=MODEL.format("_".join(place)))
        chosen.append(mine[said])
    return chosen


def content(row: pd.Series, pairs: list[Pair], found: dict[Pair, Compared | None]) -> dict:
    """What the component draws (see `timeline.js`)."""
    recording = answers.recording(row["observation_id"])
    codes = drawn.code_list(pairs, store.codes())
    lanes, times = _lanes(recording, pairs, found, codes)
    views = timelines_one.views(recording, str(row["observation_id"]))
    return {
        "key": f"{store.key().sha256} {row['observation_id']}",
        "title": label(row.to_dict()),
        "headline": headline(found),
        "detail": detail(recording, pairs, found),
        "start": int(row["start_ms"]),
        "end": int(row["end_ms"]),
        "bands": timelines_lanes.bands(recording),
        "lanes": lanes,
        "times": times,
        "gap": int(row["end_ms"]) - int(row["start_ms"]),
        "codes": drawn.as_codes(codes),
        "legend": drawn.legend(pairs, lanes, codes),
        "pair": _differing(found),
        "views": views,
        "hint": HINT if views else f"No video belongs to this session. {HINT}",
        "file": f"phases_{store.key().number}",
        "footer": timelines_one.footer(),
    }


def _lanes(recording: Recording, pairs: list[Pair], found: dict, codes: pd.DataFrame) -> tuple[list[dict], list[int]]:
    """Lanes of all pairs, and the moments of their curves."""
    coded = {one: answers.events(recording, one, one.person) for one in pairs}
    said = {one: answers.events(recording, one, one.model) for one in pairs}
    times = drawn.confidence_times(list(said.values()))
    lanes = []
    for pair in pairs:
        lanes += drawn.lanes(pair, coded[pair], said[pair], found[pair], codes)
        curve = drawn.confidence_lane(SUBJECTS.get(pair.subject, pair.subject), said[pair], times)
        lanes += [curve] if curve else []
    return lanes, times


def headline(found: dict[Pair, Compared | None]) -> str:
    """'Infant: 78 % of the time predicted as coded (kappa .64)' for each person."""
    parts = [
        f"{SUBJECTS.get(pair.subject, pair.subject)}: {percent(one.accuracy)} of the time predicted as coded"
        + (f" (kappa {kappa_text(one.kappa)})" if one.kappa == one.kappa else "")
        for pair, one in found.items()
        if one is not None and one.found.both_coded_ms
    ]
    if parts:
        return "; ".join(parts)
    if any(one.model for one in found):
        return "Predicted only: nobody coded this session, so that nothing can be compared"
    return "Coded only: no model has predicted this session yet"


def detail(recording: Recording, pairs: list[Pair], found: dict[Pair, Compared | None]) -> str:
    """Which models, how much time is compared, whether the episodes are marked."""
    models = list(dict.fromkeys(coder(one.model) for one in pairs if one.model))
    apart = ", not taught on this session" if models and all(one.known for one in pairs if one.model) else ""
    said = [f"Predicted by {' and '.join(models)}{apart}." if models else ""]
    said += [
        f"{SUBJECTS.get(pair.subject, pair.subject)}: {one.found.both_coded_ms / 1000:.0f} s compared."
        for pair, one in found.items()
        if one is not None
    ]
    said += [] if len(recording.episodes) else ["The episodes of this session are not marked."]
    return " ".join(part for part in said if part)


def _differing(found: dict[Pair, Compared | None]) -> dict | None:
    """Places to hop through: where the first person's codings differ for LONG_MS or more, at least a few places."""
    first = next(((pair, one) for pair, one in found.items() if one is not None), None)
    if first is None:
        return None
    who = SUBJECTS.get(first[0].subject, first[0].subject)
    bouts = sorted(first[1].found.bouts, key=lambda bout: bout[0] - bout[1])
    kept = bouts[: max(FEW, sum(bout[1] - bout[0] >= LONG_MS for bout in bouts))]
    return {"label": f"{who}: where they differ longest", "lanes": [], "bouts": [list(bout) for bout in sorted(kept)]}
