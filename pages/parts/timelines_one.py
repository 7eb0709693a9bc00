"""One observation: choices, the finding in one sentence, lanes with videos, and the events as a table."""

from pathlib import Path

import pandas as pd
import streamlit as st

from pages import _media
from pages.parts import show, store, store_timelines, timelines_choices, timelines_lanes
from pages.parts.take_away import Paper
from pages.parts.timeline import timeline
from pages.parts.timelines_jump import moment
from pages.parts.timelines_lanes import Shown
from pages.parts.words import SUBJECTS, coder, counted, one_of, plain
from pipeline.figures.lanes import draw_lanes
from pipeline.measures.co_occurrence import CoOccurrence, Strand
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.timelines import Recording, together

VIEWS = {"infant_camera": "Infant camera", "parent_camera": "Parent camera", "room": "Room camera"}
AT_ONCE = 3
HINT = (
    "Click a bar to go to its start; drag along the time axis to go anywhere. Keys: space plays, arrows move, Home and "
    "End jump, Tab goes to a lane (there the arrows go from event to event), n and p go through the bouts of the pair, "
    "+ and - zoom."
)


def panel(selected: pd.DataFrame, choices: st.delta_generator.DeltaGenerator) -> None:
    """Everything about one observation; which one is chosen in the row `choices`."""
    menu = choices.popover("Pair, coders, lanes", icon=":material/tune:")
    picker = st.container(horizontal=True, vertical_alignment="bottom")
    with menu:
        pair = timelines_choices.pair()
        frame = timelines_choices.ordered(selected, pair)
    with picker:
        row = timelines_choices.observation(frame)
    recording = store_timelines.recording(row["observation_id"])
    if recording.streams.empty:
        show.empty("Nothing was coded in this observation.", "Choose another one, or import its coded file.")
        return
    with menu:
        shown = _choose(recording, row)
    unseen = tuple(shown.codes.loc[shown.codes["unobservable"], "code"])
    found = together(recording, shown.coders[0], pair, shown.session, unseen)
    drawn = content(shown, row, pair, found, frame["together_ms"])
    timeline(drawn, key="timeline")
    with st.expander("All events as a table, and the timeline for a paper"):
        events = events_table(shown)
        released = store.released(events, ReleaseSpec(individual=True))
        show.table(released, "timeline_events", "timeline_events", paper=_paper(drawn))


def _paper(drawn: dict) -> Paper:
    """The twin of the lanes; its caption names no recording."""
    session = (drawn["start"], drawn["end"])
    return Paper(
        title="Coded behaviour of one observation over time",
        draw=lambda width: draw_lanes(drawn["lanes"], drawn["codes"], session, width),
    )


def _choose(recording: Recording, row: pd.Series) -> Shown:
    coders = timelines_choices.coders(recording)
    groups = timelines_choices.groups(recording)
    session = (int(row["start_ms"]), int(row["end_ms"]))
    role = row["role"] if isinstance(row["role"], str) else ""
    return Shown(recording, store.codes(), session, coders, groups, role)


def content(
    shown: Shown, row: pd.Series, pair: tuple[Strand, Strand], found: CoOccurrence | None, everywhere: pd.Series
) -> dict:
    """What the component draws (see `timeline.js`); `everywhere` is the time together of all selected observations."""
    lanes = timelines_lanes.lanes(shown)
    label = timelines_choices.pair_label(*pair)
    rings: list[int] = []
    if found is not None:
        rings = timelines_lanes.pair_lanes(lanes, pair)
        lanes.append(timelines_lanes.together_lane(label, found))
    at = moment(str(row["observation_id"]))
    return {
        "key": f"{store.key().sha256} {row['observation_id']} {at}",
        "at": at,
        "title": timelines_choices.label(row.to_dict()),
        "headline": headline(label, found),
        "detail": " ".join([*shares(found), coded_by(shown), elsewhere(everywhere)]),
        "start": shown.session[0],
        "end": shown.session[1],
        "bands": timelines_lanes.bands(shown.recording),
        "lanes": lanes,
        "codes": timelines_lanes.code_list(shown),
        "legend": timelines_lanes.legend(shown, lanes),
        "pair": None if found is None else {"label": label, "lanes": rings, "bouts": [list(b) for b in found.bouts]},
        "views": views(shown.recording, str(row["observation_id"])),
        "hint": HINT if len(shown.recording.media) else f"No video belongs to this observation. {HINT}",
        "file": f"timeline_{store.key().number}",
        "footer": footer(),
    }


