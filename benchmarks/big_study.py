"""Writes a study of any size for the benchmarks: one long CSV of paired events, the tables, the manifest.

Synthetic: two people x two behaviour groups per recording of 300 seconds, exclusive and exhaustive, 100 events per
stream, two recordings per dyad. The same size gives the same files.
"""

from pathlib import Path
from string import Template

import duckdb
import numpy as np
import pandas as pd

EVENTS_PER_RECORDING = 400
STREAMS = 4
HERE = Path(__file__).parent

MANIFEST = """
[study]
id = "bench"
title = "Benchmark study (synthetic)"
synthetic = true
scheme = "mhint"
protocol = "home_headcam"

[[coded]]
files = ["coded.csv"]
format = "long_csv"

[coded.columns]
observation = "recording"
coder = "coder"
subject = "who"
behaviour_group = "behaviour"
code = "code"
onset = "start_s"
offset = "stop_s"
unit = "s"

[tables.dyads]
file = "dyads.csv"

[tables.observations]
file = "observations.csv"
columns = { protocol = "=home_headcam" }

[[scores]]
file = "epds.csv"
instrument = "EPDS"
person = "person"
wave = "=antenatal"
phase = "=pregnancy"
total = "epds"
"""


def write_study(folder: Path, events: int) -> Path:
    """Writes a study with about `events` events into `folder`; returns the path of its manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    recordings = max(events // EVENTS_PER_RECORDING, 1)
    _write_events(folder / "coded.csv", recordings)
    _write_tables(folder, recordings)
    manifest = folder / "STUDY.toml"
    manifest.write_text(MANIFEST, encoding="utf-8")
    return manifest


def _write_events(file: Path, recordings: int) -> None:
    text = (HERE / "big_study.sql").read_text(encoding="utf-8")
    values = {
        "recordings": recordings,
        "per_stream": EVENTS_PER_RECORDING // STREAMS,
        "file": str(file).replace("'", "''"),
    }
    with duckdb.connect(config={"memory_limit": "2GB", "preserve_insertion_order": "true"}) as connection:
        connection.execute(Template(text).substitute(values))


def _write_tables(folder: Path, recordings: int) -> None:
    random = np.random.default_rng(1)
    recording = pd.Series(range(recordings))
    dyad = recording // 2
    observations = pd.DataFrame(
        {
            "observation_id": recording.map("R{:06d}".format),
            "dyad_id": dyad.map("D{:06d}".format),
            "activity": np.where(recording % 2 == 0, "feeding", "stacking"),
            "visit": "visit 1",
            "start_ms": 0,
            "end_ms": 300_000,
            "camera": np.where(dyad % 3 == 0, "old", "new"),
            "infant_age_months": np.round(random.normal(7, 0.8, recordings), 1),
        }
    )
    observations.to_csv(folder / "observations.csv", index=False)
    unique = pd.Series(range(int(dyad.max()) + 1))
    dyads = pd.DataFrame(
        {
            "dyad_id": unique.map("D{:06d}".format),
            "family_id": unique.map("F{:06d}".format),
            "infant_id": unique.map("I{:06d}".format),
            "caregiver_id": unique.map("P{:06d}".format),
            "role": np.where(unique % 4 == 0, "father", "mother"),
            "child_sex": np.where(unique % 2 == 0, "female", "male"),
            "birth_order": np.where(unique % 3 == 0, "second", "first"),
            "caregiver_age_years": np.round(random.normal(28, 4, len(unique)), 1),
        }
    )
    dyads.to_csv(folder / "dyads.csv", index=False)
    scores = pd.DataFrame({"person": dyads["caregiver_id"], "epds": random.binomial(30, 0.2, len(dyads))})
    scores.to_csv(folder / "epds.csv", index=False)
