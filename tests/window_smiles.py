"""Made-up smiles whose relation to a score is known, for tests of the networks on windows of smiles."""

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_feature_names import FEATURE_NAMES
from pipeline.catalogue.window_settings import WindowSettings

TINY = WindowSettings(
    windows=(2, 3), epochs=(2, 3), seeds=(1, 2), folds=3, inner=2, permutations=2, hidden=(6, 4), learning_rate=0.01
)
"""A search of a fraction of a second."""


def made_up(
    relation: float = 0.0, mothers: int = 30, seed: int = 1, visits: int = 2, smiles: tuple[int, int] = (1, 8)
) -> pd.DataFrame:
    """Rows as the cohort frame has them. `relation`: how many SDs the onset amplitude of a smile grows with one SD of
    the mother's score; the other features are noise. Scores are 3 to 27 points in three decades of mothers.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for mother in range(mothers):
        level = rng.normal()
        score = float(np.clip(np.round(8 + 4 * level), 0, 27))
        for visit in range(visits):
            for number in range(1, int(rng.integers(smiles[0], smiles[1] + 1)) + 1):
                values = dict(zip(FEATURE_NAMES, rng.normal(3, 1, len(FEATURE_NAMES)), strict=True))
                values["onset_amplitude"] += relation * (score - 8) / 4
                rows.append(
                    {
                        "observation_id": f"{mother:02d}.{visit}", "dyad_id": f"D{mother:02d}",
                        "family_id": f"F{mother:02d}", "caregiver_id": f"M{mother:02d}",
                        "visit": f"{6 * visit + 6} months", "activity": "free_play",
                        "smile_number": number, "start_s": 10.0 * number, **values,
                        "score:PHQ-9": score, "score:PEARLS": float(mother % 3),
                    }
                )  # fmt: skip
    return pd.DataFrame(rows)