def headline(label: str, found: CoOccurrence | None) -> str:
    """The finding in one sentence."""
    if found is None:
        return f"{label}: not known, because one of the two was not coded in this observation"
    length = f"{round(found.session_ms / 1000, 1):g} s"
    if not found.bouts:
        return f"{label}: never in {length}"
    return f"{label}: {found.together_ms / 1000:.1f} s of {length}, in {counted(len(found.bouts), 'bout')}"


def shares(found: CoOccurrence | None) -> list[str]:
    """Both denominators of the time together, as a sentence."""
    if found is None or not found.bouts:
        return []
    seen = f", {100 * found.share_of_seen:.1f} % of the time in which both could be seen" if found.seen_ms else ""
    return [f"{100 * found.share_of_session:.1f} % of the session{seen}."]


def elsewhere(together_ms: pd.Series) -> str:
    """In how many of the selected observations it happened at all."""
    known = together_ms.dropna()
    of = counted(len(known), "selected observation")
    return f"It happened in {int((known > 0).sum()):,} of {of} in which both were coded." if len(known) else ""


def coded_by(shown: Shown) -> str:
    """Who coded what is drawn."""
    names = [name for name in shown.coders if name is not None]
    names = list(map(coder, names or sorted(set(shown.streams["coder_id"]))))
    analysed = " (the analysed coding)" if shown.coders == (None,) else ""
    others = [name for name in map(coder, shown.recording.coders) if name not in names]
    also = f"; also coded by {one_of(others, 'and')}" if others else ""
    first = f"; the sentence above is about the coding of {names[0]}" if len(shown.coders) == 2 else ""
    return f"Coded by {' and '.join(names)}{analysed}{also}{first}."


def footer() -> str:
    """What an exported picture says about its origin."""
    study, current = store.study(), store.generation()
    made = " · synthetic data" if study.get("synthetic") == "true" else ""
    filters = "; ".join(st.session_state.get("selection_phrases", ())) or "none"
    return f"{study.get('title', '')} · generation {current.number}{made} · filters: {filters} · research use only"


def views(recording: Recording, observation: str) -> list[dict]:
    """Up to three videos with their links, offsets, and the sentences that stand in their place."""
    return [_view(row, observation) for row in recording.media.head(AT_ONCE).itertuples()]


def _view(row: tuple, observation: str) -> dict:
    path = Path(row.path) if Path(row.path).is_absolute() else Path(store_timelines.home(), row.path)
    gone = f"The video {path.name} is not where the study says. Put it back, or correct the media table and import."
    strange = f"{path.name} is not a video that browsers know. Convert it to WebM, or to MP4 with H.264."
    there, known = path.is_file(), _media.playable(path)
    return {
        "title": VIEWS.get(row.view, plain(row.view)),
        "offset": int(row.offset_ms),
        "url": _media.address(store.key().number, observation, row.view, path) if there and known else "",
        "note": gone if not there else strange,
        "unplayable": f"This browser cannot play {path.name}. Convert it to WebM, or to MP4 with H.264.",
        "unreachable": f"{path.name} cannot be reached now. Reload the page.",
    }


def events_table(shown: Shown) -> pd.DataFrame:
    """The events that are drawn, in plain words, for reading aloud and for a file."""
    parts = [timelines_lanes.coded_events(shown, name) for name in shown.coders]
    events = pd.concat(parts).drop_duplicates().merge(shown.streams[["behaviour_group", "title"]].drop_duplicates())
    events = events.sort_values(["onset_ms", "subject", "title", "coder_id"], kind="stable")
    sure = {"Confidence (%)": (100 * events["confidence"]).round(1)} if events["confidence"].notna().any() else {}
    return pd.DataFrame(
        {
            "Start (s)": events["onset_ms"] / 1000,
            "End (s)": events["offset_ms"] / 1000,
            "Length (s)": (events["offset_ms"] - events["onset_ms"]) / 1000,
            "Who": events["subject"].map(lambda name: SUBJECTS.get(name, plain(name))),
            "Behaviour group": events["title"],
            "Code": events["code"],
            "Modifier": events["modifier"],
            "Coder": events["coder_id"].map(coder),
            **sure,
        }
    )
