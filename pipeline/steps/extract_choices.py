"""What the options of `extract` choose for each stream, and which model it needs."""

import re
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from pipeline.errors import UserError, listed
from pipeline.features.choices import (
    CELLS,
    FPS,
    STREAMS,
    BlendshapeChoices,
    Choices,
    Dinov2Choices,
    FaceChoices,
    LogMelChoices,
    MotionChoices,
    MotionGridChoices,
    W2vbertChoices,
)
from pipeline.features.encoder import RUNTIMES
from pipeline.features.model_file import SHA256, face_model
from pipeline.features.motion import region
from pipeline.features.openvino_runtime import require_openvino
from pipeline.features.patches import CROPS
from pipeline.features.weights import ENCODERS, find_weights

MODES = ("windowed", "continuous")
PRECISIONS = ("auto", "float32", "bfloat16")
VIEWED = ("motion_grid", "dinov2")
"""Streams that can look at a part of the picture."""
NAME = re.compile(r"\w+")
SHORTEST_MS = 35
"""A window shorter than this holds not one token."""


@dataclass(frozen=True)
class Source:
    """Choices of a stream with the model it needs and that model's checksum."""

    choices: Choices
    model: Path | None = None
    sha256: str = ""


def sources(stream: str, options: Namespace, home: Path) -> list[Source]:
    """What is to be made of a stream: one for each view of the picture where the stream looks at one."""
    one = chosen_source(stream, options, home)
    if stream not in VIEWED or not options.view:
        return [one]
    views = [region(text) for text in options.view]
    if wrong := [view[0] for view in views if not NAME.fullmatch(view[0])]:
        raise UserError(
            f"--view '{wrong[0]}': write a name of letters, digits and _ only; it stands in the file's name."
        )
    return [replace(one, choices=replace(one.choices, view=view)) for view in views]


def chosen_source(stream: str, options: Namespace, home: Path) -> Source:
    """What the options choose for a stream; UserError when that cannot be, or when its model is not there."""
    choices = CHOOSERS[stream](options) if stream in CHOOSERS else STREAMS[stream]()
    if stream in ("faces", "blendshapes"):
        return Source(choices, face_model(home), SHA256)
    if stream not in ENCODERS:
        return Source(choices)
    found = find_weights(stream, choices.model, home, options.allow_download, options.allow_random_weights)
    known = replace(choices, model=found.model, revision=found.revision, random_weights=found.folder is None)
    return Source(known, found.folder, found.sha256)


def _faces(options: Namespace) -> FaceChoices:
    if options.faces < 1:
        raise UserError("--faces: at least one face must be followed. Write 1 or more.")
    return FaceChoices(faces=options.faces)


def _blendshapes(options: Namespace) -> BlendshapeChoices:
    if options.face < 0:
        raise UserError("--face: faces are counted from 0. Write 0 or more.")
    return BlendshapeChoices(faces=_faces(options).faces, face=options.face)


def _motion(options: Namespace) -> MotionChoices:
    return MotionChoices(tuple(region(text) for text in options.region)) if options.region else MotionChoices()


def _motion_grid(options: Namespace) -> MotionGridChoices:
    if options.cells not in CELLS:
        raise UserError(f"--cells {options.cells}: choose from {', '.join(map(str, CELLS))}.")
    return MotionGridChoices(cells=options.cells)


def _context(options: Namespace) -> tuple[int, int]:
    left, right = options.left_ms, options.right_ms
    if min(left, right) < 0 or left + right < SHORTEST_MS:
        raise UserError(f"--left-ms {left} --right-ms {right}: write at least {SHORTEST_MS} ms together, none below 0.")
    return left, right


def _log_mel(options: Namespace) -> LogMelChoices:
    left, right = _context(options)
    return LogMelChoices(left_ms=left, right_ms=right)


def _dinov2(options: Namespace) -> Dinov2Choices:
    crop, precision = one_of("--crop", options.crop, CROPS), one_of("--precision", options.precision, PRECISIONS)
    if not 1 <= options.sample_fps <= FPS:
        raise UserError(f"--sample-fps {options.sample_fps}: write a whole number from 1 to {FPS}.")
    return Dinov2Choices(
        options.dinov2, crop=crop, sample_fps=options.sample_fps, precision=precision, runtime=_runtime(options)
    )


def _w2vbert(options: Namespace) -> W2vbertChoices:
    (left, right), mode = _context(options), one_of("--sound", options.sound, MODES)
    precision = one_of("--precision", options.precision, PRECISIONS)
    return W2vbertChoices(
        options.w2vbert, mode=mode, left_ms=left, right_ms=right, precision=precision, runtime=_runtime(options)
    )


def _runtime(options: Namespace) -> str:
    runtime = one_of("--runtime", options.runtime, RUNTIMES)
    if runtime == "openvino":
        require_openvino()
    return runtime


def one_of(option: str, value: str, known: tuple[str, ...]) -> str:
    """The value, where it is one of those known."""
    if value not in known:
        raise UserError(f"{option} '{value}': choose from {listed(known)}.")
    return value


CHOOSERS: dict[str, Callable[[Namespace], Choices]] = {
    "faces": _faces,
    "blendshapes": _blendshapes,
    "motion": _motion,
    "motion_grid": _motion_grid,
    "log_mel": _log_mel,
    "dinov2": _dinov2,
    "w2vbert": _w2vbert,
}
"""The other streams have nothing to choose."""
