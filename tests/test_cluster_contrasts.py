"""Two groups compared: by hand, against the means with their intervals, and against statsmodels."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from pipeline.measures.cluster_contrasts import ALIKE, TOO_FEW, cluster_contrasts
from pipeline.measures.cluster_means import cluster_means


def rows(rng: np.random.Generator, overlap: bool = False) -> pd.DataFrame:
    """120 observations of 60 dyads; without overlap a dyad stands in one group only."""
    dyad = np.arange(120) // 2
    first = rng.random(120) < 0.4 if overlap else (dyad < 25)
    value = 10 + 3 * first + rng.standard_normal(60)[dyad] * 2 + rng.standard_normal(120) * np.where(first, 2, 1)
    return pd.DataFrame({"code": "Smile", "dyad_id": dyad.astype(str), "first": first, "value": value})


def only(frame: pd.DataFrame, **options: object) -> pd.Series:
    return cluster_contrasts(frame, ["code"], "value", "first", **options).iloc[0]


def test_by_hand() -> None:
    frame = pd.DataFrame({"code": "a", "dyad_id": list("abcdefghij"), "first": [True] * 5 + [False] * 5})
    frame["value"] = [1.0, 2, 3, 4, 5, 2, 4, 6, 8, 10]
    found = only(frame)
    assert found["difference"] == -3 and found["ratio"] == pytest.approx(0.5)
    error = np.sqrt(2.5 / 5 + 10 / 5)  # Welch: each group's variance by its size
    welch = stats.ttest_ind(frame["value"][:5], frame["value"][5:], equal_var=False).confidence_interval()
    assert (found["low"], found["high"]) == pytest.approx((welch.low, welch.high))
    assert error == pytest.approx((found["high"] + 3) / stats.t.ppf(0.975, 5.882352941))
    assert found["note"] == "" and found["dyads_first"] == found["observations_second"] == 5


def test_without_overlap_it_is_the_two_means_put_together() -> None:
    frame = rows(np.random.default_rng(1))
    found = only(frame)
    means = cluster_means(frame, ["first"], "value", scale="identity").set_index("first")
    assert found["difference"] == pytest.approx(means.loc[True, "mean"] - means.loc[False, "mean"])
    both = means["se"] ** 2
    free = both.sum() ** 2 / (both**2 / (means["dyads"] - 1)).sum()
    reach = stats.t.ppf(0.975, free) * np.sqrt(both.sum())
    assert found["high"] - found["difference"] == pytest.approx(reach)
    wide = cluster_contrasts(frame.assign(dyad_id=np.arange(120).astype(str)), ["code"], "value", "first").iloc[0]
    assert wide["high"] - wide["low"] < 0.9 * (found["high"] - found["low"])  # dyads taken for strangers


def test_with_overlap_it_is_cluster_robust_regression() -> None:
    """Dyads in both groups: statsmodels without its small-sample factors gives nearly the same standard error."""
    frame = rows(np.random.default_rng(2), overlap=True)
    found = only(frame)
    design = sm.add_constant(frame["first"].astype(float))
    fit = sm.OLS(frame["value"], design).fit(
        cov_type="cluster", cov_kwds={"groups": frame["dyad_id"].astype(int), "use_correction": False}
    )
    assert found["difference"] == pytest.approx(fit.params["first"])
    free = len(frame)  # large: the t is near the Normal, so the ratio of the reaches is near that of the errors
    reach = (found["high"] - found["difference"]) / stats.t.ppf(0.975, free)
    assert reach == pytest.approx(fit.bse["first"], rel=0.06)


def test_intervals_of_both_hold() -> None:
    """400 studies: 95 % intervals of the difference and of the ratio of SDs hold the truth about as often."""
    rng = np.random.default_rng(3)
    hits = np.zeros(2)
    for _ in range(400):
        found = only(rows(rng))
        ratio = np.sqrt((4 + 4) / (4 + 1))
        hits += [found["low"] < 3 < found["high"], found["ratio_low"] < ratio < found["ratio_high"]]
    assert (np.abs(hits / 400 - 0.95) < [0.03, 0.05]).all()


def test_a_group_too_small_has_no_interval() -> None:
    frame = rows(np.random.default_rng(4))
    found = only(frame[~frame["first"] | frame["dyad_id"].isin(["3", "4", "5", "6"])])
    assert found["note"] == TOO_FEW and np.isnan([found["low"], found["ratio"]]).all()
    assert np.isfinite(found["difference"]) and found["dyads_first"] == 4
    found = only(frame[~frame["first"] | frame["dyad_id"].isin(["3", "4", "5", "6", "7"])])
    assert found["note"] == "" and found["low"] < found["difference"] < found["high"]
    alike = only(frame.assign(value=frame["value"].where(~frame["first"], 7.0)))
    assert alike["note"] == ALIKE and np.isnan(alike["ratio"]) and alike["low"] < alike["high"]
    assert only(frame[~frame["first"]])["note"] == TOO_FEW


def test_missing_values_do_not_count() -> None:
    frame = rows(np.random.default_rng(5))
    gone = frame.copy()
    gone.loc[::3, "value"] = np.nan
    pd.testing.assert_series_equal(only(gone), only(frame[np.arange(120) % 3 != 0]))
