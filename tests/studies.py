"""Small studies written by hand, straight into the schema: for tests that do not need the demo or an import."""

import hashlib
import json
from pathlib import Path

import duckdb
import pandas as pd

from db.connect import SCHEMA_VERSION

ROOT = Path(__file__).parents[1]
MINUTE = 60_000
CANARY = "participant-4711-score-29"
"""A value that must never be seen outside the database."""

# family, dyad, role, sex, order, protocol, activity, visit, minutes, camera, cameras, age, EPDS, SAPAS, income, years
OBSERVATIONS = """
F1 F1-M mother female first   home_headcam feeding   v1 5   old 2 6.5 3    1 low    12
F1 F1-M mother female first   home_headcam stacking  v1 5   old 2 6.5 3    1 low    12
F1 F1-F father female first   home_headcam feeding   v1 4   old 1 6.9 7    . low    15
F2 F2-M mother male   second  home_headcam feeding   v1 5   new 2 7.1 12   2 high   .
F2 F2-M mother male   second  home_headcam free_play v2 5   new 1 8.0 12   2 high   .
F3 F3-F father .      third   home_headcam free_play .  4.5 new . 7.4 .    0 .      9
F4 F4-M mother female first   home_headcam feeding   v1 5   old 2 6.0 30   8 middle 18
F5 F5-M mother male   .       home_headcam stacking  v1 3   .   2 .   0    3 low    11.5
F5 F5-M mother male   .       still_face   play      v2 6   .   2 9.1 0    3 low    11.5
F6 F6-M mother male   first   still_face   reunion   v2 2   new 1 9.4 21   5 high   16
"""
COLUMNS = """
family_id dyad_id role child_sex birth_order protocol activity visit minutes camera camera_count infant_age_months
EPDS SAPAS income years
"""
HOSTILE_LABEL = "**Years** of [school](http://example.invalid) :material/bug:"


def _names(text: str) -> list[str]:
    return text.split()


def rows() -> pd.DataFrame:
    """The table above, one row per observation, '.' as missing."""
    lines = [line.split() for line in OBSERVATIONS.strip().splitlines()]
    frame = pd.DataFrame(lines, columns=_names(COLUMNS)).replace(".", None)
    for column in ("minutes", "camera_count", "infant_age_months", "EPDS", "SAPAS", "years"):
        frame[column] = pd.to_numeric(frame[column])
    frame["observation_id"] = [f"O{number:02}" for number in range(1, len(frame) + 1)]
    return frame


def tables() -> dict[str, pd.DataFrame]:
    """The study as tables of the schema."""
    frame = rows()
    dyads = frame.drop_duplicates("dyad_id")
    return {
        "study": pd.DataFrame(
            {
                "key": ["title", "study_id", "synthetic", "attribution", "schema_version"],
                "value": ["Hand study", "hand", "true", "Made by hand", SCHEMA_VERSION],
            }
        ),
        "family": frame[["family_id"]].drop_duplicates(),
        "person": _people(dyads),
        "dyad": dyads.assign(infant_id=dyads["family_id"] + "-i", caregiver_id=dyads["dyad_id"] + "-c")[
            ["dyad_id", "family_id", "infant_id", "caregiver_id", "role", "child_sex", "birth_order"]
        ],
        "observation": frame.assign(start_ms=0, end_ms=(frame["minutes"] * MINUTE).astype(int))[
            ["observation_id", "start_ms", "end_ms", *_names("dyad_id protocol activity visit camera camera_count")]
            + ["infant_age_months"]
        ],
        **_scores(frame),
        **_variables(frame),
        **_coding(frame),
    }


def _people(dyads: pd.DataFrame) -> pd.DataFrame:
    infants = dyads.drop_duplicates("family_id")
    infants = infants.assign(person_id=infants["family_id"] + "-i", role="infant", sex=infants["child_sex"])
    adults = dyads.assign(person_id=dyads["dyad_id"] + "-c", sex=None)
    return pd.concat([infants, adults])[["person_id", "family_id", "role", "sex"]]


