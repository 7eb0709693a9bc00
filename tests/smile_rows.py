"""Smiles of made-up mothers for tests: rows like those of the cohort frame, without a face or a file."""

import numpy as np
import pandas as pd

from pipeline.measures.smile_features import FEATURES

VISITS = ("6 months", "12 months")


def smile_rows(
    mothers: int = 40, seed: int = 1, visits: int = 2, most: int = 9, between: float = 1.0, growth: float = 0.0
) -> pd.DataFrame:
    """Rows of kept smiles. `between`: SD of mothers and of recordings over the SD of smiles; `growth`: product of score
    (SD) and smile number in every feature. Scores: PHQ-9 (0 to 27) and PSS-10 (0 to 40), constant within a recording.
    """
    rng = np.random.default_rng(seed)
    parts = []
    for mother in range(mothers):
        own, level = rng.normal(0, between), rng.normal()
        for visit in VISITS[:visits]:
            count = int(rng.integers(2, most + 1))
            recording = rng.normal(0, between / 2)
            score = float(np.clip(np.round(6 + 4 * level + rng.normal()), 0, 27))
            values = own + recording + rng.normal(size=(count, len(FEATURES)))
            values += growth * (score - 6) / 4 * np.arange(count)[:, None]
            part = pd.DataFrame(values, columns=list(FEATURES))
            parts.append(
                part.assign(
                    observation_id=f"{mother:04d}.{visit}", dyad_id=f"D{mother}", family_id=f"F{mother}",
                    caregiver_id=f"M{mother}", visit=visit, activity="free_play", start_s=np.arange(count) * 10.0,
                    smile_number=np.arange(1, count + 1),
                    **{"score:PHQ-9": score, "score:PSS-10": np.clip(np.round(16 + 8 * level), 0, 40)},
                )
            )  # fmt: skip
    return pd.concat(parts, ignore_index=True)


def sessions_of(smiles: pd.DataFrame) -> pd.DataFrame:
    """One row per recording of such rows, as the cohort's `sessions` have them."""
    scores = [name for name in smiles if name.startswith("score:")]
    names = ["observation_id", "dyad_id", "family_id", "caregiver_id", "visit", "activity", *scores]
    found = smiles.groupby(names, as_index=False).agg(smiles=("smile_number", "size"))
    extra = {"rejected": 3, "in_speech": 2, "length_s": 180.0, "frames": 4500, "confident_frames": 4000}
    return found.assign(**extra)
