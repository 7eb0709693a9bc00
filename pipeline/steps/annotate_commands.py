"""`python -m pipeline annotate`: what observations and videos are called, what is said, and what enters the study."""

from argparse import Namespace
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from db import queries, queries_annotate, queries_episodes, queries_phases, queries_streams
from db.connect import current, home
from pipeline.catalogue.phase_asked import SUBJECTS
from pipeline.catalogue.phase_card import Card
from pipeline.errors import StudyError, UserError, did_you_mean
from pipeline.steps import phase_models
from pipeline.steps.annotate import Annotated, Model, Target, annotate, read_model
from pipeline.steps.annotate_files import keep_annotation, refuse_written, write_annotation
from pipeline.steps.model_coder import publish_models
from pipeline.steps.open_study import open_generation

FOLDER = Path("annotations")
"""Where files of observations go when --out is not given; those of a video go beside it."""
RANDOM = (
    "Model {id} was trained on streams of random weights: its predictions mean nothing. To try the road out: "
    "--allow-random-weights; they never enter the study."
)
NO_CODER = "Model {id} was trained with published choices that we do not make: its predictions do not enter the study."


class Incomplete(UserError):
    """Some could not be annotated; the others are done."""


@dataclass(frozen=True)
class Known:
    """What the study says of recordings: observations, videos, who was coded by people, streams, episodes, codes."""

    observations: pd.DataFrame
    media: pd.DataFrame
    codings: pd.DataFrame
    streams: pd.DataFrame
    episodes: pd.DataFrame
    codes: pd.DataFrame


def run_annotate(options: Namespace) -> None:
    """Annotates every observation and video named; raises Incomplete at the end when some could not be."""
    folder = home()
    card = phase_models.card(folder, options.model)
    if card.random_weights and not options.allow_random_weights:
        raise StudyError(RANDOM.format(id=card.id))
    known = read_known(folder, card)
    asked = dict.fromkeys(options.targets)
    targets = [target_of(folder, known, card, text) for text in asked]
    outs = [_folder(one, text, options.out) for one, text in zip(targets, asked, strict=True)]
    _refuse_twice(targets, outs)
    for target, out in zip(targets, outs, strict=True):
        refuse_written(out, target.name, card)
    model = read_model(folder, card.id)
    print(f"Model {card.id}: {card.title}.")
    _each(folder, model, known, targets, outs)
    if card.may_be_coder:
        publish_models(folder)
    elif not card.random_weights:
        print(NO_CODER.format(id=card.id))


def _refuse_twice(targets: Sequence[Target], outs: Sequence[Path]) -> None:
    """StudyError where two of them would write the same files."""
    seen: set[tuple[str, Path]] = set()
    for target, out in zip(targets, outs, strict=True):
        if (target.name, out.resolve()) in seen:
            text = f"Two of them are called {target.name}, and their files would go to one folder."
            raise StudyError(f"{text} Annotate one after the other, each with its own --out. Nothing was annotated.")
        seen.add((target.name, out.resolve()))


def _each(home: Path, model: Model, known: Known, targets: Sequence[Target], outs: Sequence[Path]) -> None:
    failed = 0
    for target, out in zip(targets, outs, strict=True):
        try:
            _one(home, annotate(home, model, target, print), model.card, known, out)
        except UserError as fault:
            if len(targets) == 1:
                raise
            print(fault)
            failed += 1
    if failed == len(targets):
        raise Incomplete("Nothing could be annotated; the sentences above say why.")
    if failed:
        print(f"{failed} of {len(targets)} could not be annotated; the sentences above say why.")


def _one(home: Path, found: Annotated, card: Card, known: Known, out: Path) -> None:
    """Writes the files of one target, keeps what is new, and says what there is."""
    target, rows = found.target, found.rows
    group = known.codes[known.codes["behaviour_group"] == card.behaviour_group] if len(known.codes) else known.codes
    written = write_annotation(out, target.name, card, rows, group)
    if found.fresh and target.observation and card.may_be_coder:
        keep_annotation(home, card, target.observation, rows)
    print(found.words)
    length = rows["offset_ms"] - rows["onset_ms"]
    sure = float((rows["confidence"] * length).sum() / length.sum())
    segments = f"{len(rows):,} segments" if len(rows) != 1 else "1 segment"
    print(f"{target.name}: {segments} over {length.sum() / 1000:.1f} s, mean confidence {100 * sure:.0f} %.")
    print(f"Written to {out}: {', '.join(written)}.")
    if not target.observation:
        print(f"{target.name} belongs to no observation of the study, so nothing of it entered the study.")


def read_known(home: Path, card: Card) -> Known:
    """What the current study says; nothing where there is none yet."""
    found = current(home)
    if found is None:
        return Known(*(pd.DataFrame() for _ in range(6)))
    with open_generation(found) as connection:
        cursor = connection.cursor()
        subjects = list(SUBJECTS.get(card.role, (card.subject,)))
        return Known(
            queries.observations(cursor),
            queries_annotate.media(cursor),
            queries_phases.phase_codings(cursor, card.behaviour_group, subjects),
            queries_streams.feature_streams(cursor),
            queries_episodes.episodes(cursor),
            queries.codes(cursor),
        )


def target_of(home: Path, known: Known, card: Card, text: str) -> Target:
    """What a word of the command line names: an observation of the study, or a video file; StudyError otherwise."""
    names = list(known.observations["observation_id"]) if len(known.observations) else []
    if text in names:
        return _observation(known, card, text)
    path = Path(text)
    if not path.is_file():
        near = did_you_mean(text, names)
        raise StudyError(f"'{text}' is no observation of this study and no video file.{near} Nothing was annotated.")
    for row in known.media.itertuples():
        if Path(home, str(row.path)).resolve() == path.resolve():
            target = _observation(known, card, str(row.observation_id))
            own = {"video": None if target.coded else path.resolve(), "offset_ms": int(row.offset_ms)}
            return Target(**(vars(target) | own))
    return Target(path.stem, "", card.subject, video=path.resolve())


def _observation(known: Known, card: Card, name: str) -> Target:
    row = known.observations.set_index("observation_id").loc[name]
    codings = known.codings[known.codings["observation_id"] == name]
    return Target(
        name,
        name,
        str(codings["subject"].iloc[0]) if len(codings) else card.subject,
        int(row["start_ms"]),
        int(row["end_ms"]),
        str(row["family_id"]),
        coded=len(codings) > 0,
        streams=known.streams[known.streams["observation_id"] == name].reset_index(drop=True),
        episodes=known.episodes[known.episodes["observation_id"] == name].reset_index(drop=True),
    )


def _folder(target: Target, text: str, out: Path | None) -> Path:
    """Where the files of a target go: --out, else beside the video, else FOLDER."""
    return out or (Path(text).parent if Path(text).is_file() else FOLDER)
