"""The choices of one recording's smiles: which recording, and every parameter, the study's own as default."""

import math

import pandas as pd
import streamlit as st

from pages.parts.models_options import named
from pages.parts.smiles_one_words import SMOOTHINGS, pair
from pages.parts.stepper import stepper
from pages.parts.timelines_choices import label
from pages.parts.words import percent
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.steps.smiles import PAIRS, replaced

OBSERVATION = "smiles_observation"
IR_FRAMES = {"first_of_window": "First frame searched (paper)", "first_sure_of_window": "First sure frame searched"}
NUMBERS: dict[str, tuple[str, float, float, float, str]] = {
    "au12_min": ("Smile muscle (AU12) from, of 5", 0.0, 5.0, 0.1, "%.1f"),
    "confidence_min": ("Confidence from, of 1", 0.0, 1.0, 0.05, "%.2f"),
    "gate_window_s": ("Frames that open an episode lie within (s)", 0.1, 10.0, 0.1, "%.1f"),
    "margin_s": ("Time searched before and after (s)", 0.0, 10.0, 0.1, "%.1f"),
    "offset_amplitude_min": ("Smallest offset (IR)", 0.0, 1.0, 0.01, "%.2f"),
    "gap_factor": ("A step is a gap from so many usual steps", 1.1, 20.0, 0.1, "%.1f"),
    "speech_min_s": ("Speech counts when longer than (s)", 0.0, 5.0, 0.01, "%.3f"),
    "speech_threshold": ("Speech from a probability of", 0.0, 1.0, 0.05, "%.2f"),
}
"""Parameter -> label, least, most, step, format."""
SPEECH_RULES = {"silero": "Its probability (silero-vad)", "energy": "Loudness alone (paper-like)"}
MOST_FRAMES = 100


def recording(tracks: pd.DataFrame) -> pd.Series:
    """Previous, next, or any tracked recording by name; the choice stays in the session: no id in a link."""
    tracks = _ordered(tracks)
    names = [f"{row.observation_id}\n{row.coder_id}" for row in tracks.itertuples()]
    listed = lambda near: list(map(_option, tracks.iloc[near].to_dict("records")))  # noqa: E731
    return tracks.iloc[stepper(names, listed, "Recording", OBSERVATION)]


def _ordered(tracks: pd.DataFrame) -> pd.DataFrame:
    """Those with a video first, those in which the face is never seen last, then by name."""
    known = tracks.assign(seen=tracks["confident_frames"] > 0, filmed=tracks["views"] > 0)
    order = known.sort_values(["seen", "filmed", "observation_id"], ascending=[False, False, True], kind="stable")
    return order.reset_index(drop=True)


def _option(row: dict) -> str:
    parts = [label(row), f"face seen {percent(row['confident_frames'] / max(row['frames'], 1))}"]
    if row["views"]:
        parts.append("video")
    return " · ".join(parts)


def parameters(usual: SmileParameters, probable: bool, loud: bool) -> SmileParameters:
    """Every choice of the measure, bound to the link; `probable`: speech is a probability, so it has a threshold;
    `loud`: its loudness is known too.
    """
    st.markdown("How smiles are found: the study's own choices at first. Changes are for looking, nothing is stored.")
    left, right = st.columns(2)
    with left:
        chosen: dict[str, object] = {
            "smoothing": named("Smoothing of the curve", _first(SMOOTHINGS, usual.smoothing), "smooth")
        }
        chosen |= {name: _number(name, usual) for name in ("au12_min", "confidence_min", "margin_s", "gap_factor")}
    with right:
        pairs = {f"{corner}_{nostril}": pair(corner, nostril).capitalize() for corner, nostril in _pairs(usual)}
        corner, nostril = named("Distance measured from", pairs, "landmarks").split("_")
        chosen |= {"corner": int(corner), "nostril": int(nostril), "gate_frames": _frames(usual)}
        chosen["ir_frame"] = named("Initial radius (IR) taken at", _first(IR_FRAMES, usual.ir_frame), "ir_frame")
        if loud:
            chosen["speech_method"] = named("Speech found by", _first(SPEECH_RULES, usual.speech_method), "speech_rule")
        speech = ("speech_min_s", "speech_threshold") if probable else ("speech_min_s",)
        chosen |= {name: _number(name, usual) for name in ("gate_window_s", "offset_amplitude_min", *speech)}
    st.button("Back to the study's choices", icon=":material/undo:", on_click=_reset, args=(usual,))
    return replaced(usual, **chosen)


def _first(options: dict[str, str], usual: str) -> dict[str, str]:
    """The options with the usual one in front: it is the default."""
    return {usual: options[usual]} | options


def _pairs(usual: SmileParameters) -> list[tuple[int, int]]:
    return list(dict.fromkeys([(usual.corner, usual.nostril), *PAIRS]))


def _number(name: str, usual: SmileParameters) -> float:
    """A number inside its limits."""
    words, least, most, step, shown = NUMBERS[name]
    start = float(getattr(usual, name))
    said = st.number_input(
        words, min_value=least, max_value=most, value=start, step=step, format=shown, key=name, bind="query-params"
    )
    known = said is not None and math.isfinite(said)
    return round(min(max(float(said), least), most), 6) if known else start


def _frames(usual: SmileParameters) -> int:
    words = "Frames above it that open an episode"
    said = st.number_input(
        words, min_value=1, max_value=MOST_FRAMES, value=usual.gate_frames, step=1, key="gate_frames",
        bind="query-params",
    )  # fmt: skip
    return min(max(int(said), 1), MOST_FRAMES) if said is not None else usual.gate_frames


def _reset(usual: SmileParameters) -> None:
    for name in NUMBERS:
        st.session_state[name] = float(getattr(usual, name))
    st.session_state["gate_frames"] = usual.gate_frames
    st.session_state["smooth"] = SMOOTHINGS[usual.smoothing]
    st.session_state["ir_frame"] = IR_FRAMES[usual.ir_frame]
    st.session_state["speech_rule"] = SPEECH_RULES[usual.speech_method]
    st.session_state["landmarks"] = pair(usual.corner, usual.nostril).capitalize()
