"""How long the agreement of all pairs of codings takes: the demo, and 289 recordings x 5 channels coded twice."""

import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.figures import Figure
from db.connect import current, open_reader
from pipeline.measures.agreement_method import KINDS, Method
from pipeline.steps.agreement import Paired, measure, read_pairs
from pipeline.steps.agreement_pools import pool
from pipeline.steps.observe import observation_frame

RECORDINGS, SECONDS = 289, 120
CHANNELS = {"gaze of the infant": 19, "affect of the infant": 19, "gaze": 6, "affect": 14, "speech": 9}
"""Bouts per recording, as in play of two minutes coded at 15 Hz."""
CODES = ("one", "two", "three", "four", "unseen")
DEMO_TARGET, TWICE_TARGET = 1.0, 10.0
"""Seconds: from the database to every frame of the page."""
REPEATS = 3


def measure_agreement(home: Path, size: str) -> list[Figure]:
    """Seconds per kind of kappa (the best of three): matrices, pooling with 1,000 draws, influence, correlations."""
    paired, observations = coded_twice()
    figures = []
    for kind in KINDS:
        found = [_demo(home, Method(kind)) for _ in range(REPEATS)]
        figures.append(Figure(f"Agreement of all pairs, {kind}, read and measured", size, min(found), "s", DEMO_TARGET))
    for kind in KINDS:
        found = [_pooled(paired, observations, Method(kind)) for _ in range(REPEATS)]
        name = f"{RECORDINGS} recordings x {len(CHANNELS)} channels"
        figures.append(Figure(f"Agreement with a perturbed copy, {kind}", name, min(found), "s", TWICE_TARGET))
    return figures


def _demo(home: Path, method: Method) -> float:
    """Seconds from opening the database on."""
    with open_reader(current(home).file) as connection:
        observations = observation_frame(connection.cursor())
        begin = time.perf_counter()
        pool(measure(read_pairs(connection.cursor()), method), observations)
        return time.perf_counter() - begin


def _pooled(paired: Paired, observations: pd.DataFrame, method: Method) -> float:
    """Seconds from both codings on."""
    begin = time.perf_counter()
    pool(measure(paired, method), observations)
    return time.perf_counter() - begin


def coded_twice(seed: int = 1) -> tuple[Paired, pd.DataFrame]:
    """Made-up codings and a copy with boundaries moved by 0.3 s (SD) and every twentieth code changed."""
    draw = np.random.default_rng(seed)
    ids = [f"R{number:03}" for number in range(RECORDINGS)]
    observations = pd.DataFrame(
        {"observation_id": ids, "role": draw.choice(["mother", "father", "stranger"], RECORDINGS)}
    )
    keys = pd.MultiIndex.from_product([CHANNELS, ids], names=["behaviour_group", "observation_id"])
    pairs = keys.to_frame(index=False).assign(pair=range(len(keys)), scheme="made_up", subject="infant")
    pairs = pairs.assign(first="first", second="second", first_kind="human", second_kind="human")
    pairs = pairs.assign(comparison="two people", start_ms=0, end_ms=SECONDS * 1000)
    events = [_stream(draw, pair, CHANNELS[group]) for pair, group in enumerate(pairs["behaviour_group"])]
    codes = pd.DataFrame({"behaviour_group": np.repeat(list(CHANNELS), len(CODES)), "code": CODES * len(CHANNELS)})
    codes = codes.assign(scheme="made_up", unobservable=codes["code"] == "unseen", subjects="infant")
    return Paired(pairs, pd.concat(events, ignore_index=True), codes, pairs.iloc[:0]), observations


def _stream(draw: np.random.Generator, pair: int, bouts: int) -> pd.DataFrame:
    """One stream by both coders."""
    end = SECONDS * 1000
    cuts = np.sort(draw.integers(0, end, draw.poisson(bouts - 1)))
    codes = draw.integers(0, len(CODES), len(cuts) + 1)
    moved = np.sort(np.clip(cuts + draw.normal(0, 300, len(cuts)).astype(int), 0, end))
    other = np.where(draw.random(len(codes)) < 0.05, draw.integers(0, len(CODES), len(codes)), codes)
    sides = [
        {"side": side, "code": seen, "onset_ms": np.r_[0, edges], "offset_ms": np.r_[edges, end]}
        for side, (seen, edges) in enumerate(((codes, cuts), (other, moved)))
    ]
    return pd.concat([pd.DataFrame(columns) for columns in sides]).assign(pair=pair, kind="state")
