"""How long tracks take to come out of a video, per frame of one core: decoding, faces, movement, speech.

python -m benchmarks.measure_extraction VIDEO         (the face model must be there; give a video with a face)

CPU time does not mind other work on the machine; wall time is what a user waits for. The best of three runs is shown.
"""

import argparse
import os
import time
from collections.abc import Callable
from pathlib import Path

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2

from benchmarks.figures import Figure, markdown
from db.connect import home
from pipeline.features.audio import read_sound
from pipeline.features.choices import FaceChoices, MotionChoices
from pipeline.features.face_nets import TaskFileNets
from pipeline.features.faces import face_rows
from pipeline.features.model_file import face_model
from pipeline.features.motion import motion_rows
from pipeline.features.speech import speech_track
from pipeline.features.video import Pictures, length_s

FRAMES_PER_S = 150
"""Faces at 640 x 360 on one core, decoding included: at least so many frames per second."""
REPEATS = 3


def measure_extraction(video: Path, model: Path) -> list[Figure]:
    """Milliseconds per frame of each stream of pictures (CPU and wall), and seconds per minute of sound."""
    cv2.setNumThreads(1)
    nets, pictures = TaskFileNets(model), Pictures(video, "rgb24")
    frames = sum(1 for _ in pictures)
    size = f"{pictures.width} x {pictures.height}, {frames} frames"
    work = {
        "Decoding to RGB": lambda: sum(1 for _ in Pictures(video, "rgb24")),
        "Faces": lambda: face_rows(Pictures(video, "rgb24"), nets, FaceChoices()),
        "Movement": lambda: motion_rows(Pictures(video, "gray"), MotionChoices()),
    }
    figures = []
    for name, run in work.items():
        target = round(1000 / FRAMES_PER_S, 2) if name == "Faces" else None
        cpu_s, wall_s = fastest(run)
        figures.append(Figure(f"{name}, one core, CPU time per frame", size, 1000 * cpu_s / frames, "ms", target))
        figures.append(Figure(f"{name}, one core, wall time per frame", size, 1000 * wall_s / frames, "ms"))
    return figures + speech(video)


def speech(video: Path) -> list[Figure]:
    """Seconds per minute of sound, after the network is loaded."""
    sound = read_sound(video)
    speech_track(sound)
    cpu_s, _ = fastest(lambda: speech_track(read_sound(video)))
    return [
        Figure("Speech, one core, CPU time per minute", f"{length_s(video):.0f} s", cpu_s / length_s(video) * 60, "s")
    ]


def fastest(run: Callable[[], object]) -> tuple[float, float]:
    """Least CPU and least wall seconds of REPEATS runs."""
    spent = []
    for _ in range(REPEATS):
        cpu, wall = time.process_time(), time.perf_counter()
        run()
        spent.append((time.process_time() - cpu, time.perf_counter() - wall))
    return min(cpu for cpu, _ in spent), min(wall for _, wall in spent)


def main() -> None:
    """The table for one video."""
    options = argparse.ArgumentParser(description="Measures extraction from one video.")
    options.add_argument("video", type=Path, help="a video with a face and sound")
    print(markdown(measure_extraction(options.parse_args().video, face_model(home()))))


if __name__ == "__main__":
    main()
