"""Smiles of one mother are alike: where nothing is to be found, tests by mothers find it in 1 of 20 samples, the naive
ones far more often.
"""

import numpy as np
import pandas as pd
import pytest

from pipeline.measures.smile_bands import band_tests
from pipeline.measures.smile_correlation import regression, slope_by_mothers
from pipeline.measures.smile_growth import growth
from pipeline.measures.smile_visits import visit_contrasts
from tests.smile_rows import VISITS

MOTHERS = 40
BANDS = pd.DataFrame([("low", -9.0, -0.4), ("middle", -0.4, 0.4), ("high", 0.4, 9.0)], columns=["band", "low", "high"])
FEATURE = "onset_amplitude"
SHORT, LONG = 100, 2000


def nothing(seed: int, visits: int, pace: float = 0.0) -> pd.DataFrame:
    """Smiles that have nothing to do with score, visit or their number: mothers, recordings and smiles of SD 1, .7 and
    1; `pace`: SD between mothers of how smiles change with their number.
    """
    rng = np.random.default_rng(seed)
    own, score = rng.normal(size=MOTHERS), rng.normal(size=MOTHERS)
    change = rng.normal(0, pace, MOTHERS) if pace else np.zeros(MOTHERS)
    sizes = rng.integers(3, 12, size=(MOTHERS, visits))
    mother = np.repeat(np.arange(MOTHERS), sizes.sum(axis=1))
    visit = np.concatenate([np.repeat(np.arange(visits), one) for one in sizes])
    number = np.concatenate([np.arange(1, size + 1) for size in sizes.ravel()])
    recording = rng.normal(0, 0.7, (MOTHERS, visits))
    value = own[mother] + recording[mother, visit] + change[mother] * (number - 1) + rng.normal(size=len(mother))
    return pd.DataFrame(
        {
            FEATURE: value, "score:S": score[mother], "smile_number": number, "caregiver_id": mother,
            "family_id": mother, "visit": np.array(VISITS)[visit], "observation_id": mother * 2 + visit,
        }
    )  # fmt: skip


def correlation(seed: int) -> tuple[float, float]:
    """All smiles of one visit against the score."""
    rows = nothing(seed, 1)
    x, y = rows["score:S"].to_numpy(), rows[FEATURE].to_numpy()
    return regression(x, y).p, slope_by_mothers(x, y, rows["caregiver_id"].to_numpy()).p


def bands(seed: int) -> tuple[float, float]:
    """Analysis of variance of one visit."""
    row = band_tests(nothing(seed, 1), (FEATURE,), {"S": BANDS}).iloc[0]
    return row["p"], row["mixed_p"]


def visits(seed: int) -> tuple[float, float]:
    """Two visits of the same mothers."""
    row = visit_contrasts(nothing(seed, 2), (FEATURE,), *VISITS).iloc[0]
    return row["p"], row["mixed_p"]


def pace(seed: int) -> tuple[float, float]:
    """Score x smile number, mothers changing at their own pace."""
    row = growth(nothing(seed, 2, pace=0.2), (FEATURE,), "score:S").iloc[0]
    return row["p"], row["mixed_p"]


def rates(test, count: int) -> np.ndarray:
    """Shares of p < .05 of the naive test and of the one by mothers."""
    return np.mean([[p < 0.05 for p in test(1000 + seed)] for seed in range(count)], axis=0)


@pytest.mark.parametrize(("test", "least"), [(correlation, 0.3), (bands, 0.3), (visits, 0.12), (pace, 0.12)])
def test_false_alarms(test, least) -> None:
    """Within four standard errors of .05 (.022 each at 100 samples) for the test by mothers."""
    naive, mixed = rates(test, SHORT)
    assert mixed <= 0.05 + 4 * np.sqrt(0.05 * 0.95 / SHORT)
    assert naive > least and naive > 2 * mixed


@pytest.mark.soak
@pytest.mark.parametrize("test", [correlation, bands, visits, pace])
def test_false_alarms_in_many_samples(test) -> None:
    naive, mixed = rates(test, LONG)
    print(f"{test.__name__}: naive {naive:.4f}, by mothers {mixed:.4f} of {LONG} samples")
    assert 0.035 < mixed < 0.066 and naive > 0.12
