"""Short rendered clips for a few recordings: the people look as coded, and a clock shows the time of the recording.

OpenCV is needed here and nowhere else in the demo; it is loaded when a clip is drawn.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pandas as pd

from pipeline.demo.faces import CAREGIVER, INFANT, INK, Person, Point, draw_head
from pipeline.demo.observer_files import clock
from pipeline.intervals import intersect, total, union
from pipeline.terminal import quiet

WIDTH, HEIGHT, FPS, SECONDS = 320, 240, 8, 60
LAST_OF_FRAME = 1000 // FPS - 1
"""A frame shows what is coded at its last millisecond: whoever jumps to the start of a bout sees the bout."""

THREE_VIEWS = (
    {"infant_camera": 2_400, "parent_camera": 0, "room": 5_120},
    {"infant_camera": 0, "parent_camera": 1_280, "room": -760},
    {"infant_camera": 640, "parent_camera": 3_320, "room": 0},
)
ONE_VIEW = ({"parent_camera": 0}, {"infant_camera": 0}, {"room": 1_500}, {"parent_camera": 2_000}, {"room": 0})
"""Time of the video (ms) at the start of the recording, per view: the cameras were not switched on together."""

TITLES = {"infant_camera": "infant's camera", "parent_camera": "parent's camera", "room": "photo frame"}
ON_PARENT = "mother's face"
WALLS = {"infant_camera": (235, 240, 226), "parent_camera": (226, 236, 245), "room": (238, 232, 232)}
STREAMS = tuple((who, group) for who in ("infant", "caregiver1") for group in ("facial_expression", "visual_attention"))


@dataclass(frozen=True)
class Clip:
    """One video of one recording. `codes` are (onsets in ms, labels) of the four streams of STREAMS. `on_parent`: the
    camera stands in the room and films the parent's face.
    """

    observation_id: str
    view: str
    offset_ms: int
    codes: tuple[tuple[np.ndarray, np.ndarray], ...]
    on_parent: bool = False

    @property
    def path(self) -> str:
        """File below the study's folder."""
        return f"clips/{self.observation_id}_{self.view}.webm"

    def shown(self, at_ms: int) -> list[str]:
        """Codes of the four streams at a time of the recording (at its start, before it has begun)."""
        places = [int(np.searchsorted(onsets, at_ms, side="right")) - 1 for onsets, _ in self.codes]
        return [str(labels[max(place, 0)]) for place, (_, labels) in zip(places, self.codes, strict=True)]


def choose_clips(events: pd.DataFrame) -> list[Clip]:
    """Clips of the recording in which both are negative longest (timelines open with it) and of the liveliest first
    minutes (facial expressions); three have three views."""
    early = events[(events["behaviour_group"] == "facial_expression") & (events["onset_ms"] < SECONDS * 1000)]
    counts = early.groupby("observation_id")["code"].agg(["nunique", "size"])
    variety = counts.sort_values(["nunique", "size"], ascending=False, kind="stable")
    views = (*THREE_VIEWS, *ONE_VIEW)
    names = list(dict.fromkeys([_most_negative(events), *variety.index]))[: len(views)]
    clips = []
    for name, cameras in zip(names, views, strict=False):
        codes = _codes(events[events["observation_id"] == name])
        clips += [Clip(str(name), view, offset, codes) for view, offset in cameras.items()]
    return clips


def _most_negative(events: pd.DataFrame) -> str:
    """The recording in which infant and caregiver show negative faces at the same time for longest."""
    together = {}
    for name, rows in events[events["code"] == "Negative"].groupby("observation_id"):
        bouts = [rows.loc[rows["subject"] == who, ["onset_ms", "offset_ms"]] for who in ("infant", "caregiver1")]
        both = intersect(*(union(part.itertuples(index=False, name=None)) for part in bouts))
        together[str(name)] = total(both)
    return max(together, key=lambda name: (together[name], name))


def _codes(events: pd.DataFrame) -> tuple[tuple[np.ndarray, np.ndarray], ...]:
    streams = []
    for subject, group in STREAMS:
        rows = events[(events["subject"] == subject) & (events["behaviour_group"] == group)].sort_values("onset_ms")
        streams.append((rows["onset_ms"].to_numpy(), rows["code"].to_numpy()))
    return tuple(streams)


def media_table(clips: list[Clip]) -> pd.DataFrame:
    """The study's media table: observation_id, view, path, offset_ms."""
    rows = [(clip.observation_id, clip.view, clip.path, clip.offset_ms) for clip in clips]
    return pd.DataFrame(rows, columns=["observation_id", "view", "path", "offset_ms"])


