"""Agreement matrices of two coders, in long form: weighted by time, scanned, with a tolerance, or of aligned events."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.measures.agreement_alignment import align
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_units import (
    MS,
    Categories,
    Codes,
    Line,
    Units,
    both_marked,
    elementary,
    on_line,
    scanned,
)

NO_EVENT = "No event"
COLUMNS = ("pair", "direction", "first", "second", "weight")


@dataclass(frozen=True)
class Cells:
    """`frame`: COLUMNS, one row per cell that is not 0 (seconds or units); `marked`: both coders marked events."""

    frame: pd.DataFrame
    categories: Categories
    marked: np.ndarray


def cells(events: pd.DataFrame, pairs: pd.DataFrame, codes: Codes, method: Method) -> Cells:
    """The matrix of every pair of codings of one behaviour group (see `agreement_units` for the input)."""
    line = on_line(events, pairs, codes)
    if method.kind == "alignment":
        return _of_alignment(line, method)
    if method.kind == "tolerance":
        return _of_tolerance(line, method)
    units = scanned(line, method.step_ms, method.points) if method.kind == "scan" else elementary(line, method.points)
    return Cells(_summed(kept(units, method).assign(direction=""), method), units.categories, both_marked(line))


def dense(frame: pd.DataFrame, pool: np.ndarray, pools: int, size: int) -> np.ndarray:
    """Matrices (pools, size, size): cells summed over the pool each row belongs to; rows of pool -1 are left out."""
    rows = pool >= 0
    place = (pool[rows] * size + frame["first"].to_numpy()[rows]) * size + frame["second"].to_numpy()[rows]
    summed = np.bincount(place, frame["weight"].to_numpy()[rows], pools * size * size)
    return summed.reshape(pools, size, size)


def kept(units: Units, method: Method) -> pd.DataFrame:
    """The units that count: without unobservable or uncoded ones where the method leaves them out."""
    first, second = units.frame["first"].to_numpy(), units.frame["second"].to_numpy()
    keep = np.ones(len(units.frame), dtype=bool)
    if method.drop_unobservable:
        hidden = units.categories.unobservable
        keep &= ~(hidden[first] | hidden[second])
    if method.drop_uncoded:
        keep &= (first > 0) & (second > 0) | units.frame["point"].to_numpy()
    return units.frame[keep]


def disagreements(units: pd.DataFrame) -> pd.DataFrame:
    """The stretches in which two coders differ: pair, onset_ms, offset_ms, first, second; touching ones are joined.

    `units` are units as `kept` gives them; a point event only one coder marked is a stretch without length.
    """
    rows = units[units["first"] != units["second"]].sort_values(["pair", "point", "onset_ms"], kind="stable")
    same = ["pair", "first", "second", "point"]
    before = rows.shift()
    new = (rows[same] != before[same]).any(axis=1) | (rows["onset_ms"] != before["offset_ms"]) | rows["point"]
    found = rows.assign(stretch=new.cumsum()).groupby("stretch", sort=False)
    ends = {"pair": "first", "onset_ms": "first", "offset_ms": "last", "first": "first", "second": "first"}
    return found.agg(ends).sort_values(["pair", "onset_ms"], kind="stable", ignore_index=True)


def _summed(units: pd.DataFrame, method: Method) -> pd.DataFrame:
    """Units added up to cells: seconds of states plus the weight of points, or units of a scan."""
    if method.counts:
        units = units.assign(weight=1.0)
    elif "weight" not in units:
        seconds = (units["offset_ms"] - units["onset_ms"]) / MS
        units = units.assign(weight=seconds.where(~units["point"], method.point_weight_s))
    by = ["pair", "direction", "first", "second"]
    return units.groupby(by, sort=True)["weight"].sum().reset_index()[list(COLUMNS)]


def _of_tolerance(line: Line, method: Method) -> Cells:
    """Both directions: a unit agrees if the other coder shows the same category within the tolerance."""
    plain = elementary(line, method.points)
    frames = []
    for direction, (mine, other) in {"first": ("first", "second"), "second": ("second", "first")}.items():
        keys, starts, ends = _reaches(plain, other, line, method.tolerance_ms)
        size = len(plain.categories.labels)
        room = keys // size * line.step
        cuts = np.concatenate([room + starts, room + ends])
        units = elementary(line, method.points, cuts)
        shown = _shown(units, mine, line, (keys, starts, ends), size)
        frame = kept(units, method)
        near = shown[frame.index.to_numpy()]
        frames.append(frame.assign(direction=direction, **{other: np.where(near, frame[mine], frame[other])}))
    return Cells(_summed(pd.concat(frames), method), plain.categories, both_marked(line))


def _reaches(units: Units, other: str, line: Line, tolerance_ms: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """When each category of a coder is near: key (pair x category), from, to (ms since the start, in the session)."""
    frame = units.frame
    pair = frame["pair"].to_numpy()
    start, length = line.starts_ms[pair], line.lengths_ms[pair]
    reach_on = np.maximum(frame["onset_ms"].to_numpy() - start - tolerance_ms, 0)
    closed = frame["point"].to_numpy().astype(np.int64)
    reach_off = np.minimum(frame["offset_ms"].to_numpy() - start + tolerance_ms + closed, length)
    return pair * len(units.categories.labels) + frame[other].to_numpy(), reach_on, reach_off


def _shown(units: Units, mine: str, line: Line, reaches: tuple, size: int) -> np.ndarray:
    """Whether the category of one coder is near in the other's coding, per unit."""
    keys, starts, ends = reaches
    frame = units.frame
    pair = frame["pair"].to_numpy()
    asked = (pair * size + frame[mine].to_numpy()) * line.step + frame["onset_ms"].to_numpy() - line.starts_ms[pair]
    begun = np.searchsorted(np.sort(keys * line.step + starts), asked, side="right")
    return begun > np.searchsorted(np.sort(keys * line.step + ends), asked, side="right")


def _of_alignment(line: Line, method: Method) -> Cells:
    """Counts of paired, missed and added events; category 0 is no event."""
    codes, marked = line.codes, both_marked(line)
    events = line.events[marked[line.events["pair"].to_numpy()]]
    if not method.points:
        events = events[events["kind"] == "state"]
    if method.drop_unobservable or method.drop_uncoded:
        events = events[_countable(line, events, method)]
    pair, first, second = align(events.assign(onset_ms=events["from"]), method.tolerance_ms)
    found = pd.DataFrame({"pair": pair, "direction": "", "first": first + 1, "second": second + 1})
    labels = (NO_EVENT, *codes.labels)
    return Cells(_summed(found, method), Categories(labels, np.array([False, *codes.unobservable])), marked)


def _countable(line: Line, events: pd.DataFrame, method: Method) -> np.ndarray:
    """Events that begin in time the method does not leave out."""
    units = elementary(line, points=False)
    frame, hidden = units.frame, units.categories.unobservable
    pair = frame["pair"].to_numpy()
    begins = pair * line.step + frame["onset_ms"].to_numpy() - line.starts_ms[pair]
    at = np.searchsorted(begins, line.places(events), side="right") - 1
    first, second = frame["first"].to_numpy()[at], frame["second"].to_numpy()[at]
    own = np.array(line.codes.unobservable, dtype=bool)[events["code"].to_numpy()]
    keep = np.ones(len(events), dtype=bool)
    if method.drop_unobservable:
        keep &= ~(hidden[first] | hidden[second] | own)
    if method.drop_uncoded:
        keep &= (first > 0) & (second > 0) | (events["kind"] == "point").to_numpy()
    return keep
