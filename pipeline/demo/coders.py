"""Who coded which recording, and how a second coder's coding of the same recording differs."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

FIRST_SHARE = 90 / 142
SECOND_SHARE = 21 / 142
SECOND_BY_MS = 8 / 21
JITTER_MS = {
    "facial_expression": 350,
    "visual_attention": 235,
    "infant_vocalisation": 180,
    "caregiver_vocalisation": 180,
}
CONFUSED = {
    "facial_expression": 0.125,
    "visual_attention": 0.115,
    "infant_vocalisation": 0.05,
    "caregiver_vocalisation": 0.06,
}
MISSED = 0.25
SHORT_MS = 1200
"""A second coder places boundaries with this SD, takes one code for another in this share of bouts, and does not see
this share of the bouts shorter than SHORT_MS; some recordings are coded with more care than others. Chosen so that
kappa lies where the paper reports it.
"""

MISTAKEN_FOR = {
    "Smile": ("Positive",),
    "Positive": ("Smile", "Neutral/Alert"),
    "Neutral/Alert": ("Positive", "Face not visible"),
    "Face not visible": ("Neutral/Alert",),
    "Negative": ("Neutral/Alert", "Disgust"),
    "Disgust": ("Negative", "None of the above"),
    "Mock surprise": ("Positive", "Smile"),
    "Woe face": ("Negative",),
    "Surprise": ("Positive",),
    "None of the above": ("Neutral/Alert",),
    "Look at focus object": ("Look at other object", "Not possible to code visual attention"),
    "Look at other object": ("Look at focus object",),
    "Look at infant": ("Look at focus object",),
    "Look at caregiver 1": ("Look at object outside of view",),
    "Look at caregiver 2": ("Look at object outside of view",),
    "Look at sibling": ("Look at object outside of view",),
    "Look at other person": ("Look at object outside of view",),
    "Look at distraction": ("Look at other object",),
    "Look at object outside of view": ("Not possible to code visual attention", "Look at other object"),
    "No visual attention": ("Look at object outside of view",),
    "Not possible to code visual attention": ("Look at object outside of view",),
    "Non-Distress": ("Babbling",),
    "Babbling": ("Non-Distress",),
    "Distressed": ("Non-Distress",),
    "Laughing": ("Non-Distress",),
    "Speech": ("Silent",),
    "Silent": ("Speech",),
    "Laugh": ("Non verbal sound",),
}


@dataclass(frozen=True)
class Coding:
    """Who coded what: `first` and `second` map observation ids to coders."""

    first: dict[str, str]
    second: dict[str, str]


def assign_coders(rng: np.random.Generator, observation_ids: list[str]) -> Coding:
    """KL and MS coded the study; MS and RT coded 15 % again. KL has coded most, MS more than RT: first codings are
    the ones analysed.
    """
    order = [str(name) for name in rng.permutation(observation_ids)]
    by_kl = round(len(order) * FIRST_SHARE)
    first = {name: "KL" if place < by_kl else "MS" for place, name in enumerate(order)}
    again = [str(name) for name in rng.permutation(order)][: round(len(order) * SECOND_SHARE)]
    of_kl = [name for name in again if first[name] == "KL"][: round(len(again) * SECOND_BY_MS)]
    return Coding(first, {name: "MS" if name in of_kl else "RT" for name in again})


def code_again(rng: np.random.Generator, events: pd.DataFrame) -> pd.DataFrame:
    """The events as another coder would have marked them: same columns, streams still without gap or overlap."""
    streams = events.groupby(["observation_id", "subject", "behaviour_group"], sort=True)
    return pd.concat([_stream_again(rng, stream.sort_values("onset_ms")) for _, stream in streams], ignore_index=True)


def _stream_again(rng: np.random.Generator, stream: pd.DataFrame) -> pd.DataFrame:
    group = stream["behaviour_group"].iloc[0]
    attention = rng.gamma(12, 1 / 12)
    again = stream.assign(code=_confused(rng, stream["code"].tolist(), min(CONFUSED[group] * attention, 0.5)))
    short = (again["offset_ms"] - again["onset_ms"] < SHORT_MS).to_numpy()
    unseen = short & (rng.random(len(again)) < MISSED)
    unseen[0] = False
    again = _merged(again[~unseen])
    onset = _moved(rng, again["onset_ms"].to_numpy(), JITTER_MS[group], int(stream["offset_ms"].max()))
    again = again.assign(onset_ms=onset, offset_ms=np.append(onset[1:], stream["offset_ms"].max()))
    look = again["code"] == "Look at distraction"
    return again.assign(
        modifier=np.where(look | ~again["modifier"].isin(("phone", "TV", "computer", "pet")), again["modifier"], "")
    )


def _confused(rng: np.random.Generator, codes: list[str], chance: float) -> list[str]:
    draws = rng.random((len(codes), 2))
    result = []
    for code, (wrong, which) in zip(codes, draws, strict=True):
        others = MISTAKEN_FOR.get(code, ())
        result.append(others[int(which * len(others))] if others and wrong < chance else code)
    return result


def _merged(stream: pd.DataFrame) -> pd.DataFrame:
    """Neighbours with one code become one bout (the first one's onset stays)."""
    same = (stream["code"] == stream["code"].shift()).to_numpy()
    return stream[~same]


def _moved(rng: np.random.Generator, onset: np.ndarray, sd_ms: float, end_ms: int) -> np.ndarray:
    """Onsets moved at random, each by less than half of the bouts beside it, so that their order stays; the first
    stays at 0.
    """
    edges = np.append(onset, end_ms)
    half = np.minimum(np.diff(edges), np.append(10**9, np.diff(edges)[:-1])) * 0.45
    moved = onset + np.clip(np.round(rng.normal(0, sd_ms, len(onset))), -half, half).astype(np.int64)
    moved[0] = onset[0]
    return moved
