"""What the overview page shows: reads a generation, describes a selection of its observations.

Every function takes frames already read (`load`) and the selected rows of the wide observation frame.
"""

from dataclasses import dataclass

import duckdb
import pandas as pd

from db import queries, queries_overview
from pipeline.measures.correlation import Method, correlations
from pipeline.measures.describe import Characteristic, describe, levels_of, one_per
from pipeline.steps.release import ReleaseSpec

MS_PER_HOUR = 3_600_000
HISTOGRAM_BINS = 34
"""A range of up to this many whole points is drawn point by point (EPDS 0-30, PSS-10 0-40 in steps of 2)."""
BIN_COLUMNS = ("instrument", "role", "low", "high", "n")
AS_ANALYSED = "As analysed"
"""The wave the manifest names for the analyses, else the latest before the recording."""

TILES = ReleaseSpec(counts=("families", "dyads", "observations", "coders", "double_coded"), labels=("hours",))
UNITS = ("families", "dyads", "observations")
FLOW = ReleaseSpec(
    labels=("stage", "what"),
    counts=UNITS + tuple(f"{unit}_without" for unit in UNITS),
    across=tuple((unit, f"{unit}_without") for unit in UNITS),
)
HISTOGRAM = ReleaseSpec(
    labels=("instrument", "role", "low", "high"), counts=("n",), unit="caregivers", margins=(("instrument", "role"),)
)
SCORES = ReleaseSpec(
    labels=("instrument", "title", "role", "wave"),
    counts=("n", "missing"),
    unit="caregivers",
    statistics=tuple((column, "n") for column in ("mean", "sd", "median", "q1", "q3")),
    extremes=("lowest", "highest"),
    across=(("n", "missing"),),
)
CORRELATIONS = ReleaseSpec(
    labels=("x", "y"), counts=("n",), unit="caregivers", statistics=(("r", "n"), ("low", "n"), ("high", "n"))
)


@dataclass(frozen=True)
class Study:
    """What the overview reads once per generation: streams, scores of all waves, ages of all parents, catalogues."""

    streams: pd.DataFrame
    scores: pd.DataFrame
    parents: pd.DataFrame
    instruments: pd.DataFrame
    variables: pd.DataFrame


def load(cursor: duckdb.DuckDBPyConnection) -> Study:
    """Everything the overview needs beside the observation frame."""
    return Study(
        queries_overview.overview_streams(cursor),
        queries_overview.overview_scores(cursor),
        queries_overview.overview_parents(cursor),
        queries.instruments(cursor),
        queries.variables(cursor),
    )


