"""How many frames per second of one core the streams of engagement phases take, encoders with random weights at size.

python -m benchmarks.measure_streams VIDEO                    (a video with pictures and sound; about five minutes)
python -m benchmarks.measure_streams VIDEO --sizes small      (only these sizes of DINOv2; no W2V-BERT)
python -m benchmarks.measure_streams VIDEO --runtime torch    (without OpenVINO, though it is installed)

Speed does not depend on what the weights are. CPU time, which does not mind other work on the machine, of one thread;
the best of the repeats is shown.
"""

import argparse
import os
from functools import partial
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import cv2
import numpy as np

from benchmarks.figures import Figure, markdown
from benchmarks.measure_extraction import fastest
from pipeline.features.audio import read_sound
from pipeline.features.choices import Dinov2Choices, MotionGridChoices, W2vbertChoices
from pipeline.features.dinov2 import FEW, patch_tokens, token_sums
from pipeline.features.encoder import RUNTIMES, Loaded, load
from pipeline.features.grid import grid_of
from pipeline.features.log_mel import STACK, WIDTH, around, session_tokens
from pipeline.features.motion_grid import motion_grid
from pipeline.features.patches import framing, prepared
from pipeline.features.video import Pictures
from pipeline.features.w2vbert import FEW as WINDOWS
from pipeline.features.w2vbert import STRETCH, hidden_states

FRAMES_PER_S = {"small": 26.5, "base": 9.0, "large": 2.7}
"""Of one core in bfloat16: the best that was measured with any library on a processor of this kind (OpenVINO)."""
WINDOWED_S, CONTINUOUS_S = 1.2, 0.39
"""Seconds of one core per second of sound in bfloat16: the best that was measured before."""
WINDOW_TOKENS = 4
"""Of a window of 100 ms."""


def weight_free(video: Path) -> list[Figure]:
    """Streams that need no weights, decoding included."""
    cv2.setNumThreads(1)
    grid = grid_of(video)
    size = f"{len(grid.step)} frames"
    moved = fastest(lambda: motion_grid(video, grid_of(video), MotionGridChoices()))[0]
    heard = fastest(lambda: around(*session_tokens(read_sound(video)), grid.t_s, 50, 50))[0]
    names = ("motion_grid, decoding twice included", "log_mel, decoding of the sound included")
    return [
        Figure(f"{name}, one core", size, len(grid.step) / spent, "frames/s")
        for name, spent in zip(names, (moved, heard), strict=True)
    ]


def dinov2(video: Path, name: str, runtime: str) -> list[Figure]:
    """One size of DINOv2 on a batch of the video's pictures."""
    encoder = load("dinov2", f"facebook/dinov2-{name}", None, Dinov2Choices().precision, runtime)
    pictures = [picture.copy() for _, picture in islice(Pictures(video, "rgb24"), FEW)]
    found = framing(*pictures[0].shape[:2], "centre")
    batch = prepared(pictures, found)
    tokens = patch_tokens(encoder, batch)
    work = {
        "encoder alone": partial(patch_tokens, encoder, batch),
        "preparing": partial(prepared, pictures, found),
        "sums": partial(token_sums, tokens),
    }
    spent = {part: fastest(run)[0] for part, run in work.items()}
    size = f"{len(pictures)} frames, {runtime} {encoder.precision}"
    alone, whole = spent["encoder alone"], sum(spent.values())
    what = f"dinov2 {name}, one core"
    return [
        Figure(f"{what}, encoder alone", size, len(pictures) / alone, "frames/s"),
        Figure(f"{what}, with preparing and sums", size, len(pictures) / whole, "frames/s"),
        Figure(f"{what}, encoder alone, time per frame", size, 1000 * alone / len(pictures), "ms", slowest(name)),
    ]


def slowest(name: str) -> float:
    """Milliseconds per frame that a size may take: 1.2 times the best."""
    return round(1.2 * 1000 / FRAMES_PER_S[name], 1)


def w2vbert(runtime: str) -> list[Figure]:
    """W2V-BERT on windows, and on one stretch of a session."""
    encoder = load("w2vbert", "facebook/w2v-bert-2.0", None, W2vbertChoices().precision, runtime)
    seconds = STRETCH * STACK / 100
    return [
        _sound(encoder, "windows of 100 ms", (WINDOWS, WINDOW_TOKENS, WIDTH), WINDOWS / 25, WINDOWED_S),
        _sound(encoder, "continuous", (1, STRETCH, WIDTH), seconds, CONTINUOUS_S),
    ]


def _sound(encoder: Loaded, what: str, shape: tuple[int, int, int], sound_s: float, best_s: float) -> Figure:
    tokens = np.random.default_rng(1).normal(size=shape).astype(np.float32)
    spent = fastest(lambda: hidden_states(encoder, tokens))[0]
    size = f"{sound_s:g} s, {encoder.runtime} {encoder.precision}"
    return Figure(f"w2vbert, {what}, one core", size, spent / sound_s, "s per s of sound", round(1.2 * best_s, 2))


def main() -> None:
    """The table for one video."""
    options = argparse.ArgumentParser(description="Measures the streams of engagement phases.")
    options.add_argument("video", type=Path, help="a video with pictures and sound")
    options.add_argument("--sizes", default="", help="sizes of DINOv2 (default: all, and W2V-BERT)")
    options.add_argument("--runtime", default="", help="torch or openvino (default: both, where installed)")
    asked = options.parse_args()
    figures = weight_free(asked.video)
    for runtime in [asked.runtime] if asked.runtime else [one for one in RUNTIMES if find_spec(one)]:
        for name in asked.sizes.split(",") if asked.sizes else FRAMES_PER_S:
            figures += dinov2(asked.video, name, runtime)
        figures += [] if asked.sizes else w2vbert(runtime)
    print(markdown(figures))


if __name__ == "__main__":
    main()
