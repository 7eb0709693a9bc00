"""How the streams of engagement phases are made: one row per 25th of a second, with what was looked at and what not."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pyarrow as pa

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.audio import RATE, Sound, read_sound
from pipeline.features.blendshapes import CONFIDENCE, FACE_VALUES, face_values
from pipeline.features.choices import BlendshapeChoices, Dinov2Choices, FaceChoices, W2vbertChoices
from pipeline.features.dinov2 import BASIS_FPS, TokenRun
from pipeline.features.encoder import Loaded, load
from pipeline.features.feature_file import write_feature
from pipeline.features.grid import Grid, grid_of, grid_of_sound, thinned
from pipeline.features.log_mel import around, beyond, session_tokens
from pipeline.features.motion_grid import DESCRIPTORS, motion_grid
from pipeline.features.stream_table import COLUMNS, about_stream, narrow_table, sums_table, wide_table
from pipeline.features.streams import make_faces
from pipeline.features.task import Made, Task, about_file, target_file
from pipeline.features.video import has_pictures, length_s
from pipeline.features.w2vbert import embeddings
from pipeline.measures.pca import variance_explained

Seen = Callable[[float], None]


def make_motion_grid(task: Task, seen: Seen) -> Made:
    """Movement in cells."""
    cv2.setNumThreads(1)
    grid = grid_of(task.video, task.choices.fps)
    values, measured, pictures = motion_grid(task.video, grid, task.choices, seen)
    table = wide_table(grid, values, measured=measured)
    about = about_grid(grid) | about_stream(values.shape[1], task.choices) | {"bad_packets": str(pictures.bad_packets)}
    side = task.choices.cells
    about |= {"cells": f"{side} x {side}", "descriptors": json.dumps(DESCRIPTORS), "crop": "none"}
    said = f"{values.shape[1]} numbers for {len(values)} frames, {held_words(grid)}"
    return Made(table, about, said, len(values), pictures.length_s)


def make_log_mel(task: Task, seen: Seen) -> Made:
    """Sound around each frame."""
    sound, grid, choices = heard(task)
    tokens, middles = session_tokens(sound)
    if not len(tokens):
        raise UnreadableFile(f"{file_name(task.video)}: its sound track is shorter than a twentieth of a second.")
    values = around(tokens, middles, grid.t_s, choices.left_ms, choices.right_ms).astype(np.float16)
    seen(float(grid.t_s[-1]))
    return sound_made(task, sound, grid, values, {"normalised": "over the session"})


def make_w2vbert(task: Task, seen: Seen) -> Made:
    """Embeddings of sound."""
    sound, grid, choices = heard(task)
    encoder = _encoder(task)
    values = embeddings(sound, grid, choices, encoder, seen)
    about = about_encoder(task, encoder) | {"mode": choices.mode}
    within = "over each window" if choices.mode == "windowed" else "over the session"
    return sound_made(task, sound, grid, values, about | {"normalised": within})


def heard(task: Task) -> tuple[Sound, Grid, object]:
    """The sound of a file and the grid it is described on: that of its pictures, so that streams of one file have the
    same rows, else that of the sound."""
    sound = read_sound(task.video)
    if not len(sound.samples):
        text = f"{file_name(task.video)}: its sound track is empty."
        raise UnreadableFile(f"{text} Leave {task.stream} out of --streams.")
    fps = task.choices.fps
    if has_pictures(task.video):
        return sound, grid_of(task.video, fps), task.choices
    end_s = sound.start_s + len(sound.samples) / RATE
    return sound, grid_of_sound(sound.start_s, end_s, fps), task.choices


def sound_made(task: Task, sound: Sound, grid: Grid, values: np.ndarray, about: dict[str, str]) -> Made:
    """A stream of sound with its description."""
    choices = task.choices
    padded = beyond(sound, grid.t_s, choices.left_ms, choices.right_ms)
    about = about | about_grid(grid) | about_stream(values.shape[1], choices)
    about |= {"context": f"{choices.left_ms} ms before to {choices.right_ms} ms after the time of the frame"}
    about |= {"start_s": f"{sound.start_s:.6f}", "gaps": str(sound.gaps), "bad_packets": str(sound.bad_packets)}
    said = f"{values.shape[1]} numbers for {len(values)} frames, {int(padded.sum())} of them at the ends of the sound"
    return Made(wide_table(grid, values, padded=padded), about, said, len(values), len(sound.samples) / RATE)


def make_dinov2(task: Task, seen: Seen) -> Made:
    """Scores of patch tokens; the sums and axes go into a second file beside it."""
    choices: Dinov2Choices = task.choices
    full = grid_of(task.video, choices.fps)
    grid = full if choices.sample_fps == choices.fps else thinned(full, choices.sample_fps)
    encoder = _encoder(task)
    run = TokenRun(task.video, grid, choices, encoder)
    run.fit_axes()
    kept = run.kept.axes.shape[1]
    about = about_grid(grid) | about_stream(run.tokens * kept, choices) | about_encoder(task, encoder)
    about |= {"tokens": str(run.tokens), "components": str(kept), "axes_fitted_at_fps": str(BASIS_FPS)}
    about |= {"width_seen": f"{run.framing.width_seen:.4f}", "height_seen": f"{run.framing.height_seen:.4f}"}
    if choices.sample_fps != choices.fps:
        about |= {"deviation": f"pictures looked at: {choices.sample_fps} per second, held in between"}
    said = f"{run.tokens} patches x {kept} scores for {len(grid.step)} frames, {run.framing.words}, {held_words(grid)}"
    tables = (wide_table(part, values) for part, values in score_parts(run, grid, seen))

    def beside() -> tuple[pa.Table, dict[str, str]]:
        share = float(variance_explained(run.sums, run.kept).sum())
        own = {"n": str(run.sums.n), "pictures": str(run.looked_at), "variance_held": f"{share:.6f}"}
        return sums_table(run.sums, run.kept), own | {"bad_packets": str(run.pictures.bad_packets)}

    return Made(tables, about, said, len(grid.step), run.pictures.length_s, beside)


def score_parts(run: TokenRun, grid: Grid, seen: Seen) -> Iterator[tuple[Grid, np.ndarray]]:
    """Rows of the grid with their scores (rows, patches x kept), each picture's held as long as it is shown."""
    for first, last, scores in run.scored(seen):
        yield grid.rows(first, last), np.repeat(scores.reshape(1, -1), last - first, axis=0)