def write_clips(folder: Path, clips: list[Clip], seconds: float = SECONDS) -> None:
    """Renders the clips below `folder`, two at a time (VP8 in WebM, which browsers play); OSError when one cannot be
    written.
    """
    import cv2

    (folder / "clips").mkdir(parents=True, exist_ok=True)
    with quiet():  # OpenCV's remark on the container
        writers = [open_film(cv2, folder / clip.path) for clip in clips]
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda pair: _render(cv2, *pair, seconds), zip(writers, clips, strict=True)))


def open_film(cv2: ModuleType, path: Path, fps: int = FPS) -> Any:
    """A writer of VP8 video; OSError when it cannot be written."""
    writer = cv2.VideoWriter(str(path), cv2.CAP_FFMPEG, cv2.VideoWriter_fourcc(*"VP80"), fps, (WIDTH, HEIGHT))
    if not writer.isOpened():
        raise OSError(f"{path.name} could not be written as VP8 video")
    return writer


def _render(cv2: ModuleType, writer: Any, clip: Clip, seconds: float) -> None:
    for number in range(round(seconds * FPS)):
        writer.write(draw_frame(cv2, clip, round(number * 1000 / FPS) - clip.offset_ms))
    writer.release()


def draw_frame(cv2: ModuleType, clip: Clip, at_ms: int) -> np.ndarray:
    """The picture at a time of the recording (height x width x 3, blue-green-red)."""
    image = np.full((HEIGHT, WIDTH, 3), WALLS[clip.view], np.uint8)
    infant_face, infant_gaze, parent_face, parent_gaze = clip.shown(at_ms + LAST_OF_FRAME)
    if clip.view == "room":
        cv2.rectangle(image, (0, 178), (WIDTH, HEIGHT), (190, 205, 220), -1)
        figure(cv2, image, (92, 118), 34, CAREGIVER, parent_face, parent_gaze)
        figure(cv2, image, (232, 140), 26, INFANT, infant_face, infant_gaze)
    elif clip.view == "infant_camera" or clip.on_parent:
        figure(cv2, image, (160, 122), 66, CAREGIVER, parent_face, parent_gaze)
    else:
        figure(cv2, image, (160, 122), 66, INFANT, infant_face, infant_gaze)
    cv2.rectangle(image, (136, 190), (184, 214), (90, 170, 235), -1)
    _captions(cv2, image, clip, at_ms)
    return image


def figure(cv2: ModuleType, image: Any, centre: Point, radius: int, person: Person, expression: str, gaze: str) -> None:
    """Head and shoulders of a person."""
    x, y = centre
    chest, size = (x, y + int(radius * 2.1)), (int(radius * 1.35), int(radius * 1.15))
    cv2.ellipse(image, chest, size, 0, 180, 360, person.shirt, -1, cv2.LINE_AA)
    draw_head(cv2, image, centre, radius, person, expression, gaze)


def _captions(cv2: ModuleType, image: Any, clip: Clip, at_ms: int) -> None:
    """The clock, large, and what the picture is; codes as coded, so that a shift would be seen."""
    faces = clip.shown(at_ms + LAST_OF_FRAME)
    view = "infant_camera" if clip.on_parent else clip.view
    said = {"room": f"{faces[0]} | {faces[2]}", "infant_camera": faces[2], "parent_camera": faces[0]}[view]
    captions(cv2, image, at_ms, ON_PARENT if clip.on_parent else TITLES[clip.view], said)


def captions(cv2: ModuleType, image: Any, at_ms: int, title: str, said: str) -> None:
    """The clock at the top left, the title and the word synthetic at the top right, what is coded below."""
    sign = "-" if at_ms <= -100 else ""
    font = cv2.FONT_HERSHEY_SIMPLEX
    cv2.putText(image, sign + clock(abs(at_ms))[3:10], (10, 32), font, 0.95, INK, 2, cv2.LINE_AA)
    cv2.putText(image, title, (200, 18), font, 0.42, INK, 1, cv2.LINE_AA)
    cv2.putText(image, "synthetic", (244, 36), font, 0.42, (40, 40, 200), 1, cv2.LINE_AA)
    cv2.rectangle(image, (0, 222), (WIDTH, HEIGHT), (255, 255, 255), -1)
    cv2.putText(image, said, (6, 235), font, 0.42, INK, 1, cv2.LINE_AA)
