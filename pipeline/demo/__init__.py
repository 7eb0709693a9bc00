"""A synthetic study of the size and shape of two published ones (recordings at home, and free play at two visits), and
still-face sessions of further families, written from a seed as the raw files of a lab.
"""

import json
import shutil
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.demo.behaviour import Units, units_of
from pipeline.demo.clips import SECONDS, choose_clips, media_table, write_clips
from pipeline.demo.coded_files import Coded, by_recording, write_coded
from pipeline.demo.coders import Coding, assign_coders, code_again
from pipeline.demo.free_play_tables import recordings_table, write_free_play_tables
from pipeline.demo.marks import Written
from pipeline.demo.parameters import parameters
from pipeline.demo.questionnaires import Answers, answer_questionnaires
from pipeline.demo.sample import FAMILIES, Sample, draw_sample
from pipeline.demo.smile_films import smile_clips
from pipeline.demo.smile_record import record
from pipeline.demo.smiling import make_smiling, odd_tracks
from pipeline.demo.still_face_files import make_still_face, write_still_face
from pipeline.demo.still_face_films import films_table
from pipeline.demo.still_face_record import still_face_record
from pipeline.demo.still_face_tables import table_rows
from pipeline.demo.streams import events
from pipeline.demo.tables import write_tables
from pipeline.demo.track_files import Variant, write_tracks

SEED = 20_240_517
FEWEST_FAMILIES = 20
TEMPLATE = Path(__file__).parent / "study_template.toml"
TRUTH = "truth.json"
PARTS = ("coded", "tables", "clips", "tracks", "streams")
TRUTH_NOTE = "Synthetic data. Nobody was filmed; these are the numbers the data were made from."


@dataclass(frozen=True)
class Study:
    """The synthetic study before it is written: who, what they answered, what they did, and what two coders saw of
    it.

    `first` and `second` are event frames: observation_id, subject, behaviour_group, code, modifier, onset_ms,
    offset_ms.
    """

    seed: int
    sample: Sample
    answered: dict[str, Answers]
    units: Units
    coding: Coding
    first: pd.DataFrame
    second: pd.DataFrame


def make_study(seed: int = SEED, families: int = FAMILIES) -> Study:
    """The study in memory: the same for the same seed and number of families (20 or more)."""
    if families < FEWEST_FAMILIES:
        raise ValueError(f"the demo study needs at least {FEWEST_FAMILIES} families")
    people, behaviour, coding = (np.random.default_rng([seed, stage]) for stage in (1, 2, 3))
    sample = draw_sample(people, families)
    answered = answer_questionnaires(people, sample)
    units = units_of(behaviour, sample, answered)
    first = events(behaviour, units)
    coders = assign_coders(coding, sample.observations["observation_id"].tolist())
    again = first[first["observation_id"].isin(list(coders.second))]
    return Study(seed, sample, answered, units, coders, first, code_again(coding, again))


def write_demo(
    folder: Path,
    seed: int = SEED,
    families: int = FAMILIES,
    clip_seconds: float = SECONDS,
    tracks: int | None = None,
) -> Path:
    """Writes the raw files of the study below `folder` and returns its STUDY.toml; 0 `clip_seconds`: no clips.

    `tracks`: how many face tracks are written (None: all; the unusual ones come first).
    """
    study, files = make_study(seed, families), np.random.default_rng([seed, 4])
    _clear(folder)
    recordings = study.units.frame
    coded = Coded(
        by_recording(study.first),
        by_recording(study.second),
        study.coding,
        dict(zip(recordings["observation_id"], recordings["length_ms"].tolist(), strict=True)),
        frozenset(recordings["observation_id"][study.units.one_camera]),
    )
    written, (wrong, right) = write_coded(folder, coded, files)
    smiling = make_smiling(seed, study.sample, bool(clip_seconds))
    tracked = smiling.variants[:tracks]
    clips = [*choose_clips(study.first), *smile_clips(smiling.play, smiling.sessions, tracked)] if clip_seconds else []
    if clips:
        write_clips(folder, clips, clip_seconds)
    still = make_still_face(seed, families, bool(clip_seconds))
    media = pd.concat([media_table(clips), films_table(still.films)], ignore_index=True)
    more = table_rows(np.random.default_rng([seed, 24]), still.sessions)
    free = recordings_table(smiling.play, study.sample, smiling.sessions)
    more |= {"observations": pd.concat([free, more["observations"]])}
    write_tables(folder, study.sample, study.answered, media, more, files)
    write_still_face(folder, still, clip_seconds)
    write_free_play_tables(folder, smiling.play, smiling.sessions)
    write_tracks(folder, seed, smiling.play, smiling.sessions, tracked)
    written.faults += odd_tracks(smiling.play, tracked)
    free_play = record(smiling.play, smiling.smiles, smiling.sessions, smiling.variants, len(tracked))
    _write_truth(folder, truth(study, written), {"free_play": free_play, "still_face": still_face_record(still)})
    return _write_manifest(folder, wrong, right, tracked)


def _write_truth(folder: Path, told: dict, compact: dict[str, dict]) -> None:
    """truth.json: one line per entry, and the many numbers of the other protocols as compact as can be."""
    parts = [json.dumps(told, indent=1)[:-2]]
    parts += [f' "{name}": {json.dumps(entry, separators=(",", ":"))}' for name, entry in compact.items()]
    (folder / TRUTH).write_text(",\n".join(parts) + "\n}\n", encoding="utf-8")


def _write_manifest(folder: Path, wrong: str, right: str, tracked: list[Variant]) -> Path:
    """STUDY.toml; without the entries of kinds of tracks of which no file was written."""
    text = TEMPLATE.read_text(encoding="utf-8").replace("@WRONG@", wrong).replace("@RIGHT@", right)
    there = {"plain": any(one.offset_ms is None for one in tracked), "camera": any(one.offset_ms for one in tracked)}
    for kind, kept in there.items():
        before, part, after = text.split(f"# @{kind}@\n")
        text = before + (part if kept else "") + after
    manifest = folder / "STUDY.toml"
    manifest.write_text(text, encoding="utf-8")
    return manifest


def _clear(folder: Path) -> None:
    """Makes the folder, and removes an earlier demo from it (known by its truth.json), so that no file is left over."""
    folder.mkdir(parents=True, exist_ok=True)
    if (folder / TRUTH).exists():
        for part in PARTS:
            shutil.rmtree(folder / part, ignore_errors=True)


def truth(study: Study, written: Written) -> dict:
    """What the data were made from and what is wrong with them on purpose."""
    return {
        "synthetic": True,
        "note": TRUTH_NOTE,
        "seed": study.seed,
        "families": len(study.sample.families),
        "dyads": len(study.sample.dyads),
        "observations": len(study.sample.observations),
        "generator": parameters(),
        "second_coder": study.coding.second,
        "faults": [asdict(fault) for fault in written.faults],
        "blank_rows": written.blank_rows,
        "pseudo_true": "pipeline/demo/pseudo_true.json",
    }
