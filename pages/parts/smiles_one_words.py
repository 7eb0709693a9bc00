"""Words about the smiles of one recording: reasons, coverage, noise. No streamlit."""

import math

import numpy as np
import pandas as pd

from pages.parts.words import counted, one_of, percent
from pipeline.catalogue.smile_noise import ALL_FOUR, FRAME_NOISE, REAL_NOISE
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.steps.smiles import Answer

REASONS = {
    "no_landmarks": "lips or nose not measured before it",
    "low_confidence": "face not seen surely before it",
    "no_initial_radius": "lip corners on one point before it",
    "no_onset": "lip corner never moves out",
    "no_offset": "lip corner never moves back",
    "offset_too_small": "lip corner hardly moves back",
    "clip_ends": "track ends before the smile does",
    "speech": "overlap with speech",
}
"""Why an episode was left out."""
FLAGS = {"head_moved": "the head moved closer or away", "at_clip_end": "it touches the end of the track"}
CORNERS = {48: "right lip corner", 54: "left lip corner"}
NOSTRILS = {31: "right nostril, outside", 32: "right inner nostril", 33: "middle under the nose"}
NOSTRILS |= {34: "left inner nostril", 35: "left nostril, outside"}
"""Landmarks of OpenFace in the person's own left and right."""
SMOOTHINGS = {"raw": "None (the paper's reading)", "3": "Mean of 3 frames", "5": "Mean of 5 frames"}
OPENFACE = "OpenFace"
TRUSTED = 0.8
"""From this share of smiles with all boundaries in place on, phases are shown without a warning (ours)."""
SHAKY = "**The landmarks shake too much here for exact phases.** "
SOURCES = {"openface": OPENFACE, "blendshape": "Dyadscope's own face model (a proxy of AU12, not calibrated)"}


def reason(word: str) -> str:
    """A reason as a person says it."""
    return REASONS.get(word, word.replace("_", " "))


def pair(corner: int, nostril: int) -> str:
    """'right lip corner to left inner nostril'."""
    return f"{CORNERS[corner]} to {NOSTRILS[nostril]}"


def headline(episodes: pd.DataFrame) -> str:
    """'5 smiles; 3 episodes left out: overlap with speech (2), lip corner never moves back (1)'."""
    kept = int((episodes["status"] == "ok").sum())
    if episodes.empty:
        return "No smile in this recording"
    smiles = counted(kept, "smile") if kept else "No smile"
    left = len(episodes) - kept
    return (
        f"{smiles}; {counted(left, 'episode')} left out: {_causes(episodes)}" if left else f"{smiles}, nothing left out"
    )


def _causes(episodes: pd.DataFrame) -> str:
    counts = episodes.loc[episodes["status"] == "rejected", "reason"].value_counts()
    if len(counts) == 1:
        return reason(counts.index[0])
    return ", ".join(f"{reason(word)} ({number})" for word, number in counts.items())


def coverage(answer: Answer) -> str:
    """How much of the recording the track covers."""
    usable, frames = int(answer.usable.sum()), len(answer.usable)
    if not frames:
        return "The track has no frames."
    least = answer.parameters.confidence_min
    return (
        f"The face is seen surely (confidence of {least:g} or more) in {percent(answer.coverage)} of the frames "
        f"({usable:,} of {frames:,}). Tracked by {SOURCES.get(answer.tracked.track.au12_source, 'another program')}."
    )


def speech(answer: Answer) -> str:
    """What is known about speech."""
    tracked = answer.tracked
    if tracked.imported is not None:
        return f"Speech: {counted(len(tracked.imported), 'interval')} from the study's own table."
    if tracked.probable is not None:
        found = 0 if answer.speech is None else len(answer.speech)
        if answer.parameters.speech_method == "energy":
            return f"Speech: {counted(found, 'interval')} by loudness alone, which takes any noise for speech."
        least = answer.parameters.speech_threshold
        return f"Speech: {counted(found, 'interval')} in which its probability is {least:g} or more."
    return "Nothing is known about speech here, so no smile was left out for it."


def why_none(answer: Answer) -> str:
    """Why a track has no episode at all, '' where it has one."""
    if len(answer.episodes):
        return ""
    if not answer.usable.any():
        return "The face is never seen surely enough."
    level = answer.parameters.au12_min
    active = int((answer.tracked.track.au12[answer.usable] >= level).sum())
    if not active:
        return f"The smile muscle (AU12) never reaches {level:g} where the face is seen surely."
    return f"The smile muscle (AU12) reaches {level:g} in {counted(active, 'frame')} only, never twice within a second."


def noise(answer: Answer) -> str:
    """How restless the landmarks are, and what follows for the phases; '' where it is not known."""
    if not math.isfinite(answer.noise):
        return ""
    low, high = REAL_NOISE
    mine = f"From frame to frame the distance shakes by {answer.noise:.3f} IR here (standard deviation, calm frames); "
    mine += f"real tracks by {low:.3f} to {high:.3f}. "
    if answer.noise < FRAME_NOISE[0]:
        return f"{mine}So little noise leaves every boundary in its place."
    exact = {name: percent(float(np.interp(answer.noise, FRAME_NOISE, share))) for name, share in ALL_FOUR.items()}
    least = "no more than " if answer.noise > FRAME_NOISE[-1] else "about "
    return (
        f"{mine}With that much noise {least}{exact['raw']} of synthetic smiles came out right (all four boundaries "
        f"within two frames) without smoothing, and {exact['3']} with a mean of 3 frames."
    )


def shaky(answer: Answer) -> bool:
    """Whether so few smiles come out right at this noise, under the chosen smoothing, that it must be said first."""
    shares = ALL_FOUR.get(answer.parameters.smoothing)
    if shares is None or not math.isfinite(answer.noise):
        return False
    return float(np.interp(answer.noise, FRAME_NOISE, shares)) < TRUSTED


def not_usual(chosen: SmileParameters, usual: SmileParameters) -> str:
    """Which choices differ from the study's, as one sentence; '' where none does."""
    names = [name for name in SmileParameters.model_fields if getattr(chosen, name) != getattr(usual, name)]
    if not names:
        return ""
    words = one_of([PARAMETERS.get(name, name.replace("_", " ")) for name in names], "and")
    return f"Changed here, for looking only: {words}. The study's stored smiles stay as they were imported."


PARAMETERS = {
    "au12_min": "smile muscle from",
    "confidence_min": "confidence from",
    "gate_frames": "frames that open an episode",
    "gate_window_s": "within how long",
    "margin_s": "time searched around",
    "corner": "lip corner",
    "nostril": "point of the nose",
    "smoothing": "smoothing",
    "ir_frame": "where the initial radius is taken",
    "gap_factor": "what a gap is",
    "offset_amplitude_min": "smallest offset",
    "head_distance_flag": "head movement",
    "speech_min_s": "shortest speech",
    "speech_method": "rule for speech",
    "speech_threshold": "probability of speech",
}
"""Short names of the choices."""
