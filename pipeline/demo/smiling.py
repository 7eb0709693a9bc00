"""The free play of a study before it is written: who came, the true smiles, when they happen, how the files differ."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.demo.free_play import FreePlay, draw_free_play
from pipeline.demo.marks import Fault
from pipeline.demo.sample import Sample
from pipeline.demo.smile_schedule import Session
from pipeline.demo.smile_truth import draw_smiles
from pipeline.demo.track_files import Variant, draw_sessions, draw_variants, track_path


@dataclass(frozen=True)
class Smiling:
    """`smiles`: true smiles (see `draw_smiles`). `sessions`: by number of the recording. `variants`: one per recording,
    in the order in which files are written.
    """

    play: FreePlay
    smiles: pd.DataFrame
    sessions: dict[int, Session]
    variants: list[Variant]


def make_smiling(seed: int, sample: Sample, films: bool = True) -> Smiling:
    """The free play in memory: the same for the same seed and sample; `films`: two recordings have one of their own."""
    people, faces, files = (np.random.default_rng([seed, stage]) for stage in (5, 6, 9))
    play = draw_free_play(people, sample)
    smiles = draw_smiles(faces, play)
    variants = draw_variants(files, play, smiles, films)
    return Smiling(play, smiles, draw_sessions(seed, play, smiles, variants), variants)


def odd_tracks(play: FreePlay, tracked: list[Variant]) -> list[Fault]:
    """What the import should say about the files of the tracks."""
    names = play.recordings["observation_id"].tolist()
    return [
        Fault("several_faces", track_path(names[one.number], one), None, names[one.number], "mother and child", count=2)
        for one in tracked
        if one.second_face
    ]
