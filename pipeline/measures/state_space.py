"""State-space grid: both partners' codes as columns and rows, the dyad as a point that moves from cell to cell. Pure.

A visit is an uninterrupted stay in one cell; where either stream has no code the dyad is in no cell, and the visit
ends. Dispersion, `1 - (n sum_c (d_c / D)^2 - 1) / (n - 1)`, is 0 when all time is spent in one cell and 1 when every
one of the n cells of the grid has the same time; d_c is the time of a cell, over all its visits.
Source: Hollenstein 2013.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.measures.dynamics import MISSING, Stream, shown

STAY = ("observation", "first", "second", "onset_ms", "offset_ms")


@dataclass(frozen=True)
class Grid:
    """`visits`: one row per visit (STAY). `time_ms`, `counts` (recordings, first codes, second codes): time and visits
    of every cell.
    """

    visits: pd.DataFrame
    time_ms: np.ndarray
    counts: np.ndarray


def grid(first: Stream, second: Stream) -> Grid:
    """The grid of two streams of the same recordings."""
    rows = _visits(first, second)
    shape = (first.recordings, len(first.labels), len(second.labels))
    cell = np.ravel_multi_index([rows[name].to_numpy() for name in STAY[:3]], shape) if len(rows) else np.zeros(0, int)
    size = int(np.prod(shape))
    time = np.bincount(cell, (rows["offset_ms"] - rows["onset_ms"]).to_numpy(), size)
    return Grid(rows, time.reshape(shape), np.bincount(cell, minlength=size).reshape(shape))


def _visits(first: Stream, second: Stream) -> pd.DataFrame:
    """Stays in one cell, in order."""
    begin = np.arange(first.recordings, dtype=np.int64) * first.room
    bounds = [each.places(times) for each in (first, second) for times in (each.onset_ms, each.offset_ms)]
    edges = np.unique(np.concatenate([begin, begin + first.lengths_ms, *bounds]))
    frame = pd.DataFrame({"first": shown(first, edges), "second": shown(second, edges), "place": edges})
    frame["end"] = frame["place"].shift(-1, fill_value=0)
    frame = frame[(frame["first"] != MISSING) & (frame["second"] != MISSING)]
    stays = (frame[["first", "second"]] == frame[["first", "second"]].shift()).all(axis=1)
    visit = (~(stays & (frame["place"] == frame["end"].shift()))).cumsum()
    found = frame.groupby(visit).agg({"first": "first", "second": "first", "place": "first", "end": "last"})
    observation = found["place"] // first.room
    onset, offset = found["place"] - observation * first.room, found["end"] - observation * first.room
    named = found.assign(observation=observation, onset_ms=onset, offset_ms=offset)
    return named[list(STAY)].astype("int64").reset_index(drop=True)


def flattened(grids: np.ndarray) -> np.ndarray:
    """Grids (..., first, second) with their cells in one row."""
    return grids.reshape(*grids.shape[:-2], grids.shape[-2] * grids.shape[-1])


def dispersion(time_ms: np.ndarray) -> np.ndarray:
    """Dispersion of grids (..., first, second); missing without time, or where the grid has one cell."""
    flat = flattened(time_ms).astype(float)
    n, whole = flat.shape[-1], flat.sum(-1, keepdims=True)
    share = np.divide(flat, whole, out=np.full(flat.shape, np.nan), where=whole > 0)
    return 1 - (n * (share**2).sum(-1) - 1) / (n - 1) if n > 1 else np.full(flat.shape[:-1], np.nan)


def summary(time_ms: np.ndarray, counts: np.ndarray) -> pd.DataFrame:
    """One row per recording: seconds in the grid, visits, cells visited, seconds per visit and per cell, dispersion."""
    flat, visits = flattened(time_ms), flattened(counts).sum(1)
    frame = pd.DataFrame({"seconds": flat.sum(1) / 1000, "visits": visits, "cells": (flat > 0).sum(1)})
    for name, per in (("seconds_per_visit", "visits"), ("seconds_per_cell", "cells")):
        frame[name] = (frame["seconds"] / frame[per]).where(frame[per] > 0)
    return frame.assign(dispersion=dispersion(time_ms))
