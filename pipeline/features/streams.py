"""How each stream of a video is made: read, measure, describe."""

from collections.abc import Callable
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.audio import read_sound
from pipeline.features.face_nets import FaceNets, TaskFileNets
from pipeline.features.faces import FaceRows, face_rows, share_sure
from pipeline.features.motion import motion_rows
from pipeline.features.speech import speech_track
from pipeline.features.task import Made, Task
from pipeline.features.video import Pictures, Times

Seen = Callable[[float], None]


def make_faces(task: Task, seen: Seen) -> Made:
    """The face track of a video."""
    cv2.setNumThreads(1)
    pictures = Pictures(task.video, "rgb24")
    rows = face_rows(pictures, _nets(task.model), task.choices, seen)
    about = about_pictures(task, pictures, rows.times) | {
        "au12_source": "blendshape",
        "au12": "5 x mean of mouthSmileLeft and mouthSmileRight: a proxy, not calibrated against OpenFace",
        "distance_mm": "from the size of an adult's face and OpenFace's default camera: good for changes only",
        "faces_left_out": str(rows.passing),
    }
    return Made(rows.table, about, found_faces(rows), len(rows.times.t_s), pictures.length_s)


def found_faces(rows: FaceRows) -> str:
    """What was found, in words."""
    frames, faces = len(rows.times.t_s), int(rows.table.loc[rows.table["confidence"] > 0, "face"].nunique())
    if not faces:
        return f"no face was found in {frames} frames"
    share = share_sure(rows.table)
    word = "face" if faces == 1 else "faces"
    return f"{faces} {word} in {frames} frames, {share:.0%} of them sure (confidence >= 0.8)"


@cache
def _nets(model: Path) -> FaceNets:
    """One per worker: loading takes longer than a hundred frames."""
    return TaskFileNets(model)


def make_motion(task: Task, seen: Seen) -> Made:
    """How much moves in each region of a video."""
    cv2.setNumThreads(1)
    pictures = Pictures(task.video, "gray")
    table, times = motion_rows(pictures, task.choices, seen)
    about = about_pictures(task, pictures, times)
    said = f"movement in {len(task.choices.regions)} regions of {len(times.t_s)} frames"
    return Made(table, about, said, len(times.t_s), pictures.length_s)


def about_pictures(task: Task, pictures: Pictures, times: Times) -> dict[str, str]:
    """What the pictures were; UnreadableFile when there was none."""
    if not len(times.t_s):
        raise UnreadableFile(f"{file_name(task.video)}: not one picture could be decoded. Check that it plays.")
    return {
        "times": times.source,
        "frames": str(len(times.t_s)),
        "frames_left_out": str(int((~times.kept).sum())),
        "bad_packets": str(pictures.bad_packets),
        "fps": f"{pictures.fps:.6f}",
        "width": str(pictures.width),
        "height": str(pictures.height),
        "rotation": str(pictures.rotation),
    }


def make_speech(task: Task, seen: Seen) -> Made:
    """Probability and loudness of speech."""
    sound = read_sound(task.video)
    if not len(sound.samples):
        raise UnreadableFile(f"{file_name(task.video)}: its sound track is empty. Leave speech out of --streams.")
    table = speech_track(sound)
    seen(float(table["t_s"].iloc[-1]))
    about = {
        "method": "silero-vad",
        "energy": "dB below full scale of the root mean square of 16-bit samples",
        "start_s": f"{sound.start_s:.6f}",
        "gaps": str(sound.gaps),
        "bad_packets": str(sound.bad_packets),
    }
    share = float(np.mean(table["probability"] >= 0.5))
    said = f"speech in {share:.0%} of {len(table) * 512 / 16_000:.0f} s (probability >= 0.5)"
    return Made(table, about, said, len(table), len(sound.samples) / 16_000)
