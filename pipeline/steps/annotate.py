"""Annotates one recording with a trained model: an observation from its stored streams, or a video.

A recording that people coded is given the predictions of folds that never saw its family, and nothing else: the final
network was taught by it. Only recordings that nobody coded are given to the final network.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd

from pipeline.catalogue.phase_asked import AS_IMPORTED
from pipeline.catalogue.phase_card import Card
from pipeline.errors import StudyError, UserError
from pipeline.measures.frame_labels import UNCODED, frame_count, frame_labels
from pipeline.measures.pca import Components
from pipeline.measures.phase_segments import segments
from pipeline.measures.phase_sessions import Session, present_frames
from pipeline.models.phases import Fitted, predict
from pipeline.steps import phase_models
from pipeline.steps.annotate_video import extracted
from pipeline.steps.feature_streams import chosen_streams, session_clock
from pipeline.steps.model_streams import refuse_other_streams
from pipeline.steps.phase_features import TRAIN_FOLD, Reading
from pipeline.steps.phase_models import PREDICTED

OUT_OF_FOLD = (
    "{name} was coded by a person: these are the predictions of networks that were taught without its family, not of "
    "the final network, which was taught by it."
)
FINAL = "{name} was coded by nobody: the final network of model {id} predicts it."
SAME_FAMILY = " Another recording of the same family taught the network, so it may look better here than elsewhere."
CODED_LATER = (
    "{name} was coded by a person and took no part in the training of model {id}, so there is no prediction that may "
    "stand beside that coding. Train the model again: the new one predicts it without its family."
)
NO_FEATURES = "{name}: not one frame has all the numbers that model {id} needs. Nothing was predicted."

Report = Callable[[str], None]


@dataclass(frozen=True)
class Target:
    """What is annotated. `name`: of the observation, else of the video's file. `observation`: '' where the video is of
    none. [start_ms, end_ms): the session, end None where nobody says. `video`: extract from it, `offset_ms`: its
    time at the origin. `coded`: a person coded it. `streams`: rows of `feature_streams`; `episodes`: those of it."""

    name: str
    observation: str
    subject: str
    start_ms: int = 0
    end_ms: int | None = None
    family: str = ""
    coded: bool = False
    video: Path | None = None
    offset_ms: int = 0
    streams: pd.DataFrame | None = None
    episodes: pd.DataFrame | None = None


@dataclass(frozen=True)
class Annotated:
    """`rows` (columns PREDICTED) of one target, and in words where they come from. `fresh`: by the final network."""

    target: Target
    rows: pd.DataFrame
    words: str
    fresh: bool


@dataclass(frozen=True)
class Model:
    """A trained model read once for all targets."""

    card: Card
    fitted: Fitted
    components: Mapping[str, Components]
    predictions: pd.DataFrame
    families: frozenset[str]


def read_model(home: Path, id: str) -> Model:
    """The model of an id ('3fa9c1d2' or 'model:3fa9c1d2'); UserError says what is wrong with it."""
    card = phase_models.card(home, id)
    folder = phase_models.model_folder(home, card.id)
    _, fitted, components = phase_models.read_model(folder)
    families = phase_models.read_answers(folder, ["family"])["family"].astype("str")
    return Model(card, fitted, components or {}, phase_models.read_predictions(folder), frozenset(families))


def annotate(home: Path, model: Model, target: Target, report: Report = lambda line: None) -> Annotated:
    """What the model says of a target; UserError in one sentence why it cannot be asked."""
    if target.coded:
        own = model.predictions[model.predictions["observation_id"] == target.observation]
        if own.empty:
            raise StudyError(CODED_LATER.format(name=target.name, id=model.card.id))
        return Annotated(target, own.reset_index(drop=True), OUT_OF_FOLD.format(name=target.name), False)
    words = FINAL.format(name=target.name, id=model.card.id)
    words += SAME_FAMILY if target.family in model.families else ""
    if target.video is None:
        return Annotated(target, predicted(home, model, _stored(model.card, target), target), words, True)
    with TemporaryDirectory(prefix="annotate-") as folder:
        scratch = Path(folder)
        rows = extracted(home, model.card, target.video, scratch, target.name, target.offset_ms, report)
        return Annotated(target, predicted(scratch, model, rows, target), words, True)


def _stored(card: Card, target: Target) -> pd.DataFrame:
    """The streams of an observation that the model reads; StudyError names the one that is missing."""
    names = [used.stream for used in card.streams]
    try:
        return chosen_streams(target.streams, names, target.subject)
    except UserError:
        there = target.streams.loc[target.streams["subject"].isin((target.subject, "")), "stream"]
        lacking = [name for name in names if name not in set(there)]
        text = f"{target.name}: the study has no stream {' and '.join(lacking)} of this recording."
        raise StudyError(f"{text} Give its video instead of its name, or import the stream.") from None


def predicted(folder: Path, model: Model, rows: pd.DataFrame, target: Target) -> pd.DataFrame:
    """Segments of the final network over all frames with features (columns PREDICTED), inside the session. `rows`:
    streams with files below `folder`."""
    card = model.card
    ends = {} if target.end_ms is None else {target.name: target.end_ms}
    scope = card.pca_scope if card.pca_scope != AS_IMPORTED else TRAIN_FOLD
    reading = Reading(folder, rows.assign(observation_id=target.name), ends, scope, given=model.components)
    refuse_other_streams(card, reading.rows, reading)
    clock = session_clock(reading.rows, target.end_ms)
    values = reading.read(target.name, model.components)
    session = _session(target, values, clock.fps)
    if not session.present.any():
        raise StudyError(NO_FEATURES.format(name=target.name, id=card.id))
    answers = predict(model.fitted, session, values)
    told, sure = np.full(len(values), UNCODED, dtype=np.int64), np.zeros(len(values))
    told[answers.frames] = answers.probabilities.argmax(axis=1)
    sure[answers.frames] = answers.probabilities.max(axis=1)
    found = segments(told, sure, card.classes, clock.fps)
    found["onset_ms"] = found["onset_ms"].clip(lower=target.start_ms)
    found["offset_ms"] = found["offset_ms"].clip(upper=target.end_ms)
    found = found[found["offset_ms"] > found["onset_ms"]]
    whose = {"observation_id": target.name, "subject": target.subject, "behaviour_group": card.behaviour_group}
    return found.assign(**whose)[list(PREDICTED)].reset_index(drop=True)


def _session(target: Target, values: np.ndarray, fps: Fraction) -> Session:
    """The frames of a target as a session without labels; frames before its start count as having no features."""
    present = present_frames(values)
    present[: frame_count(target.start_ms, fps)] = False
    labels = np.full(len(values), UNCODED, dtype=np.int16)
    return Session(target.name, target.family, labels, present, _episodes(target.episodes, len(values), fps))


def _episodes(episodes: pd.DataFrame | None, frames: int, fps: Fraction) -> np.ndarray | None:
    """Number of the episode of each frame, as in training; None without episodes."""
    if episodes is None or episodes.empty:
        return None
    numbers = tuple(str(place) for place in range(len(episodes)))
    return frame_labels(episodes.assign(code=list(numbers)), numbers, frames, fps).astype(np.int64)
