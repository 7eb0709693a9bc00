"""Sentences of the traces: what a stream and its numbers are, the finding, what it rests on."""

from math import floor, log10

import pandas as pd

from pages.parts.engagement_study_words import IN_WORDS, MINUS, SPACE
from pages.parts.words import SUBJECTS, counted, escape, one_of, plain
from pipeline.steps.feature_traces import CELLS, FRAMES, IMPORTED, LEVEL, TOKENS, Answer, Stream

STREAMS = {
    "motion_grid": "Movement",
    "log_mel": "Loudness",
    "blendshapes": "Movements of the face",
    "dinov2": "Picture",
    "w2vbert": "Sound",
}
MOVEMENT = (
    "Change of the picture",
    "Speed of movement",
    "Movement to the right",
    "Movement downwards",
)
MOVEMENT_UNITS = (
    "Mean change of grey per second (1: black to white)",
    "Mean speed (picture heights per second)",
    "Mean speed to the right (picture heights per second)",
    "Mean speed downwards (picture heights per second)",
)
NO_STREAMS = "This study has no feature streams that could be shown."
HOW_STREAMS = (
    "Extract them from the videos, for example `python -m pipeline extract VIDEO --streams motion_grid,log_mel`, name "
    "the files in the manifest ([[streams]]), and import again."
)
NO_EPISODES = "No selected session has both this stream and marked episodes."
HOW_EPISODES = "Widen the filters, choose another stream, or give the study a table of episodes."
SIGN = (
    "The sign of a component is a convention: it is turned so that the entry of its axis with the largest absolute "
    "value is positive. Two traces that run against each other may differ in sign only."
)


def stream(one: Stream) -> str:
    """'Movement (motion_grid), whole session'."""
    known = STREAMS.get(one.stream)
    name = f"{known} ({one.stream})" if known else one.stream
    return f"{name}, {SUBJECTS.get(one.subject, plain(one.subject)).lower() if one.subject else 'whole session'}"


def numbers(one: Stream) -> list[str]:
    """What each number that is kept of a frame is."""
    if one.kind == CELLS:
        return list(MOVEMENT)
    return ["Loudness"] if one.kind == LEVEL else [f"Component {place + 1}" for place in range(one.numbers)]


def axis(one: Stream, number: int) -> str:
    """What stands at the axis."""
    if one.kind == CELLS:
        return MOVEMENT_UNITS[number]
    return "Mean of the log energy over all bands" if one.kind == LEVEL else f"Mean score on component {number + 1}"


def size(one: Stream) -> str:
    """'1.7 GB, about 30 s'."""
    seconds = max(one.seconds, 1)
    time = f"{seconds / 60:.0f} minutes" if seconds > 90 else f"{seconds:.0f} s"
    return f"{one.size_bytes / 1e9:.1f} GB, about {time}"


def barred(names: list[str]) -> str:
    """Streams that mean nothing are not drawn."""
    return (
        f"Not shown: {escape(one_of(names, 'and'))}. These numbers come from a network with random weights; they mean "
        "nothing."
    )


def _decimals(low: float, high: float) -> int:
    """Decimals that the width of an interval deserves: one figure of half its width."""
    half = (high - low) / 2
    return max(0, -floor(log10(half))) if half > 0 else 3


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace("-", MINUS)


def finding(changes: pd.DataFrame, means: dict[str, float], asked: tuple[str, ...], name: str) -> str:
    """'How much the picture changes falls from 0.31 in play to 0.12 in the still face (change −0.19, ...)'."""
    if len(asked) < 2:
        return ""
    first, second = asked[:2]
    mine = changes[(changes["first"] == first) & (changes["second"] == second)].dropna(subset=["mean"])
    if mine.empty:
        return ""
    row = mine.iloc[0]
    start, end = (IN_WORDS[one] for one in (first, second))
    if pd.isna(row["low"]) or row["low"] <= 0 <= row["high"]:
        return f"{escape(name)}: no clear change from {start} to {end}."
    verb = "falls" if row["mean"] < 0 else "rises"
    digits = _decimals(row["low"], row["high"])
    ends = f"95{SPACE}% {_number(row['low'], digits)} to {_number(row['high'], digits)}"
    change = f"{'' if row['mean'] < 0 else '+'}{_number(row['mean'], digits)}"
    levels = [_number(means[one], digits) for one in (first, second)]
    return (
        f"**{escape(name)}** {verb} from {levels[0]} in {start} to {levels[1]} in {end} (change {change}, {ends})."
    )


def basis(found: Answer, one: Stream, number: int) -> str:
    """What is counted, sessions that count, those without episodes, those made in another way."""
    parts = [f"{axis(one, number)}.", f"{counted(found.sessions, 'session')} with this stream and marked episodes."]
    if found.without_episodes:
        parts.append(f"{counted(found.without_episodes, 'session')} of the selection without one of them.")
    if one.others:
        sessions = counted(one.others, "session")
        parts.append(f"{sessions} whose stream was made in another way {_are(one.others)} left out.")
    return " ".join(parts)


def _are(number: int) -> str:
    return "is" if number == 1 else "are"


def about(one: Stream) -> list[str]:
    """What the numbers are and how they were made."""
    line = "Line: mean over dyads in each second; band: 95 % interval that keeps dyads of a family together."
    if one.kind == CELLS:
        cells = round((one.rows["dim"].iloc[0] / 4) ** 0.5)
        return [f"Means over the {cells} × {cells} cells of the picture.", line]
    if one.kind == LEVEL:
        return [line]
    where = {
        TOKENS: "Mean over the patches of a picture; components fitted over the patches of all sessions of the study, "
        "for this picture only, never for a classifier.",
        IMPORTED: "Mean over the patches of a picture; components as they were imported, which need not match "
        "between sessions.",
        FRAMES: "Components fitted over the frames of all sessions of the study, for this picture only, never for a "
        "classifier.",
    }
    return [where[one.kind], SIGN, line]
