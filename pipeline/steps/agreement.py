"""How well coders agree: reads all streams two coders coded and makes the matrix of every pair, by one method.

`read_pairs` once per generation, `measure` once per method, `pool` (in `agreement_pools`) per selection.
"""

from dataclasses import dataclass
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from db import queries, queries_agreement
from pipeline.errors import StudyError, UserError, listed
from pipeline.measures.agreement import COLUMNS
from pipeline.measures.agreement_matrices import Cells, cells, dense, disagreements, kept
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import per_pair
from pipeline.measures.agreement_totals import totals
from pipeline.measures.agreement_units import MS, Codes, elementary, on_line
from pipeline.measures.durations import refuse_duplicates
from pipeline.measures.shares import allowed

STREAM = ["observation_id", "scheme", "behaviour_group", "subject"]
GROUP = ["scheme", "behaviour_group"]
COMPARISONS = {
    ("human", "human"): "two people",
    ("human", "model"): "person and model",
    ("model", "model"): "two models",
}
"""Kinds of both coders -> who is compared."""


@dataclass(frozen=True)
class Paired:
    """All streams two coders coded.

    `pairs`: pair (0, 1, ...), STREAM, first, second (coders), first_kind, second_kind, comparison, start_ms, end_ms.
    `events`: pair, side (0 first, 1 second), code (position in the group), kind, onset_ms, offset_ms. `codes`: as the
    study's list of codes. `one_sided`: streams only one of two coders of a recording marked.
    """

    pairs: pd.DataFrame
    events: pd.DataFrame
    codes: pd.DataFrame
    one_sided: pd.DataFrame


@dataclass(frozen=True)
class Group:
    """One behaviour group measured: its `pairs` (in the order of `cells`), codes, matrices and totals per coder.

    `offered` (pairs, categories): what the scheme lets the subject show.
    """

    pairs: pd.DataFrame
    codes: Codes
    cells: Cells
    offered: np.ndarray
    totals: dict[str, np.ndarray]

    @cached_property
    def recording(self) -> np.ndarray:
        """Number of the recording of each pair."""
        return np.unique(self.pairs["observation_id"].to_numpy(dtype=str), return_inverse=True)[1]

    @cached_property
    def coders(self) -> np.ndarray:
        """Number of the two coders of each pair."""
        return self.pairs.groupby(["first", "second"]).ngroup().to_numpy()


@dataclass(frozen=True)
class Measured:
    """`pairs`: one row per pair (and direction) with its statistics, `common_s`, `disagreement_s`; `groups`."""

    method: Method
    pairs: pd.DataFrame
    groups: tuple[Group, ...]


def read_pairs(cursor: duckdb.DuckDBPyConnection) -> Paired:
    """Every stream of the generation that two coders coded, with both codings' events."""
    pairs, codes = queries_agreement.agreement_pairs(cursor), queries.codes(cursor)
    kinds = zip(pairs["first_kind"], pairs["second_kind"], strict=True)
    pairs["comparison"] = [COMPARISONS[kind] for kind in kinds]
    events = _events(queries_agreement.agreement_events(cursor), pairs, codes)
    return Paired(pairs, events, codes, queries_agreement.agreement_one_sided(cursor))


def _events(events: pd.DataFrame, pairs: pd.DataFrame, codes: pd.DataFrame) -> pd.DataFrame:
    """Events of each pair and side, codes as positions in their group."""
    place = codes.groupby(GROUP).cumcount()
    known = codes[[*GROUP, "code"]].assign(position=place)
    events = events.merge(known, on=[*GROUP, "code"], how="left", validate="many_to_one")
    sides = [
        events.merge(pairs[[*STREAM, coder, "pair"]], left_on=[*STREAM, "coder_id"], right_on=[*STREAM, coder])
        for coder in ("first", "second")
    ]
    found = pd.concat([frame.assign(side=side) for side, frame in enumerate(sides)], ignore_index=True)
    if found["position"].isna().any():
        lost = set(found.loc[found["position"].isna(), "code"])
        raise StudyError(f"Events of {listed(lost)} belong to no coded group. Import the study again.")
    found["code"] = found["position"].astype("int64")
    return found[["pair", "side", "code", "kind", "onset_ms", "offset_ms"]]


