"""Agreement of a selection: matrices of its pairs of codings summed, overall, per role and per two coders."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.measures.agreement import statistics
from pipeline.measures.agreement_icc import FORMS
from pipeline.measures.agreement_matrices import dense
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import DRAWS, SEED, influence, interval, per_pair
from pipeline.measures.agreement_totals import correlations
from pipeline.measures.durations import refuse_duplicates
from pipeline.steps.agreement import Group, Measured

ALL = ""
"""Stands for every role, or for every two coders."""
KEY = ("comparison", "scheme", "behaviour_group", "subject", "role", "first", "second")
"""A pool: who is compared (people, models), what was coded of whom, which role (or ALL), which two coders (or ALL)."""
CELL = ("first_code", "second_code", "weight")
PULL = ("pair", "observation_id", "first_coder", "second_coder", "common_s", "disagreement_s")
OWN = ("kappa", "agreement", "ac1", "outcome")
TOTAL = ("code", "measure", *FORMS, "n", "recordings", "outcome", "first_mean", "second_mean")


@dataclass(frozen=True)
class Pools:
    """Frames of a selection, each with the columns KEY.

    `kappas`: per pool (and direction of a tolerance) kappa with its bootstrap interval, and n. `matrices`: per pool,
    first_code, second_code, weight (s or units). `pulls`: per pool over all coders and pair of codings its own kappa
    (with the reason where it has none), the pooled kappa without it, and how long the two differ. `totals`: per pool,
    code and measure the intraclass correlations.
    """

    kappas: pd.DataFrame
    matrices: pd.DataFrame
    pulls: pd.DataFrame
    totals: pd.DataFrame


@dataclass(frozen=True)
class Part:
    """One pool: its key and the places of its pairs in the group."""

    key: tuple[str, ...]
    places: np.ndarray

    @property
    def whole(self) -> bool:
        """Whether it takes in all coders."""
        return self.key[5] == ALL


@dataclass(frozen=True)
class Drawing:
    """How the bootstrap draws recordings."""

    draws: int = DRAWS
    seed: int = SEED


def pool(measured: Measured, observations: pd.DataFrame, drawing: Drawing = Drawing()) -> Pools:
    """All pools of the selected observations (rows of the wide observation frame: observation_id, role)."""
    refuse_duplicates(observations, ("observation_id",), "Observations")
    roles = observations.set_index("observation_id")["role"]
    found: dict[str, list[pd.DataFrame]] = {name: [] for name in ("kappas", "matrices", "pulls", "totals")}
    for group in measured.groups:
        parts = list(_parts(group, roles))
        if not parts:
            continue
        for direction in measured.method.directions:
            stack = _stack(group, direction)
            frames = {
                "kappas": _kappas(parts, group, stack, measured, drawing),
                "matrices": _matrices(parts, group, stack),
                "pulls": _pulls(parts, group, stack, measured.method),
            }
            for name, frame in frames.items():
                found[name].append(_keyed(frame, parts).assign(direction=direction))
        found["totals"].append(_keyed(_totals(parts, group), parts))
    return Pools(**{name: _together(frames, name) for name, frames in found.items()})


def _parts(group: Group, roles: pd.Series) -> Iterator[Part]:
    """Pools of a group: all coders over all roles and per role, then every two coders over all roles."""
    pairs = group.pairs.assign(role=roles.reindex(group.pairs["observation_id"]).array, place=range(len(group.pairs)))
    pairs = pairs[pairs["observation_id"].isin(roles.index)]
    for by in ([], ["role"], ["first", "second"]):
        names = [*KEY[:4], *by]
        for values, rows in pairs.groupby(names, sort=True):
            key = dict.fromkeys(KEY, ALL) | dict(zip(names, values, strict=True))
            yield Part(tuple(key.values()), rows["place"].to_numpy())


def _stack(group: Group, direction: str) -> np.ndarray:
    """Matrices of all pairs of the group."""
    frame = group.cells.frame[group.cells.frame["direction"] == direction]
    return dense(frame, frame["pair"].to_numpy(), len(group.pairs), len(group.cells.categories.labels))


def _kappas(parts: list[Part], group: Group, stack: np.ndarray, measured: Measured, drawing: Drawing) -> pd.DataFrame:
    """One row per pool: statistics of the summed matrix, bootstrap interval over recordings, and n."""
    method = measured.method
    sums = np.stack([stack[part.places].sum(0) for part in parts])
    offered = np.stack([group.offered[part.places].any(0) for part in parts])
    frame = statistics(sums, method.nil, method.counts, offered)
    rows = [_interval(part, group, stack, method.nil, drawing) for part in parts]
    frame = pd.concat([frame, pd.DataFrame(rows)], axis=1)
    undefined = frame["outcome"] != ""
    frame.loc[undefined, ["low", "high"]] = np.nan
    frame.loc[undefined, "interval_note"] = frame["outcome"]
    return frame.assign(draws=drawing.draws, seed=drawing.seed, part=range(len(parts)))


def _interval(part: Part, group: Group, stack: np.ndarray, nil: bool, drawing: Drawing) -> dict[str, object]:
    """Interval of one pool, and how many recordings and pairs of codings with common time it rests on."""
    mine, filled = stack[part.places], stack[part.places].any((1, 2))
    numbers, of = np.unique(group.recording[part.places], return_inverse=True)
    recordings = np.zeros((len(numbers), *stack.shape[1:]))
    np.add.at(recordings, of, mine)
    low, high, note = interval(recordings, nil, drawing.draws, drawing.seed)
    n = {"recordings": len(np.unique(of[filled])), "pairs": int(filled.sum())}
    seconds = {name: float(group.pairs[name].to_numpy()[part.places].sum()) for name in ("common_s", "disagreement_s")}
    return {"low": low, "high": high, "interval_note": note, **n, **seconds}


def _matrices(parts: list[Part], group: Group, stack: np.ndarray) -> pd.DataFrame:
    """The pools' matrices in long form, over the categories that either coder used."""
    labels, rows = np.array(group.cells.categories.labels), []
    for number, part in enumerate(parts):
        matrix = stack[part.places].sum(0)
        used = np.flatnonzero((matrix.sum(0) > 0) | (matrix.sum(1) > 0))
        first, second = (each.ravel() for each in np.meshgrid(used, used, indexing="ij"))
        rows.append((np.full(len(first), number), labels[first], labels[second], matrix[first, second]))
    columns = [np.concatenate(each) for each in zip(*rows, strict=True)]
    return pd.DataFrame(dict(zip(("part", *CELL), columns, strict=True)))


