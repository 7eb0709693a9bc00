"""The wide observation frame: one row per observation, with its scores and study variables side by side."""

import duckdb
import pandas as pd

from db import queries


def observation_frame(cursor: duckdb.DuckDBPyConnection) -> pd.DataFrame:
    """One row per observation; further columns per instrument (`score:EPDS`) and per variable (`var:income`)."""
    frame = queries.observations(cursor)
    frame = _with_scores(frame, queries.observation_scores(cursor), queries.instruments(cursor))
    return _with_variables(frame, queries.observation_variables(cursor), queries.variables(cursor))


def _with_scores(frame: pd.DataFrame, scores: pd.DataFrame, instruments: pd.DataFrame) -> pd.DataFrame:
    for instrument in instruments["instrument"]:
        totals = scores[scores["instrument"] == instrument].set_index("observation_id")["total"]
        frame[f"score:{instrument}"] = frame["observation_id"].map(totals).astype(float)
    return frame


def _with_variables(frame: pd.DataFrame, values: pd.DataFrame, variables: pd.DataFrame) -> pd.DataFrame:
    for name, kind in zip(variables["name"], variables["kind"], strict=True):
        column = "number" if kind == "numeric" else "text"
        known = values[values["name"] == name].set_index("observation_id")[column]
        mapped = frame["observation_id"].map(known)
        frame[f"var:{name}"] = mapped.astype(float) if kind == "numeric" else mapped.astype("str").where(mapped.notna())
    return frame