def measure(paired: Paired, method: Method) -> Measured:
    """The agreement matrix of every pair by this method, with the statistics of each pair."""
    refuse_duplicates(paired.pairs, (*STREAM, "first", "second"), "Pairs of codings")
    groups = tuple(_group(paired, part, method) for _, part in paired.pairs.groupby(GROUP, sort=False))
    none = paired.pairs.reindex(columns=[*paired.pairs, "common_s", "disagreement_s", "direction", *COLUMNS])
    frames = [_statistics(group, method) for group in groups] or [none]
    return Measured(method, pd.concat(frames, ignore_index=True), groups)


def codes_of(codes: pd.DataFrame, scheme: str, behaviour_group: str) -> pd.DataFrame:
    """The codes of one group in scheme order."""
    return codes[(codes["scheme"] == scheme) & (codes["behaviour_group"] == behaviour_group)]


def _group(paired: Paired, pairs: pd.DataFrame, method: Method) -> Group:
    """One behaviour group: matrices, and the time in which its pairs differ."""
    pairs = pairs.reset_index(drop=True)
    scheme = codes_of(paired.codes, pairs["scheme"].iloc[0], pairs["behaviour_group"].iloc[0])
    codes = Codes(tuple(scheme["code"]), tuple(scheme["unobservable"].astype(bool)))
    events = _of_pairs(paired.events, pairs["pair"])
    found = cells(events, pairs, codes, method)
    line = on_line(events, pairs, codes)
    units = kept(elementary(line, points=False), method)
    length = ((units["offset_ms"] - units["onset_ms"]) / MS).to_numpy()
    differ = (units["first"] != units["second"]).to_numpy()
    sums = {"common_s": length, "disagreement_s": length * differ}
    seconds = {name: np.bincount(units["pair"], column, len(pairs)) for name, column in sums.items()}
    return Group(pairs.assign(**seconds), codes, found, _offered(scheme, pairs, found), totals(line))


def _of_pairs(events: pd.DataFrame, ids: pd.Series) -> pd.DataFrame:
    """Events of the pairs, which are numbered 0, 1, ... in their order."""
    place = pd.Index(ids).get_indexer(events["pair"])
    return events.assign(pair=place)[place >= 0]


def _offered(scheme: pd.DataFrame, pairs: pd.DataFrame, found: Cells) -> np.ndarray:
    """Categories the scheme offers for each pair's subject: its codes, not 'Uncoded', no combinations."""
    subjects = pd.Index(pairs["subject"].unique())
    may = allowed(scheme, subjects)[subjects.get_indexer(pairs["subject"])]
    offered = np.zeros((len(pairs), len(found.categories.labels)), dtype=bool)
    offered[:, 1 : 1 + len(scheme)] = may
    return offered


def _statistics(group: Group, method: Method) -> pd.DataFrame:
    """One row per pair and direction."""
    size = len(group.cells.categories.labels)
    frames = []
    for direction in method.directions:
        rows = group.cells.frame[group.cells.frame["direction"] == direction]
        stack = dense(rows, rows["pair"].to_numpy(), len(group.pairs), size)
        found = per_pair(stack, group.cells.marked, method.nil, method.counts, group.offered)
        frames.append(pd.concat([group.pairs.assign(direction=direction), found], axis=1))
    return pd.concat(frames, ignore_index=True)


def lane(paired: Paired, pair: int, method: Method) -> pd.DataFrame:
    """Where the two coders of one pair differ: onset_ms, offset_ms, and what each showed (`first`, `second`)."""
    pairs = paired.pairs[paired.pairs["pair"] == pair].reset_index(drop=True)
    if pairs.empty:
        raise UserError("This pair of codings is not in the study. Choose another recording.")
    scheme = codes_of(paired.codes, pairs["scheme"].iloc[0], pairs["behaviour_group"].iloc[0])
    codes = Codes(tuple(scheme["code"]), tuple(scheme["unobservable"].astype(bool)))
    units = elementary(on_line(_of_pairs(paired.events, pairs["pair"]), pairs, codes), method.points)
    frame = disagreements(kept(units, method))
    names = np.array(units.categories.labels)
    labels = {side: names[frame[side].to_numpy(dtype=int)] for side in ("first", "second")}
    return frame.assign(**labels)[["onset_ms", "offset_ms", "first", "second"]]
