"""The still-face sessions in the lab's tables: families of their own, and when the episodes are."""

import numpy as np
import pandas as pd

from pipeline.demo.sample import INCOME_BANDS
from pipeline.demo.still_face import PROTOCOL, Session

ACTIVITY, VISIT = "Still face", "laboratory visit"


def table_rows(rng: np.random.Generator, sessions: list[Session]) -> dict[str, pd.DataFrame]:
    """Further rows of the tables families, people, dyads, covariates and observations, by the name of the table."""
    count, ids = len(sessions), [session.family_id for session in sessions]
    girls, ages = rng.random(count) < 0.5, rng.uniform(24, 38, count).round(1)
    languages = np.where(rng.random(count) < 0.14, "bilingual", "monolingual")
    family = {"family_id": ids, "income_band": rng.choice(INCOME_BANDS, count), "home_language": languages}
    pairs = [f"{name}.A.1" for name in ids]
    named = {"infant_id": [f"{name}-C1" for name in ids], "caregiver_id": [f"{name}-A" for name in ids]}
    more = {"birth_order": rng.choice(["first", "second"], count), "primary_caregiver": "Mother"}
    about = {"dyad_id": pairs, "parental_age": ages, "infant_sex": np.where(girls, "f", "m")} | more
    return {
        "families": pd.DataFrame(family),
        "people": _people(ids, girls, ages, rng.integers(10, 19, count)),
        "dyads": pd.DataFrame({"dyad_id": pairs, "family_id": ids} | named),
        "covariates": pd.DataFrame(about),
        "observations": _observations(sessions, pairs),
    }


def _people(ids: list[str], girls: np.ndarray, ages: np.ndarray, years: np.ndarray) -> pd.DataFrame:
    written = [f"{age:.1f}".replace(".", ",") for age in ages]
    mothers = {"person": [f"{name}-A" for name in ids], "family": ids, "role": "mother", "sex": "2", "age": written}
    infants = {"person": [f"{name}-C1" for name in ids], "family": ids, "role": "infant"}
    adults = pd.DataFrame(mothers | {"education_years": years.astype(str)})
    small = pd.DataFrame(infants | {"sex": np.where(girls, "2", "1"), "age": "", "education_years": ""})
    return pd.concat([adults, small]).sort_values(["family", "person"], kind="stable")


def _observations(sessions: list[Session], pairs: list[str]) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "observation_id": [session.observation_id for session in sessions],
            "dyad_id": pairs,
            "activity": ACTIVITY,
            "length_s": [f"{session.length_ms / 1000:.3f}" for session in sessions],
            "camera": "",
            "infant_age_months": [session.infant_age_months for session in sessions],
            "protocol": PROTOCOL,
            "visit": VISIT,
        }
    )


def episodes_table(sessions: list[Session]) -> pd.DataFrame:
    """Rows of episodes.csv: observation_id, episode, onset, offset (s) and their unit."""
    rows = [
        (session.observation_id, name, f"{start / 1000:.3f}", f"{end / 1000:.3f}", "s")
        for session in sessions
        for name, start, end in session.episodes
    ]
    return pd.DataFrame(rows, columns=["observation_id", "episode", "onset", "offset", "unit"])
