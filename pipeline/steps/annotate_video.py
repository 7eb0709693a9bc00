"""Streams of a new video, extracted exactly as those that a trained model was taught with."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd

from pipeline.catalogue.phase_card import Card, StreamUsed
from pipeline.catalogue.timed_entries import Streams
from pipeline.errors import StudyError, UserError, file_name
from pipeline.features.choices import STREAMS, BlendshapeChoices, Choices, Dinov2Choices, FaceChoices, W2vbertChoices
from pipeline.features.model_file import SHA256, face_model
from pipeline.features.task import Outcome, Task, target_file
from pipeline.features.video import opened
from pipeline.features.weights import find_weights
from pipeline.features.work import run
from pipeline.readers.stream_extracted import read_extracted
from pipeline.steps.extract import OUT, make_folder, words
from pipeline.steps.model_streams import asked_choices
from pipeline.steps.stream_files import StoredRows
from pipeline.steps.stream_store import store_streams

OF_SOUND = ("log_mel", "w2vbert", "speech")
"""Streams that are made of sound."""
KEY = b"annotated"
IMPORTED = (
    "{stream}: this stream of the model was imported from another program, so it cannot be extracted from a video. "
    "Import the streams of this recording ([[streams]] in the manifest) and annotate the observation by its name."
)
SILENT = (
    "{video}: the video has no sound track, and model {id} needs the stream {stream}, which is made of sound. Choose a "
    "model of pictures alone, or a video with sound."
)
OTHER_WEIGHTS = (
    "{stream}: the weights on this computer ({found}) are not those that model {id} was trained with ({wanted}). Put "
    "those in the folder models of the study."
)

Report = Callable[[str], None]


def extracted(
    home: Path, card: Card, video: Path, scratch: Path, observation: str, offset_ms: int, report: Report
) -> pd.DataFrame:
    """Extracts the card's streams of a video into the study folder (what is there already is not made again) and sets
    them on the grid below `scratch`; rows as those of `feature_streams`, in the card's order.

    UserError says what cannot be made.
    """
    tasks = [task_of(home, card, used, video) for used in card.streams]
    for task in tasks:
        if task.stream in OF_SOUND and not has_sound(video):
            raise UserError(SILENT.format(video=file_name(video), id=card.id, stream=task.stream))
    make_folder(home / OUT)
    rows = []
    for number, (task, used) in enumerate(zip(tasks, card.streams, strict=True)):
        outcome: Outcome = run(task)
        if outcome.status == "failed":
            raise UserError(outcome.error)
        report(words(outcome))
        rows.append(_row(task, used, scratch, f"{number}.parquet") | {"observation_id": observation})
    return pd.DataFrame(rows).assign(offset_ms=offset_ms)


def has_sound(video: Path) -> bool:
    """Whether a video has a sound track."""
    with opened(video) as container:
        return container.streams.best("audio") is not None


def task_of(home: Path, card: Card, used: StreamUsed, video: Path) -> Task:
    """One stream of a video with the choices of the card; UserError where this computer cannot make it so."""
    if used.stream not in STREAMS or not asked_choices(used):
        raise StudyError(IMPORTED.format(stream=used.stream))
    choices = choices_of(used)
    if isinstance(choices, FaceChoices | BlendshapeChoices):
        return Task(video, used.stream, choices, home / OUT, face_model(home), SHA256)
    if not isinstance(choices, Dinov2Choices | W2vbertChoices):
        return Task(video, used.stream, choices, home / OUT)
    found = find_weights(used.stream, choices.model, home, allow_random=choices.random_weights)
    here = replace(choices, model=found.model, revision=found.revision, random_weights=found.folder is None)
    if here != choices:
        said = {"found": _named(here), "wanted": _named(choices)}
        raise StudyError(OTHER_WEIGHTS.format(stream=used.stream, id=card.id, **said))
    return Task(video, used.stream, choices, home / OUT, found.folder, found.sha256)


def _named(choices: Dinov2Choices | W2vbertChoices) -> str:
    kind = "random" if choices.random_weights else choices.revision[:8]
    return f"{choices.model} {kind}".strip()


def choices_of(used: StreamUsed) -> Choices:
    """The choices of a card as those of an extraction; StudyError where this program does not know one of them."""
    said = {name: _frozen(value) for name, value in asked_choices(used).items()}
    try:
        return STREAMS[used.stream](**said)
    except TypeError:
        text = f"{used.stream}: the model was trained on streams of another version of Dyadscope."
        raise StudyError(f"{text} Extract the streams again and train a new model.") from None


def _frozen(value: object) -> object:
    """Lists of JSON as the tuples they were."""
    return tuple(_frozen(one) for one in value) if isinstance(value, list) else value


def _row(task: Task, used: StreamUsed, scratch: Path, place: str) -> dict[str, object]:
    """The stream set on the grid from 0 s on, as an import does it."""
    target, _ = target_file(task)
    entry = Streams(files=(target.name,), format="extracted", subject=used.subject or None)
    store_streams(target, entry, scratch, place, KEY)
    (read,) = read_extracted(target)
    with StoredRows(scratch / place) as stored:
        width = {"fps": float(stored.fps), "frames": stored.frames, "dim": stored.dim}
    about = {"stream": used.stream, "subject": used.subject, "file": place, "choices": read.choices}
    return about | width | {"random_weights": read.random_weights}
