"""Both coders' lanes of one recording one above the other, with the lane of their disagreement, and its videos."""

from dataclasses import replace

import pandas as pd

from pages.parts import store, store_agreement, store_timelines, timelines_lanes
from pages.parts.agreement_choices import Question
from pages.parts.agreement_words import note_of
from pages.parts.charts_agreement import kappa_text
from pages.parts.timeline import timeline
from pages.parts.timelines_lanes import Shown
from pages.parts.timelines_one import footer, views
from pages.parts.words import coder
from pipeline.steps.timelines import Recording

DIFFER = "They differ"
HINT = (
    "Buttons and the keys n and p go from one disagreement to the next. Click a bar to go to its start; drag along the "
    "time axis to go anywhere. Keys: space plays, arrows move, Home and End jump, + and - zoom."
)


def lanes(question: Question, row: pd.Series) -> None:
    """Draws the recording of one row of the list of pulls."""
    recording = of_stream(store_timelines.recording(row["observation_id"]), row)
    observation = store.selected().set_index("observation_id").loc[row["observation_id"]]
    coders = (row["first_coder"], row["second_coder"])
    session = (int(observation["start_ms"]), int(observation["end_ms"]))
    role = observation["role"] if isinstance(observation["role"], str) else ""
    shown = Shown(recording, store.codes(), session, coders, (row["behaviour_group"],), role)
    timeline(content(shown, row, store_agreement.lane(int(row["pair"]), question.method)), key="agreement_timeline")


def of_stream(recording: Recording, row: pd.Series) -> Recording:
    """The recording with the streams of one behaviour and person only."""
    streams = recording.streams
    mine = (streams["subject"] == row["subject"]) & (streams["behaviour_group"] == row["behaviour_group"])
    return replace(recording, streams=streams[mine & (streams["scheme"] == row["scheme"])])


def content(shown: Shown, row: pd.Series, differ: pd.DataFrame) -> dict:
    """What the component draws (see `timeline.js`): two lanes of codes and the lane of disagreement."""
    codes = [lane for lane in timelines_lanes.lanes(shown) if lane["kind"] == "codes"]
    bouts = [[int(row.onset_ms), max(int(row.offset_ms), int(row.onset_ms) + 1)] for row in differ.itertuples()]
    share = f" {100 * row['disagreement_s'] / row['common_s']:.0f} %" if row["common_s"] > 0 else ""
    lane = {"subject": codes[0]["subject"], "label": f"{DIFFER}:{share}", "kind": "differ", "rows": 1, "points": []}
    every = [*codes, lane | {"bars": bouts}]
    return {
        "key": f"{store.key().sha256} {row['pair']} {row['direction']}",
        "title": f"{row['observation_id']} · {row['role']} · {row['activity']}",
        "headline": headline(row),
        "detail": detail(row),
        "start": shown.session[0],
        "end": shown.session[1],
        "lanes": every,
        "codes": timelines_lanes.code_list(shown),
        "legend": timelines_lanes.legend(shown, every),
        "pair": {"label": DIFFER, "lanes": [], "bouts": bouts},
        "views": views(shown.recording, str(row["observation_id"])),
        "hint": HINT if len(shown.recording.media) else f"No video belongs to this observation. {HINT}",
        "file": f"agreement_{store.key().number}",
        "footer": footer(),
    }


def headline(row: pd.Series) -> str:
    """'KL and MS differ in 52.8 of 299.8 s; kappa of this recording .63'."""
    kappa = f"kappa of this recording {kappa_text(row['kappa'])}" if pd.notna(row["kappa"]) else note_of(row["outcome"])
    start = f"{coder(row['first_coder'])} and {coder(row['second_coder'])} differ in {row['disagreement_s']:.1f}"
    return f"{start} of {row['common_s']:.1f} s; {kappa}"


def detail(row: pd.Series) -> str:
    """What the recording does to the whole, and what counts as a disagreement in the lane."""
    what = (
        "The lane shows every moment at which the two codings differ, without any tolerance; time that only one of "
        "the two coded counts as a disagreement."
    )
    if pd.isna(row["kappa_without"]):
        return what
    whole, without = (kappa_text(value, 3) for value in (row["kappa_without"] + row["pull"], row["kappa_without"]))
    return f"Without it the pooled kappa is {without} instead of {whole}. {what}"
