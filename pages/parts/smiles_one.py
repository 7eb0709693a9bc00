"""One recording: its smiles over time with video, why episodes were left out, and how much the choices matter."""

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import show, smiles_one_choices, smiles_one_lanes, store, store_smiles, timelines_one
from pages.parts import smiles_one_words as words
from pages.parts.smiles_one_sensitivity import sensitivity
from pages.parts.timeline import timeline
from pages.parts.timelines_choices import label
from pages.parts.words import plain
from pipeline.catalogue.smile_feature_names import SMILE_FEATURES
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.smiles import Answer

HINT = (
    "Click a curve to go there; drag along the time axis to go anywhere. Keys: space plays, arrows move, n and p go "
    "through the episodes, + and - zoom, 0 shows all."
)
FADING = (
    "Coloured: the phases of a smile; onset: the corner of the mouth moves out, apex: it stays, offset: it moves back. "
    "IR: half the width of the mouth at rest. Hatched: the face is not seen surely, so no phase may go through it."
)


def one() -> None:
    """Everything about one recording."""
    picker = st.container(horizontal=True, vertical_alignment="bottom")
    with picker:
        row = smiles_one_choices.recording(store_smiles.tracked())
        menu = st.popover("How smiles are found", icon=":material/tune:")
    tracked = store_smiles.track(row["observation_id"], row["coder_id"])
    usual = store_smiles.parameters()
    with menu:
        chosen = smiles_one_choices.parameters(usual, tracked.by_probability, tracked.by_loudness)
    answer = store_smiles.answer(row["observation_id"], row["coder_id"], chosen)
    if changed := words.not_usual(chosen, usual):
        st.info(changed, icon=":material/tune:")
    if words.shaky(answer):
        st.warning(f"{words.SHAKY}{words.noise(answer)}", icon=":material/warning:")
    timeline(content(answer, row), key="smiles_timeline")
    meaning(answer)
    features(answer)
    sensitivity(row, tracked, chosen, answer.noise)


def content(answer: Answer, row: pd.Series) -> dict:
    """What the component draws (see `timeline.js`)."""
    who = plain(row["role"]) if isinstance(row["role"], str) else "Caregiver"
    said = [words.why_none(answer), words.coverage(answer), words.speech(answer)]
    times, gap = smiles_one_lanes.times(answer)
    films = timelines_one.views(store_smiles.recording(str(row["observation_id"])), str(row["observation_id"]))
    return {
        "key": f"{store.key().sha256} {row['observation_id']} {row['coder_id']}",
        "title": label(row.to_dict()),
        "headline": words.headline(answer.episodes),
        "detail": " ".join(part for part in said if part),
        "start": int(row["start_ms"]),
        "end": int(row["end_ms"]),
        "lanes": smiles_one_lanes.lanes(answer, who),
        "times": times,
        "gap": gap,
        "codes": smiles_one_lanes.CODES,
        "legend": smiles_one_lanes.legend(answer),
        "pair": None,
        "list": smiles_one_lanes.places(answer.episodes),
        "views": films,
        "hint": f"{FADING} {HINT}" if films else f"No video belongs to this recording. {FADING} {HINT}",
        "file": f"smiles_{store.key().number}",
        "footer": timelines_one.footer(),
    }


def meaning(answer: Answer) -> None:
    """What r and IR are, and how far the boundaries can be trusted."""
    noise = words.noise(answer)
    if noise and not words.shaky(answer):
        st.caption(noise)
    with st.expander("What the curve is"):
        p = answer.parameters
        st.markdown(
            f"The curve is the distance from the {words.pair(p.corner, p.nostril)}: it grows "
            "when the corner of the mouth is pulled out. It is drawn in **IR** (initial radius, half the width of the "
            f"mouth; here of the mouth at rest, {answer.ir_px:.1f} pixels). Each smile is measured with its own IR, "
            "taken at the first frame of the time searched for it.\n\n"
            f"An **episode** opens where the smile muscle (AU12) reaches {p.au12_min:g} in {p.gate_frames} or more "
            f"frames within {p.gate_window_s:g} s of frames all seen surely. Its **onset** is the longest time "
            "in which the distance grows from frame to frame, its **offset** the longest in which it shrinks after "
            f"that, its **apex** what lies between. Phases are looked for from {p.margin_s:g} s before to "
            f"{p.margin_s:g} s after."
        )
        agreement(answer)


def agreement(answer: Answer) -> None:
    """How each pair of landmarks goes with AU12: a check of the choice."""
    found = store_smiles.agreement_with_au12(answer)
    of_pair = [
        "Both lip corners (width of the mouth)" if not nostril else words.pair(corner, nostril).capitalize()
        for corner, nostril in zip(found["corner"], found["nostril"], strict=True)
    ]
    table = pd.DataFrame({"Distance": of_pair, "Correlation with AU12": found["r"].round(3)})
    st.markdown("How the distance goes with the smile muscle, for each choice of landmarks, in this recording:")
    show.table(store.released(table, ReleaseSpec(individual=True)), "smiles_pairs", "smiles_landmarks", small=True)


def features(answer: Answer) -> None:
    """All episodes with all features, for reading aloud and for a file."""
    if answer.episodes.empty:
        return
    with st.expander("All episodes with their features"):
        show.table(
            store.released(feature_table(answer.episodes), ReleaseSpec(individual=True)), "smiles_episodes", "smiles"
        )


def feature_table(episodes: pd.DataFrame) -> pd.DataFrame:
    """Episodes in words: when, what became of them, and the eight features with their units."""
    kept = episodes["status"] == "ok"
    flags = episodes["flags"].map(lambda said: "; ".join(words.FLAGS.get(one, one) for one in said.split(";") if one))
    times = {"onset_s": "Onset from (s)", "apex_s": "Apex from (s)", "offset_s": "Offset from (s)", "end_s": "End (s)"}
    return pd.DataFrame(
        {
            "Episode": episodes["episode"],
            "Became": np.where(kept, "Smile", "Left out"),
            "Why left out": episodes["reason"].map(lambda word: words.reason(word) if word else ""),
            **{said: episodes[name].round(3) for name, said in times.items()},
            **{f"{one.label} ({one.unit})": episodes[one.name].round(3) for one in SMILE_FEATURES},
            "To know": flags,
        }
    )
