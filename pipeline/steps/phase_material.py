"""What a training reads of a generation, as plain frames: a job then needs its order and its rows, and no database."""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from db import queries, queries_episodes, queries_phases, queries_streams
from db.connect import Current
from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.phase_asked import CLASS_MAPS, PhasesAsked
from pipeline.catalogue.scheme import known_schemes, load_scheme, scheme_path
from pipeline.catalogue.toml_file import load_toml
from pipeline.errors import CatalogueError, did_you_mean, listed
from pipeline.measures.phase_sessions import PhasesRefused

KIND = "phases"
"""The kind of job."""
CODES = ["code", "unobservable", "subjects"]
STREAMS = [
    "observation_id", "stream", "subject", "fps", "frames", "dim", "file", "random_weights", "choices", "offset_ms",
]  # fmt: skip


@dataclass(frozen=True)
class Material:
    """`codings`: observation_id, family_id, subject, coder_id, scheme, is_primary, start_ms, end_ms of people; their
    states are `events`: observation_id, subject, coder_id, code, onset_ms, offset_ms. `streams`: STREAMS of the study;
    `episodes`: observation_id, episode, onset_ms, offset_ms. `codes`: CODES of the group. `number`, `sha256`: of the
    generation.
    """

    class_map: ClassMap
    class_map_name: str
    codings: pd.DataFrame
    events: pd.DataFrame
    streams: pd.DataFrame
    episodes: pd.DataFrame
    codes: pd.DataFrame
    study_id: str
    number: int
    sha256: str

    @property
    def scheme(self) -> str:
        """The coding scheme, '' where nothing was coded."""
        return str(self.codings["scheme"].mode().iloc[0]) if len(self.codings) else ""


def read_material(cursor: duckdb.DuckDBPyConnection, current: Current, asked: PhasesAsked) -> Material:
    """Everything that a training of this role can need; PhasesRefused when nobody coded its group."""
    name, class_map = chosen_map(asked)
    subjects = list(asked.subjects)
    codings = queries_phases.phase_codings(cursor, class_map.group, subjects)
    if codings.empty:
        raise PhasesRefused(
            f"No session of this study was coded for {class_map.group} of the {asked.role} by a person. Import some "
            "that were coded with such a scheme (ICEP-R) first."
        )
    codes = queries.codes(cursor)
    codes = codes[codes["behaviour_group"] == class_map.group]
    ids = sorted(set(codings["observation_id"]))
    return Material(
        class_map,
        name,
        codings,
        queries_phases.phase_events(cursor, class_map.group, subjects),
        queries_streams.feature_streams(cursor)[STREAMS],
        queries_episodes.episodes(cursor, ids),
        codes[codes["scheme"] == str(codings["scheme"].mode().iloc[0])][CODES].reset_index(drop=True),
        queries.study(cursor)["study_id"],
        current.number,
        current.sha256,
    )


def chosen_map(asked: PhasesAsked) -> tuple[str, ClassMap]:
    """Name and content of the class map asked for: of a scheme that comes with Dyadscope, or a .toml file."""
    name = asked.class_map or CLASS_MAPS[asked.role]
    if name.endswith(".toml"):
        return Path(name).stem, load_toml(Path(name), ClassMap, CatalogueError)
    known = class_maps()
    if name not in known:
        text = f"'{name}' is not a class map.{did_you_mean(name, tuple(known))}"
        raise CatalogueError(f"{text} Choose one of: {listed(tuple(known))}, or a .toml file.", value=name)
    return name, known[name]


def class_maps() -> dict[str, ClassMap]:
    """All class maps of the schemes that come with Dyadscope."""
    schemes = (load_scheme(scheme_path(name)) for name in known_schemes())
    return {name: found for scheme in schemes for name, found in scheme.class_maps.items()}


def as_words(material: Material) -> dict[str, object]:
    """Everything but the events as plain JSON: what stands in the order of a job; its rows are the events."""
    frames = ("codings", "streams", "episodes", "codes")
    return {
        "class_map": material.class_map.model_dump(mode="json"),
        "class_map_name": material.class_map_name,
        **{name: getattr(material, name).to_dict("split", index=False) for name in frames},
        "study_id": material.study_id,
        "number": material.number,
        "sha256": material.sha256,
    }


def order(asked: PhasesAsked, material: Material, **about: object) -> dict[str, object]:
    """What a job is asked: plain JSON; its rows are `material.events`. `about`: words for the screen."""
    return {"asked": asked.model_dump(mode="json"), "material": as_words(material), **about}


def of_words(words: dict, events: pd.DataFrame) -> Material:
    """The material of a job again: `words` from `as_words`, `events` its rows."""
    frames = {name: pd.DataFrame(**words[name]) for name in ("codings", "streams", "episodes", "codes")}
    return Material(
        class_map=ClassMap.model_validate(words["class_map"]),
        class_map_name=words["class_map_name"],
        events=events,
        study_id=words["study_id"],
        number=words["number"],
        sha256=words["sha256"],
        **frames,
    )