@cache
def _loaded(stream: str, model: str, folder: Path | None, precision: str, runtime: str) -> Loaded:
    """One per worker: loading takes longer than many pictures."""
    return load(stream, model, folder, precision, runtime)


def _encoder(task: Task) -> Loaded:
    choices: Dinov2Choices | W2vbertChoices = task.choices
    return _loaded(task.stream, choices.model, task.model, choices.precision, choices.runtime)


def about_encoder(task: Task, encoder: Loaded) -> dict[str, str]:
    """Which weights, and what they ran on."""
    choices: Dinov2Choices | W2vbertChoices = task.choices
    return {
        "model": choices.model,
        "revision": choices.revision,
        "random_weights": str(choices.random_weights).lower(),
        "engine": encoder.runtime,
        "device": encoder.device,
        "precision": encoder.precision,
    }


def about_grid(grid: Grid) -> dict[str, str]:
    """Where the times come from and how much was held."""
    return {
        "times": grid.times_from,
        "frames": str(len(grid.step)),
        "frames_held": str(int(grid.held.sum())),
        "longest_hold_s": f"{grid.longest_hold_s:.4f}",
    }


def make_blendshapes(task: Task, seen: Seen) -> Made:
    """The blendshapes of one face; the face track they come from is made when it is not there yet."""
    choices: BlendshapeChoices = task.choices
    faces = replace(task, stream="faces", choices=FaceChoices(choices.faces, choices.look_every))
    track, content = target_file(faces)
    if not track.exists():
        made = make_faces(faces, seen)
        write_feature(made.table, track, about_file(faces, content) | made.about)
    grid = grid_of(task.video, choices.fps)
    values = face_values(track, grid, choices.face)
    about = about_grid(grid) | about_stream(len(FACE_VALUES), choices)
    about |= {COLUMNS: json.dumps(FACE_VALUES), "crop": "face", "track": track.name}
    share = float((values[CONFIDENCE] > 0).mean())
    said = f"{len(FACE_VALUES)} numbers for {len(values)} frames, in {share:.0%} of them face {choices.face} is in view"
    return Made(narrow_table(grid, values), about, said, len(values), length_s(task.video))


def held_words(grid: Grid) -> str:
    """How many rows show a picture again, in words."""
    return f"{grid.held.mean():.0%} of them held from the one before (at most {grid.longest_hold_s:.2f} s)"
