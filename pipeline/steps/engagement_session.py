"""One session of the engagement page: coded and predicted phases side by side, and how right each session is."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from db.queries_engagement import engagement_events, engagement_streams
from pipeline.catalogue.class_map import ClassMap
from pipeline.errors import UserError
from pipeline.intervals import Interval
from pipeline.measures.co_occurrence import Disagreement
from pipeline.measures.phase_lanes import in_classes, scores
from pipeline.steps.phase_models import card
from pipeline.steps.still_face import class_maps
from pipeline.steps.timelines import Recording, events_of


@dataclass(frozen=True, eq=False)
class Pair:
    """A person's and a model's coding of one group and subject, and the classes in which they are compared; `known`:
    the model was trained in this study folder, so that its predictions are those of folds without the session."""

    subject: str
    behaviour_group: str
    title: str
    scheme: str
    person: str
    model: str
    class_map: ClassMap | None
    known: bool


@dataclass(frozen=True)
class Compared:
    """Where both differ, share of agreeing time, kappa (see `measures.phase_lanes.scores`)."""

    found: Disagreement
    accuracy: float
    kappa: float


def class_map_of(home: Path, model: str, scheme: str, behaviour_group: str, codes: set[str]) -> ClassMap | None:
    """The classes of a model: those of its card; else the first map of the scheme that has all its codes; else None."""
    try:
        known = card(home, model)
        return ClassMap(title=known.class_map, group=known.behaviour_group, merge=known.merge, drop=known.drop)
    except (UserError, ValueError):
        fitting = (one for one in class_maps(scheme, behaviour_group).values() if codes <= set(one.classes))
        return next(fitting, None)


def trained(home: Path, model: str) -> bool:
    """Whether the model stands in the study folder."""
    try:
        return bool(card(home, model).id)
    except UserError:
        return False


def pairs(recording: Recording, home: Path) -> list[Pair]:
    """Per group and subject with class maps: who coded it ('' where nobody did), with each model in turn."""
    found = []
    for (group, subject), part in recording.streams.groupby(["behaviour_group", "subject"], sort=False):
        scheme, title = str(part["scheme"].iloc[0]), str(part["title"].iloc[0])
        if not class_maps(scheme, str(group)):
            continue
        human = part[part["coder_kind"] == "human"].sort_values("is_primary", ascending=False, kind="stable")
        person = str(human["coder_id"].iloc[0]) if len(human) else ""
        models = sorted(part.loc[part["coder_kind"] == "model", "coder_id"].astype("str"))
        for model in models or [""]:
            mine = events_of(recording, part[part["coder_id"] == model])
            one = class_map_of(home, model, scheme, str(group), set(mine["code"])) if model else None
            known = bool(model) and trained(home, model)
            found.append(Pair(str(subject), str(group), title, scheme, person, model, one, known))
    return found


def events(recording: Recording, pair: Pair, coder: str) -> pd.DataFrame:
    """The events of one coder of the pair."""
    streams = recording.streams
    mine = (streams["subject"] == pair.subject) & (streams["behaviour_group"] == pair.behaviour_group)
    return events_of(recording, streams[mine & (streams["coder_id"] == coder)])


def compared(recording: Recording, pair: Pair, session: Interval) -> Compared | None:
    """How person and model agree in this session; None unless both coded it and the classes are known."""
    if not (pair.person and pair.model and pair.class_map):
        return None
    both = [in_classes(events(recording, pair, coder), pair.class_map) for coder in (pair.person, pair.model)]
    return Compared(*scores(*both, session))


def session_scores(
    cursor: duckdb.DuckDBPyConnection, home: Path, pair: Pair, observations: pd.DataFrame
) -> pd.DataFrame:
    """Agreement of the analysed human coding with the pair's model in each observation that both coded:
    observation_id, compared_s, accuracy, kappa, the least right first."""
    streams = engagement_streams(cursor)
    mine = (streams["behaviour_group"] == pair.behaviour_group) & (streams["subject"] == pair.subject)
    people = streams[mine & streams["is_primary"] & (streams["coder_kind"] == "human")]["observation_id"]
    asked = (pair.scheme, pair.behaviour_group, pair.subject)
    human, model = (engagement_events(cursor, *asked, coder) for coder in ("", pair.model))
    human = human[human["observation_id"].isin(people)]
    sides = [dict(list(in_classes(one, pair.class_map).groupby("observation_id"))) for one in (human, model)]
    rows = []
    for row in observations.itertuples():
        both = [side.get(row.observation_id) for side in sides]
        if all(one is not None for one in both):
            found, right, kappa = scores(*both, (int(row.start_ms), int(row.end_ms)))
            rows.append((row.observation_id, found.both_coded_ms / 1000, right, kappa))
    frame = pd.DataFrame(rows, columns=["observation_id", "compared_s", "accuracy", "kappa"])
    return frame.sort_values(["accuracy", "observation_id"], ignore_index=True)