def _scores(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    long = frame.melt(["observation_id", "dyad_id"], ["EPDS", "SAPAS"], "instrument", "total").dropna()
    long = long.assign(person_id=long["dyad_id"] + "-c", wave="antenatal", phase="pregnancy")
    person = long.drop_duplicates(["person_id", "instrument"]).assign(origin="total", missing_items=0)
    instruments = [
        ("EPDS", "Edinburgh Postnatal Depression Scale", "Depressive symptoms", 10, 0, 30),
        ("SAPAS", "Standardised Assessment of Personality", "Personality difficulties", 8, 0, 8),
    ]
    return {
        "instrument": pd.DataFrame(
            instruments, columns=["instrument", "title", "short_title", "items", "low", "high"]
        ).assign(missing_rule="any_missing_item", citation="by hand"),
        "score": person[["person_id", "instrument", "wave", "phase", "total", "origin", "missing_items"]],
        "observation_score": long[["observation_id", "instrument", "person_id", "wave", "phase", "total"]],
    }


def _variables(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    levels = json.dumps(["low", "middle", "high"])
    named = [
        ("income", "Household income", "categorical", "families", "", levels, 0),
        ("years", HOSTILE_LABEL, "numeric", "people", "years", "[]", 1),
    ]
    income = frame[["observation_id"]].assign(name="income", number=None, text=frame["income"])
    years = frame[["observation_id"]].assign(name="years", number=frame["years"], text=None)
    return {
        "variable": pd.DataFrame(named, columns=["name", "label", "kind", "level", "unit", "levels", "position"]),
        "observation_variable": pd.concat([income.dropna(subset="text"), years.dropna(subset="number")]),
    }


def _coding(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Both subjects: Positive for a third, then Neutral, the last 30 s not visible; O01 and O04 coded twice."""
    coders = [("anna", "human", len(frame)), ("ben", "human", 2)]
    codes = [("Positive", False, "#228833"), ("Neutral", False, "#4477AA"), ("Not visible", True, "#BBBBBB")]
    streams = [
        (row.observation_id, coder, subject, int(row.minutes * MINUTE))
        for row in frame.itertuples()
        for coder in ("anna", "ben")
        for subject in ("infant", "caregiver1")
        if coder == "anna" or row.observation_id in ("O01", "O04")
    ]
    events = [event for stream in streams for event in _events(*stream)]
    event = pd.DataFrame(
        events, columns=["observation_id", "coder_id", "subject", "code", "onset_ms", "offset_ms"]
    ).assign(behaviour_group="face", modifier="", kind="state", repaired="", source_id=1, start_line=2)
    key = ["observation_id", "coder_id", "subject", "behaviour_group"]
    coding = pd.DataFrame(streams, columns=["observation_id", "coder_id", "subject", "coded_ms"]).assign(
        behaviour_group="face", scheme="hand", source_id=1, primary_reason="by hand", unobservable_ms=30_000, events=3
    )
    return {
        "coder": pd.DataFrame(coders, columns=["coder_id", "kind", "observations"]),
        "behaviour_group": pd.DataFrame(
            [("hand", "face", "Facial expression", 0, True, True, "Neutral")],
            columns=_names("scheme behaviour_group title position exclusive exhaustive reference"),
        ),
        "code": pd.DataFrame(
            [
                ("hand", "face", code, number, "state", hidden, colour, "infant,caregiver1", f"What {code} means.")
                for number, (code, hidden, colour) in enumerate(codes)
            ],
            columns=_names("scheme behaviour_group code position kind unobservable colour subjects description"),
        ),
        "coding": coding.assign(is_primary=coding["coder_id"] == "anna"),
        "event": event,
        "duration": _one_bout(event, key),
    }


def _one_bout(event: pd.DataFrame, key: list[str]) -> pd.DataFrame:
    """The duration rows of streams in which every code has exactly one bout, so no gaps."""
    ms = event["offset_ms"] - event["onset_ms"]
    lengths = {"ms": ms, "covered_ms": ms, "bouts": 1, "shortest_ms": ms, "longest_ms": ms, "squares_ms2": ms**2}
    return event[[*key, "code"]].assign(**lengths, gaps=0, gap_ms=0, gap_squares_ms2=0)


def _events(observation: str, coder: str, subject: str, length: int) -> list[tuple]:
    third, end = length // 3, length - 30_000
    edges = [("Positive", 0, third), ("Neutral", third, end), ("Not visible", end, length)]
    return [(observation, coder, subject, code, onset, offset) for code, onset, offset in edges]


def publish(home: Path, content: dict[str, pd.DataFrame] | None = None, number: int = 1) -> Path:
    """Writes the tables as a generation of the study folder `home` and makes it current; returns `home`."""
    folder = home / "published"
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"gen-{number:06}.duckdb"
    file.unlink(missing_ok=True)
    with duckdb.connect(str(file)) as writer:
        writer.execute((ROOT / "db" / "schema.sql").read_text(encoding="utf-8"))
        for name, frame in (content or tables()).items():
            writer.register("given", frame)
            writer.execute(f"INSERT INTO {name} BY NAME SELECT * FROM given")
            writer.unregister("given")
    pointer = {
        "gen": number,
        "file": file.name,
        "sha256": hashlib.sha256(file.read_bytes()).hexdigest(),
        "published_at": "2026-01-01T00:00:00Z",
        "counts": {},
    }
    (folder / "CURRENT.json").write_text(json.dumps(pointer), encoding="utf-8")
    return home