def tiles(selected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """One row: families, dyads, observations, hours (sessions of coded observations), coders, double_coded."""
    streams = study.streams[study.streams["observation_id"].isin(selected["observation_id"])]
    coded = selected[selected["observation_id"].isin(streams["observation_id"])]
    row = _sizes(selected) | {
        "hours": coded["length_ms"].sum() / MS_PER_HOUR,
        "coders": streams.loc[streams["coder_kind"] == "human", "coder_id"].nunique(),
        "double_coded": int(selected["double_coded"].sum()),
    }
    return pd.DataFrame([row])


def flow(selected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Who has what: stage, what, families, dyads, observations, and `*_without`: all minus those.

    Coded means that one coder coded both the infant and a caregiver.
    """
    names = study.instruments["instrument"].tolist()
    masks = [("All", "Recorded", pd.Series(True, index=selected.index))]
    both = study.streams[study.streams["infant"] & study.streams["caregiver"]]
    for title, rows in both.groupby("group_title", sort=False):
        masks.append(("Coded", title, selected["observation_id"].isin(rows["observation_id"])))
    masks += [("Questionnaire", name, selected[f"score:{name}"].notna()) for name in names]
    coded = selected["observation_id"].isin(both["observation_id"])
    if names:
        known = pd.concat([selected[f"score:{name}"].notna() for name in names], axis=1)
        masks.append(("Complete", "Coded, with any questionnaire", coded & known.any(axis=1)))
        masks.append(("Complete", "Coded, with every questionnaire", coded & known.all(axis=1)))
    rows = [{"stage": stage, "what": what} | _sizes(selected[mask]) for stage, what, mask in masks]
    return _with_others(pd.DataFrame(rows))


def caregivers(selected: pd.DataFrame) -> pd.DataFrame:
    """One row per caregiver: of the earliest recording; every score, age and variable as it stands there."""
    return one_per(selected, "caregiver_id")


def score_summary(selected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Per instrument and role (and all): n caregivers, missing, mean, SD, median, quartiles, lowest, highest."""
    people = caregivers(selected)
    groups = {"all": people} | {role: people[people["role"] == role] for role in levels_of(people["role"])}
    wanted = tuple(
        Characteristic(f"score:{name}", name, role, "numeric")
        for name in study.instruments["instrument"]
        for role in groups
    )
    frame = describe(groups, wanted).rename(columns={"characteristic": "instrument", "unit": "role"})
    return frame.drop(columns=["level", "percent"]).rename(columns={"low": "lowest", "high": "highest"})


def histogram(selected: pd.DataFrame, study: Study) -> pd.DataFrame:
    """Caregivers per bin of each instrument's full range and role: instrument, role, low, high, n (zeros included)."""
    people = caregivers(selected)
    parts = []
    for row in study.instruments.itertuples():
        width = max(1, -(-(row.high - row.low + 1) // HISTOGRAM_BINS))
        bins = ((people[f"score:{row.instrument}"] - row.low) // width).rename("bin")
        counts = people.groupby(["role", bins]).size()
        every = pd.MultiIndex.from_product([levels_of(people["role"]), range(int((row.high - row.low) // width) + 1)])
        part = counts.reindex(every, fill_value=0).rename_axis(["role", "bin"]).rename("n").reset_index()
        low = row.low + part["bin"] * width
        high = (low + width - 1).clip(upper=row.high)
        parts.append(part.assign(instrument=row.instrument, low=low, high=high)[list(BIN_COLUMNS)])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=BIN_COLUMNS)


def waves(study: Study) -> tuple[str, ...]:
    """The waves the study has scores of, AS_ANALYSED first."""
    return (AS_ANALYSED, *sorted(study.scores["wave"].unique()))


def score_correlations(
    selected: pd.DataFrame, study: Study, role: str | None, wave: str, method: Method
) -> pd.DataFrame:
    """Pairs of scores and numbers, one value per caregiver: x, y (labels), n, r, low, high."""
    people = caregivers(selected if role is None else selected[selected["role"] == role])
    return correlations(_numbers(people, study, wave), method)


def _with_others(rows: pd.DataFrame) -> pd.DataFrame:
    return rows.assign(**{f"{unit}_without": rows.loc[0, unit] - rows[unit] for unit in UNITS})


def _sizes(frame: pd.DataFrame) -> dict[str, int]:
    return {
        "families": frame["family_id"].nunique(),
        "dyads": frame["dyad_id"].nunique(),
        "observations": len(frame),
    }


def _numbers(people: pd.DataFrame, study: Study, wave: str) -> pd.DataFrame:
    """Numeric columns of caregivers under their labels; scores as analysed or of one wave."""
    people = people.set_index("caregiver_id")
    scores = study.scores[study.scores["wave"] == wave]
    columns = {}
    for name in study.instruments["instrument"]:
        totals = scores[scores["instrument"] == name].set_index("person_id")["total"]
        columns[name] = people[f"score:{name}"] if wave == AS_ANALYSED else totals.reindex(people.index)
    columns["Caregiver's age"] = people["caregiver_age_years"]
    columns["Infant's age"] = people["infant_age_months"]
    numeric = study.variables[study.variables["kind"] == "numeric"]
    columns |= {row.label: people[f"var:{row.name}"] for row in numeric.itertuples(index=False)}
    frame = pd.DataFrame(columns).astype(float)
    return frame.loc[:, frame.notna().any()]
