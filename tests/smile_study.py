"""A hand study of smiles: mothers seen at two visits, with scores, written straight into the schema."""

from pathlib import Path

import numpy as np
import pandas as pd

from db.connect import SCHEMA_VERSION
from pipeline.catalogue.instrument import load_instrument
from pipeline.measures.smile_features import FEATURES
from tests import studies
from tests.smile_rows import smile_rows

MONTHS = {"6 months": 6.1, "12 months": 12.2}
SCORES = ("PHQ-9", "PSS-10")
WITHOUT = "silent"
"""A recording with a track and no smile."""


def tables(rows: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """The study of such rows as tables of the schema; one mother more, who never smiles."""
    silent = rows.iloc[:1].assign(
        observation_id=WITHOUT, dyad_id="D-silent", family_id="F-silent", caregiver_id="M-silent"
    )
    sessions = pd.concat([rows, silent]).drop_duplicates("observation_id")
    dyads = sessions.drop_duplicates("dyad_id")
    tracks = sessions[["observation_id"]].assign(
        subject="caregiver1", coder_id="openface", au12_source="openface", face=0, faces=1, frames=4500,
        confident_frames=4000, fps=25.0, start_s=0.0, end_s=180.0, offset_ms=0, file="none.parquet", unfit="",
        source_id=1,
    )  # fmt: skip
    doubled = tracks.iloc[:3].assign(coder_id="model:blendshape", au12_source="blendshape")
    unfit = tracks.iloc[:1].assign(observation_id="unfit", unfit="AU12_r is missing")
    return {
        "study": pd.DataFrame(
            [("title", "Smiles"), ("study_id", "smiles"), ("synthetic", "true"), ("schema_version", SCHEMA_VERSION)],
            columns=["key", "value"],
        ),
        "family": dyads[["family_id"]],
        "dyad": dyads[["dyad_id", "family_id", "caregiver_id"]].assign(
            infant_id=dyads["family_id"] + "-i", role="mother"
        ),
        "observation": pd.concat([sessions, silent.assign(observation_id="unfit")])[
            ["observation_id", "dyad_id", "visit", "activity"]
        ].assign(
            protocol="free_play", start_ms=0, end_ms=180_000, infant_age_months=lambda frame: frame["visit"].map(MONTHS)
        ),
        "track": pd.concat([tracks, doubled, unfit]),
        "smile": _episodes(rows, doubled["observation_id"]),
        **_scores(sessions),
    }


def _episodes(rows: pd.DataFrame, doubled: pd.Series) -> pd.DataFrame:
    """Kept smiles, one episode in speech per recording, and smiles of a second track that must not count."""
    times = {name: rows["start_s"] for name in ("gate_on_s", "gate_off_s", "onset_s", "apex_s", "offset_s", "end_s")}
    kept = rows[["observation_id", "smile_number", *FEATURES]].assign(
        subject="caregiver1", coder_id="openface", episode=rows["smile_number"], status="ok", reason="", flags="",
        **times,
    )  # fmt: skip
    spoken = kept.drop_duplicates("observation_id").assign(
        episode=0, status="rejected", reason="speech", smile_number=np.nan, **dict.fromkeys(FEATURES, np.nan)
    )
    other = kept[kept["observation_id"].isin(doubled)].assign(coder_id="model:blendshape", onset_amplitude=99.0)
    found = pd.concat([kept, spoken, other], ignore_index=True)
    return found.astype({"smile_number": "Int64"})


def _scores(sessions: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Totals of both questionnaires at the visit, and their bands."""
    instruments = [load_instrument(name) for name in SCORES]
    long = sessions.melt(["observation_id", "caregiver_id", "visit"], [f"score:{name}" for name in SCORES])
    long = long.assign(instrument=long["variable"].str.removeprefix("score:"), phase="postpartum_before")
    names = {"caregiver_id": "person_id", "visit": "wave", "value": "total"}
    long = long.rename(columns=names)[["observation_id", "instrument", "person_id", "wave", "phase", "total"]]
    return {
        "instrument": pd.DataFrame(
            [(one.name, one.title, one.short_title, 0, one.low, one.high, one.citation) for one in instruments],
            columns=["instrument", "title", "short_title", "items", "low", "high", "citation"],
        ).assign(missing_rule="any_missing_item"),
        "band": pd.DataFrame(
            [(one.name, band.name, band.low, band.high) for one in instruments for band in one.bands],
            columns=["instrument", "band", "low", "high"],
        ),
        "observation_score": long,
    }


def publish(home: Path, rows: pd.DataFrame | None = None) -> Path:
    """Writes the study (47 mothers unless rows are given) into the folder and makes it current; returns the folder."""
    return studies.publish(home, tables(smile_rows(47, seed=2, growth=0.08) if rows is None else rows))
