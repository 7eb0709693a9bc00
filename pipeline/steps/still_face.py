"""The still-face answers of the engagement page: who coded what, how codes change between episodes, which labels there
are."""

from dataclasses import dataclass
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd

from db import queries
from db.queries_engagement import engagement_events, engagement_streams
from db.queries_episodes import episodes
from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.episodes import GROUP
from pipeline.catalogue.scheme import known_schemes, load_scheme, scheme_path
from pipeline.measures import still_face
from pipeline.measures.frame_labels import frame_count, frame_labels
from pipeline.measures.phase_sessions import counted, mapped

FPS = Fraction(25)
"""Frames per second of the labels, as in the engagement paper."""


@dataclass(frozen=True)
class Asked:
    """Whose codes of which group by which coder ('': the analysed one), as coded or merged by a class map (its name),
    as part of all coded time or (`seen`) of the time in which the behaviour could be seen."""

    scheme: str
    behaviour_group: str
    subject: str
    coder: str = ""
    class_map: str = ""
    seen: bool = False


@dataclass(frozen=True)
class Effect:
    """`means` and `changes` (see `measures.still_face`), the episodes compared, and how many sessions were left out
    per reason; `sessions` and `families` are those that count."""

    means: pd.DataFrame
    changes: pd.DataFrame
    asked: tuple[str, ...]
    left_out: dict[str, int]
    sessions: int
    families: int


def class_maps(scheme: str, behaviour_group: str) -> dict[str, ClassMap]:
    """Class maps of a group by name; none for a scheme that is not in the catalogue."""
    if scheme not in known_schemes():
        return {}
    every = load_scheme(scheme_path(scheme)).class_maps
    return {name: one for name, one in every.items() if one.group == behaviour_group}


def streams_and_episodes(cursor: duckdb.DuckDBPyConnection) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Every coded stream (see `engagement_streams`) but those of episodes, and all episodes."""
    streams = engagement_streams(cursor)
    return streams[streams["behaviour_group"] != GROUP].reset_index(drop=True), episodes(cursor)


def effect(cursor: duckdb.DuckDBPyConnection, asked: Asked, observations: pd.DataFrame) -> Effect:
    """How the codes change between the episodes of the given observations (rows of the observation frame)."""
    kept, compared, reasons = complete_shares(cursor, asked, observations)
    counts = reasons[reasons == ""].index
    families = observations.set_index("observation_id")["family_id"]
    return Effect(
        still_face.mean_shares(kept),
        still_face.changes(kept, compared),
        compared,
        reasons[reasons != ""].value_counts().to_dict(),
        len(counts),
        int(families.loc[counts].nunique()),
    )


def complete_shares(
    cursor: duckdb.DuckDBPyConnection, asked: Asked, observations: pd.DataFrame
) -> tuple[pd.DataFrame, tuple[str, ...], pd.Series]:
    """(shares per session that counts, episode and code with `family_id`, the episodes compared, why each coded session
    does not count: '' where it does)."""
    ids = tuple(sorted(set(_coded(cursor, asked)) & set(observations["observation_id"])))
    mine = episodes(cursor, list(ids))
    compared = still_face.compared(mine)
    events = engagement_events(cursor, asked.scheme, asked.behaviour_group, asked.subject, asked.coder)
    codes, unseen = _codes(cursor, asked)
    shares = still_face.episode_shares(_merged(events, asked), mine, codes, unseen if asked.seen else ())
    reasons = still_face.left_out(ids, shares, compared)
    kept = shares[shares["observation_id"].isin(reasons[reasons == ""].index)]
    kept = kept.assign(family_id=kept["observation_id"].map(observations.set_index("observation_id")["family_id"]))
    kept["code"] = pd.Categorical(kept["code"], categories=list(codes), ordered=True)
    return kept, compared, reasons


def _coded(cursor: duckdb.DuckDBPyConnection, asked: Asked) -> pd.Series:
    """Observations in which the coder coded the group."""
    streams = engagement_streams(cursor)
    by = streams["is_primary"] if not asked.coder else streams["coder_id"] == asked.coder
    here = (streams["scheme"] == asked.scheme) & (streams["behaviour_group"] == asked.behaviour_group)
    return streams.loc[by & here & (streams["subject"] == asked.subject), "observation_id"]


def _codes(cursor: duckdb.DuckDBPyConnection, asked: Asked) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """States of the group (classes of the map first, then codes of no class), and those that say 'cannot see'."""
    codes = queries.codes(cursor)
    here = (codes["scheme"] == asked.scheme) & (codes["behaviour_group"] == asked.behaviour_group)
    mine = codes[here & (codes["kind"] == "state")]
    names = dict.fromkeys(mine["code"])
    if chosen := class_maps(asked.scheme, asked.behaviour_group).get(asked.class_map):
        names = dict.fromkeys([*chosen.classes, *(name for name in names if name not in chosen.merge)])
    return tuple(names), tuple(mine.loc[mine["unobservable"], "code"])


def _merged(events: pd.DataFrame, asked: Asked) -> pd.DataFrame:
    chosen = class_maps(asked.scheme, asked.behaviour_group).get(asked.class_map)
    return events if chosen is None else still_face.merged(events, chosen.merge)


def label_counts(cursor: duckdb.DuckDBPyConnection, asked: Asked, observations: pd.DataFrame) -> pd.DataFrame:
    """Frames (25 per second, by mid-time), sessions and families per code before the class map, and per class after it.

    Returns level ('code' or 'class'), name ('' for time without a code or class), of (the class a code goes to, ''
    where it is dropped), frames, sessions, families. Sessions are those that the coder coded at all.
    """
    codes, _ = _codes(cursor, Asked(asked.scheme, asked.behaviour_group, asked.subject, asked.coder))
    chosen = class_maps(asked.scheme, asked.behaviour_group).get(asked.class_map)
    coded = set(_coded(cursor, asked))
    rows = observations[observations["observation_id"].isin(coded)]
    events = engagement_events(cursor, asked.scheme, asked.behaviour_group, asked.subject, asked.coder)
    every = {name: part for name, part in events.groupby("observation_id")}
    labels = {
        row.observation_id: _labels(every.get(row.observation_id, events.head(0)), codes, row.start_ms, row.end_ms)
        for row in rows.itertuples()
    }
    family = rows.set_index("observation_id")["family_id"]
    found = [_counts(codes, labels, family).assign(level="code")]
    if chosen is not None:
        found[0]["of"] = [chosen.of(name) or "" for name in found[0]["name"]]
        after = {name: mapped(codes, chosen, one) for name, one in labels.items()}
        found.append(_counts(chosen.classes, after, family).assign(level="class"))
    return pd.concat(found, ignore_index=True)


def _labels(events: pd.DataFrame, codes: tuple[str, ...], start_ms: int, end_ms: int) -> np.ndarray:
    return frame_labels(events, codes, frame_count(int(end_ms - start_ms), FPS), FPS, int(start_ms))


def _counts(names: tuple[str, ...], labels: dict[str, np.ndarray], family: pd.Series) -> pd.DataFrame:
    """Frames, sessions and families per name ('' is no code)."""
    families = [len({family[one] for one, label in labels.items() if (label == number).any()})
                for number in [*range(len(names)), -1]]  # fmt: skip
    return counted(names, labels).assign(families=families, of="")
