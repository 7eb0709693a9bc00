"""The free play in the lab's tables: recordings, speech, and the questionnaires of each visit."""

from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.demo.free_play import ACTIVITY, PROTOCOL, FreePlay
from pipeline.demo.parameters import smile_parameters
from pipeline.demo.sample import Sample
from pipeline.demo.smile_schedule import Session
from pipeline.demo.tables import ACTIVITY_WORDS, write_csv
from pipeline.demo.visit_scores import ITEMS

SHORT = {"PHQ-9": "phq9", "ACEs": "ace", "PSS-10": "pss"}


def recordings_table(play: FreePlay, sample: Sample, sessions: dict[int, Session]) -> pd.DataFrame:
    """Rows of observations.csv; a recording ends with the last frame of its track."""
    table = play.recordings
    ends = [sessions[number].seconds[-1] + 1 / sessions[number].fps for number in range(len(table))]
    return pd.DataFrame(
        {
            "observation_id": table["observation_id"],
            "dyad_id": sample.dyads["dyad_id"].to_numpy()[table["dyad"]],
            "activity": ACTIVITY_WORDS[ACTIVITY],
            "length_s": [f"{end:.3f}" for end in ends],
            "camera": "",
            "infant_age_months": table["infant_age_months"],
            "protocol": PROTOCOL,
            "visit": _visits(play),
        }
    )


def _visits(play: FreePlay) -> np.ndarray:
    return np.array([visit["name"] for visit in smile_parameters()["visits"]])[play.recordings["visit"].to_numpy()]


def write_free_play_tables(folder: Path, play: FreePlay, sessions: dict[int, Session]) -> None:
    """speech.csv and one file per questionnaire below `folder`/tables."""
    tables = folder / "tables"
    write_csv(tables / "speech.csv", speech_table(play, sessions))
    who = pd.DataFrame({"person": play.recordings["person_id"], "visit": _visits(play)})
    scores = play.scores
    for name, short in SHORT.items():
        columns = {f"{short}_{item + 1}": scores.items[name][:, item].astype(int) for item in range(ITEMS[name][0])}
        words = {column: np.where(values == 1, "Yes", "No") for column, values in columns.items()}
        write_csv(tables / f"{short}.csv", who.assign(**(words if name == "ACEs" else columns)))
    totals = {"social_support": scores.totals["Social Support"], "pearls": scores.totals["PEARLS"]}
    write_csv(tables / "support_pearls.csv", who.assign(**totals))


def speech_table(play: FreePlay, sessions: dict[int, Session]) -> pd.DataFrame:
    """observation_id, onset, offset (s) and unit of every interval of speech in a recording."""
    names = play.recordings["observation_id"].tolist()
    rows = [
        (names[number], f"{onset:.3f}", f"{offset:.3f}", "s")
        for number in range(len(play))
        for onset, offset in sessions[number].speech
    ]
    return pd.DataFrame(rows, columns=["observation_id", "onset", "offset", "unit"])