def _pulls(parts: list[Part], group: Group, stack: np.ndarray, method: Method) -> pd.DataFrame:
    """Pairs of codings with what each does to the pooled kappa, the one that pulls it down most first."""
    pairs = group.pairs.rename(columns={"first": "first_coder", "second": "second_coder"})[list(PULL)]
    own = per_pair(stack, group.cells.marked, method.nil, method.counts, group.offered)[list(OWN)]
    whole = [(number, part) for number, part in enumerate(parts) if part.whole]
    found = [influence(stack[part.places], method.nil) for _, part in whole]
    frame = pd.concat([pairs, own], axis=1).iloc[np.concatenate([part.places for _, part in whole])]
    frame = frame.assign(**{name: np.concatenate([one[name] for one in found]) for name in ("kappa_without", "pull")})
    frame = frame.assign(part=np.repeat([number for number, _ in whole], [len(part.places) for _, part in whole]))
    order = ["part", "pull", "disagreement_s", "pair"]
    return frame.sort_values(order, ascending=[True, True, False, True], ignore_index=True)


def _totals(parts: list[Part], group: Group) -> pd.DataFrame:
    """Intraclass correlations of the codes the scheme offers, or either coder used; both coders marked the group."""
    rows: list[dict[str, object]] = []
    labels = group.codes.labels
    for number, part in enumerate(parts):
        both = part.places[group.cells.marked[part.places]]
        tables = {name: table[both] for name, table in group.totals.items()}
        several = len(np.unique(group.coders[both])) > 1
        offered = group.offered[part.places].any(0)[1 : 1 + len(labels)]
        codes = np.flatnonzero(offered | (tables["bouts"].sum((0, 2)) > 0)).tolist()
        more = {"part": number, "recordings": len(np.unique(group.recording[both]))}
        found = correlations(tables, codes, several)
        rows += [row | more | {"code": labels[int(str(row["code"]))]} for row in found]
    return pd.DataFrame(rows, columns=["part", *TOTAL])


def _keyed(frame: pd.DataFrame, parts: list[Part]) -> pd.DataFrame:
    """The frame with the columns KEY of each row's pool in front."""
    keys = pd.DataFrame([part.key for part in parts], columns=list(KEY)).iloc[frame["part"]].reset_index(drop=True)
    return pd.concat([keys, frame.drop(columns="part")], axis=1)


def _together(frames: list[pd.DataFrame], name: str) -> pd.DataFrame:
    """One frame; without any pool the columns a page asks for, and no row."""
    if frames:
        return pd.concat(frames, ignore_index=True)
    own = {"kappas": ("kappa", "low", "high", "outcome"), "matrices": CELL, "pulls": (*PULL, *OWN), "totals": TOTAL}
    return pd.DataFrame(columns=[*KEY, *own[name], "direction"])
