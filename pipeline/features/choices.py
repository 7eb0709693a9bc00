"""What an extraction may choose per stream; the whole of it stands in each file and in its name."""

from dataclasses import asdict, dataclass

FPS = 25
"""Pictures per second of the grid that the streams of engagement phases share."""
View = tuple[str, float, float, float, float]
"""Part of a picture that is looked at: name, and left, top, right, bottom as fractions of the picture."""
WHOLE: View = ("", 0, 0, 1, 1)
CELLS = (1, 2, 4, 8, 16)
"""Cells per side of the picture: fewer are whole groups of the sixteen."""
LATER = {"cells": 16, "runtime": "torch"}
"""Choices that came later: left out where they are as they always were, so that older files are found again."""


@dataclass(frozen=True)
class FaceChoices:
    """`faces`: how many are followed at once (2: a parent and an infant). `look_every`: while fewer are in view, a
    part of the picture is searched every so many frames (all of it in every frame while none is)."""

    faces: int = 2
    look_every: int = 5


@dataclass(frozen=True)
class SpeechChoices:
    """Nothing to choose: threshold and shortest length are applied to the stored track."""


@dataclass(frozen=True)
class MotionChoices:
    """`regions`: name, left, top, right, bottom as fractions of the picture. `difference_min`: a pixel has changed when
    its grey value differs by more. `cut_share`: where more pixels change it is a cut between scenes, not movement."""

    regions: tuple[tuple[str, float, float, float, float], ...] = (("left", 0, 0, 0.5, 1), ("right", 0.5, 0, 1, 1))
    difference_min: int = 12
    cut_share: float = 0.60


@dataclass(frozen=True)
class MotionGridChoices:
    """`long_side`: pixels of the longer side while movement is measured. `difference_min`, `cut_share`: as above.
    `view`: the part of the picture that is divided into cells. `cells`: per side, one of CELLS."""

    fps: int = FPS
    long_side: int = 320
    difference_min: int = 12
    cut_share: float = 0.60
    view: View = WHOLE
    cells: int = 16


@dataclass(frozen=True)
class LogMelChoices:
    """`left_ms`, `right_ms`: how far before and after the time of a frame sound is averaged."""

    fps: int = FPS
    left_ms: int = 50
    right_ms: int = 50


@dataclass(frozen=True)
class Dinov2Choices:
    """`model`: id or name of the folder; `revision`, `random_weights`: what was found. `crop`: centre | letterbox.
    `sample_fps`: pictures looked at per second, held in between. `components`: scores kept per patch. `precision`:
    auto | float32 | bfloat16. `view`: the part of the picture that is cut from. `runtime`: torch | openvino."""

    model: str = "facebook/dinov2-large"
    revision: str = ""
    random_weights: bool = False
    crop: str = "centre"
    sample_fps: int = FPS
    components: int = 64
    precision: str = "auto"
    fps: int = FPS
    view: View = WHOLE
    runtime: str = "torch"


@dataclass(frozen=True)
class W2vbertChoices:
    """`mode`: windowed (each window through the model on its own) | continuous (the whole session, then averaged): two
    different features. `left_ms`, `right_ms`: before and after the time of a frame. `runtime`: torch | openvino."""

    model: str = "facebook/w2v-bert-2.0"
    revision: str = ""
    random_weights: bool = False
    mode: str = "windowed"
    left_ms: int = 50
    right_ms: int = 50
    precision: str = "auto"
    fps: int = FPS
    runtime: str = "torch"


@dataclass(frozen=True)
class BlendshapeChoices(FaceChoices):
    """`face`: number of the face in the face track, 0 is the one seen best."""

    face: int = 0
    fps: int = FPS


Choices = (
    FaceChoices
    | SpeechChoices
    | MotionChoices
    | MotionGridChoices
    | LogMelChoices
    | Dinov2Choices
    | W2vbertChoices
    | BlendshapeChoices
)
STREAMS: dict[str, type[Choices]] = {
    "dinov2": Dinov2Choices,
    "w2vbert": W2vbertChoices,
    "blendshapes": BlendshapeChoices,
    "faces": FaceChoices,
    "motion_grid": MotionGridChoices,
    "speech": SpeechChoices,
    "motion": MotionChoices,
    "log_mel": LogMelChoices,
}
"""Slow streams first: the last task of a long run is then a short one."""


def as_words(choices: Choices) -> dict:
    """The choices as plain values for a file's description and its name; those of LATER only where they differ."""
    return {name: value for name, value in asdict(choices).items() if LATER.get(name, ...) != value}
