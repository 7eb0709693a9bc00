"""Statistics of smiles: the paper's printed numbers with the errata, by hand, and a second road to every number."""

from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from statsmodels.regression.mixed_linear_model import MixedLM
from statsmodels.stats.multitest import multipletests

from pipeline.catalogue import smile_paper_tests
from pipeline.catalogue.instrument import known_instruments, load_instrument, points_per_band
from pipeline.catalogue.smile_feature_names import FEATURE_NAMES, FIGURE_FEATURES, smile_feature
from pipeline.measures import smile_bands, smile_correlation, smile_growth, smile_visits
from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.measures.multiple_testing import benjamini_hochberg
from pipeline.measures.smile_assumptions import NO_SPREAD, assumptions
from pipeline.measures.smile_bands import anova, band_of, band_tests, partial_eta
from pipeline.measures.smile_correlation import by_number, regression, related
from pipeline.measures.smile_counts import counts_by_score, counts_by_visit
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_growth import growth
from pipeline.measures.smile_stability import TOO_FEW, stability
from pipeline.measures.smile_visits import from_printed, paired, pooled_sd, visit_contrasts, welch
from tests.smile_rows import VISITS, sessions_of, smile_rows

SMILES = smile_rows(47, seed=2)
PHQ, PSS = "score:PHQ-9", "score:PSS-10"
BANDS = {
    name: pd.DataFrame([(band.name, band.low, band.high) for band in load_instrument(name).bands],
                       columns=["band", "low", "high"])
    for name in ("PHQ-9", "PSS-10")
}  # fmt: skip

TABLE_III = [
    ("max_onset_speed", 4.37, 207.33, 0.51, 0.510, 7.29),
    ("max_offset_speed", 3.02, 190.17, 0.37, 0.370, 20.8),
    ("onset_amplitude", 3.97, 190.86, 0.49, 0.486, 19.3),
    ("offset_amplitude", 2.26, 182.07, 0.29, 0.285, 177),
    ("onset_duration_s", 0.50, 354.53, 0.05, 0.046, 1.09),
    ("offset_duration_s", 0.53, 314.51, 0.05, 0.051, 1.44),
    ("apex_duration_s", 1.75, 246.39, 0.19, 0.187, 2.97),
    ("total_duration_s", 2.17, 271.39, 0.22, 0.223, 2.15),
]
"""Feature, printed t, df and d; then d and the ratio of variances (6 over 12 months) that follow from them."""
TABLE_III_P = (0.0005, 0.003, 0.0005, 0.025, 0.62, 0.60, 0.081, 0.031)
TABLE_IV = [
    (3.39, 3, 178, 0.06, 0.0540, 0.019),
    (2.49, 4, 343, 0.03, 0.0282, 0.043),
    (5.31, 2, 179, 0.06, 0.0560, 0.006),
    (4.08, 2, 345, 0.02, 0.0231, 0.018),
    (3.95, 2, 345, 0.02, 0.0224, 0.020),
    (3.21, 2, 345, 0.02, 0.0183, 0.042),
]
"""F, its degrees of freedom, partial eta squared as printed and as it is, p (the fifth is printed .021)."""


@pytest.mark.parametrize(("feature", "t", "df", "printed", "d", "ratio"), TABLE_III)
def test_table_iii_follows_from_t_and_its_degrees_of_freedom(feature, t, df, printed, d, ratio) -> None:
    found, variances = from_printed(t, df, 182, 348)
    assert found == pytest.approx(d, abs=5e-4)
    assert variances == pytest.approx(ratio, rel=5e-3 if ratio < 100 else 0.05)
    assert found == pytest.approx(printed, abs=0.0051)
    assert smile_feature(feature).label
    assert variances > 1, "so var 12 / var 6 is below 1, the other way round than the paper's text"


@pytest.mark.parametrize(("row", "p"), list(zip(TABLE_III, TABLE_III_P, strict=True)))
def test_p_values_of_table_iii(row, p) -> None:
    found = 2 * stats.t.sf(row[1], row[2])
    assert found == pytest.approx(p, abs=0.005 if p > 0.1 else 0.0006)


@pytest.mark.parametrize(("t", "df"), [(row[1], row[2]) for row in TABLE_III])
def test_the_ratio_of_variances_gives_the_printed_degrees_of_freedom_back(t, df) -> None:
    """Groups with that ratio of variances, made to measure: Welch's df and t are the printed ones, d is the same."""
    d, ratio = from_printed(t, df, 182, 348)
    some, others = _group(182, np.sqrt(ratio)), _group(348, 1.0)
    shift = t * np.sqrt(ratio / 182 + 1 / 348)
    made = welch(some + shift, others)
    assert (made["t"], made["df"]) == pytest.approx((t, df), rel=1e-6)
    assert (made["d"], made["variance_ratio"]) == pytest.approx((d, ratio), rel=1e-6)
    other = stats.ttest_ind(some + shift, others, equal_var=False)
    assert (made["t"], made["df"], made["p"]) == pytest.approx((other.statistic, other.df, other.pvalue))
    ends = other.confidence_interval(0.95)
    assert (made["low"], made["high"]) == pytest.approx((ends.low, ends.high))


def _group(n: int, sd: float) -> np.ndarray:
    """n numbers with mean 0 and exactly this SD."""
    values = np.random.default_rng(n).normal(size=n)
    return (values - values.mean()) / values.std(ddof=1) * sd


@pytest.mark.parametrize(("f", "df1", "df2", "printed", "eta", "p"), TABLE_IV)
def test_table_iv_with_its_erratum(f, df1, df2, printed, eta, p) -> None:
    assert partial_eta(f, df1, df2) == pytest.approx(eta, abs=5e-5)
    exact = Fraction(str(f)) * df1 / (Fraction(str(f)) * df1 + df2)
    assert partial_eta(f, df1, df2) == pytest.approx(float(exact))
    assert stats.f.sf(f, df1, df2) == pytest.approx(p, abs=6e-4)
    assert round(eta, 2) == printed or (f, printed, round(eta, 2)) == (3.39, 0.06, 0.05), "the erratum"


def test_degrees_of_freedom_of_table_iv_count_the_smiles() -> None:
    """182 smiles at 6 and 348 at 12 months are 530; 67.6 % of 559 kept would be 378."""
    assert {df1 + df2 + 1 for _, df1, df2, *_ in TABLE_IV} == {182, 348}
    assert round(0.676 * 559) == 378


def test_the_catalogue_holds_what_was_printed() -> None:
    mine = [(row.feature, row.t, row.df, row.d) for row in smile_paper_tests.TABLE_III]
    assert mine == [row[:4] for row in TABLE_III]
    assert [(row.f, row.df1, row.df2, row.eta) for row in smile_paper_tests.TABLE_IV] == [row[:4] for row in TABLE_IV]
    for row in smile_paper_tests.TABLE_III:
        sign, p = row.p.split()
        assert 2 * stats.t.sf(row.t, row.df) < 0.001 if sign == "<" else True
        assert sign == "<" or 2 * stats.t.sf(row.t, row.df) == pytest.approx(float(p), abs=0.005)
    assert smile_paper_tests.SMILES_AT_VISITS == (182, 348)


def test_points_per_band_of_table_i_with_its_erratum() -> None:
    printed = {"PHQ-9": (5.6, 1.2), "PSS-10": (13.7, 0.47), "ACEs": (3.67, 2.49)}
    for name, (mean, sd) in printed.items():
        instrument = load_instrument(name)
        assert instrument.points.mean == pytest.approx(mean, abs=0.05 if name == "PSS-10" else 0.005)
        assert instrument.points.sd == pytest.approx(sd, abs=0.005)
        assert (instrument.sample.points == instrument.points) or name != "PHQ-9"
    aces = load_instrument("ACEs").sample
    assert (aces.points.mean, aces.points.sd) == (3.3, 2.62) and "3.67" in aces.erratum
    assert points_per_band([]) is None and load_instrument("PEARLS").points is None


def test_bands_of_table_i() -> None:
    bands = {load_instrument(name).name: [(one.low, one.high) for one in load_instrument(name).bands]
             for name in known_instruments()}  # fmt: skip
    assert bands["PHQ-9"] == [(0, 4), (5, 9), (10, 14), (15, 19), (20, 27)]
    assert bands["ACEs"] == [(0, 0), (1, 3), (4, 10)] and bands["PSS-10"] == [(0, 13), (14, 26), (27, 40)]
    assert not bands["PEARLS"] and not bands["Social Support"]
    sds = {name: load_instrument(name).sample.sd for name in ("PHQ-9", "ACEs", "Social Support", "PSS-10", "PEARLS")}
    assert sds == {"PHQ-9": 4.16, "ACEs": 2.55, "Social Support": 15.97, "PSS-10": 6.66, "PEARLS": 0.90}


def test_the_names_are_the_measures() -> None:
    assert FEATURE_NAMES == FEATURES and set(FIGURE_FEATURES) < set(FEATURES)


def test_five_recordings_by_hand() -> None:
    """Scores 0 2 4 6 8, feature 1 3 2 5 4: r = 16 / sqrt(40 * 10) = .8, slope 16 / 40 = .4, intercept 3 - 1.6 = 1.4."""
    line = regression(np.array([0.0, 2, 4, 6, 8]), np.array([1.0, 3, 2, 5, 4]))
    assert (line.r, line.slope, line.intercept) == pytest.approx((0.8, 0.4, 1.4))
    assert line.t == pytest.approx(0.8 * np.sqrt(3 / 0.36))


def test_by_number_is_one_statement_of_duckdb_and_scipys_regression() -> None:
    found = by_number(SMILES, FIGURE_FEATURES, PHQ)
    for feature in FIGURE_FEATURES:
        asked = duckdb.sql(
            f'SELECT smile_number, count(*) n, corr({feature}, "{PHQ}") r, regr_slope({feature}, "{PHQ}") slope, '
            f'regr_intercept({feature}, "{PHQ}") intercept, count(DISTINCT caregiver_id) mothers FROM smiles '
            "GROUP BY smile_number ORDER BY smile_number",
            connection=_connection(),
        ).df()
        mine = found[found["feature"] == feature].reset_index(drop=True)
        for name in asked:
            assert mine[name].to_numpy(float) == pytest.approx(asked[name].to_numpy(float)), name
        third = SMILES[SMILES["smile_number"] == 3]
        other = stats.linregress(third[PHQ], third[feature])
        row = mine[mine["smile_number"] == 3].iloc[0]
        assert row["p"] == pytest.approx(other.pvalue)
        assert stats.pearsonr(third[PHQ], third[feature]).confidence_interval() == pytest.approx(
            (row["low"], row["high"])
        )
        reach = stats.t.ppf(0.975, len(third) - 2) * other.stderr
        assert row["slope_high"] == pytest.approx(other.slope + reach)
    assert found.loc[found["smile_number"] == 1, "n"].eq(94).all()


def _connection() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.register("smiles", SMILES)
    return connection


@pytest.mark.filterwarnings("ignore")
def test_the_slope_by_mothers_is_statsmodels() -> None:
    row = by_number(SMILES, ("onset_amplitude",), PHQ).iloc[1]
    second = SMILES[SMILES["smile_number"] == 2]
    other = MixedLM.from_formula("onset_amplitude ~ Q('score:PHQ-9')", second, groups="caregiver_id").fit()
    assert row["mixed_slope"] == pytest.approx(other.fe_params.iloc[1], abs=1e-4)
    scale = second[PHQ].std() / second["onset_amplitude"].std()
    assert row["mixed_r"] == pytest.approx(other.fe_params.iloc[1] * scale, abs=1e-4)
    half = stats.t.ppf(0.975, row["mixed_df"]) * other.bse_fe.iloc[1] * scale
    assert (row["mixed_high"] - row["mixed_low"]) / 2 == pytest.approx(half, rel=1e-2)
    assert row["mothers"] - 2 < row["mixed_df"] < row["n"] - 2


def test_one_recording_per_mother_gives_the_naive_answer() -> None:
    first = smile_rows(30, visits=1)
    row = by_number(first, ("apex_duration_s",), PHQ).iloc[0]
    assert row["mixed_r"] == pytest.approx(row["r"]) and row["mixed_p"] == pytest.approx(row["p"])


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda rows: rows.iloc[:2], smile_correlation.TOO_FEW_ROWS),
        (lambda rows: rows.assign(onset_amplitude=0.1), smile_correlation.SAME_FEATURE),
        (lambda rows: rows.assign(**{PHQ: 3.0}), smile_correlation.SAME_SCORE),
        (lambda rows: rows.iloc[:4].assign(caregiver_id=list("aabb")), smile_correlation.TOO_FEW_MOTHERS),
    ],
)
def test_undefined_correlations_say_why(change, note) -> None:
    rows = change(SMILES[SMILES["smile_number"] == 1])
    found = related(rows, "onset_amplitude", PHQ)
    assert found["note"] == note and "mixed_r" not in found
    assert ("r" in found) == (note == smile_correlation.TOO_FEW_MOTHERS)


def test_no_smiles_give_an_empty_table() -> None:
    nothing = SMILES.iloc[:0]
    assert by_number(nothing, FEATURES, PHQ).empty and list(by_number(nothing, FEATURES, PHQ))[:2] == [
        "feature", "smile_number",
    ]  # fmt: skip
    assert band_tests(nothing, FEATURES, BANDS).empty
    assert visit_contrasts(nothing, FEATURES, *VISITS)["note"].eq(smile_visits.TOO_FEW).all()
    assert growth(nothing, FEATURES, PHQ)["note"].eq(smile_growth.TOO_FEW_MOTHERS).all()
    assert counts_by_visit(sessions_of(SMILES).iloc[:0]).empty


def test_visits_are_first_minus_second_with_a_pooled_sd() -> None:
    """By hand: 6 months 1 3, 12 months 2 4 6: means 2 and 4, variances 2 and 4, pooled (1 * 2 + 2 * 4) / 3."""
    made = welch(np.array([1.0, 3]), np.array([2.0, 4, 6]))
    assert made["difference"] == -2 and made["variance_ratio"] == 0.5
    assert made["d"] == pytest.approx(-2 / np.sqrt(10 / 3)) and pooled_sd(2, 4, 2, 3) == pytest.approx(np.sqrt(10 / 3))
    found = visit_contrasts(SMILES, FEATURES, *VISITS)
    turned = visit_contrasts(SMILES, FEATURES, *VISITS[::-1])
    assert found["d"].to_numpy() == pytest.approx(-turned["d"].to_numpy())
    assert found["mixed_p"].to_numpy() == pytest.approx(turned["mixed_p"].to_numpy(), abs=1e-6)
    assert found["first"].eq("6 months").all() and found["n_first"].iloc[0] == (SMILES["visit"] == "6 months").sum()


@pytest.mark.filterwarnings("ignore")
def test_visits_by_mothers_and_in_pairs_by_other_roads() -> None:
    row = visit_contrasts(SMILES, ("apex_duration_s",), *VISITS).iloc[0]
    frame = SMILES.assign(first=SMILES["visit"] == "6 months")
    spec = {"re_formula": "1", "vc_formula": {"s": "0 + C(observation_id)"}}
    other = MixedLM.from_formula("apex_duration_s ~ first", frame, groups="caregiver_id", **spec).fit()
    assert row["mixed_difference"] == pytest.approx(other.fe_params.iloc[1], abs=1e-3)
    half = stats.t.ppf(0.975, row["mixed_df"]) * other.bse_fe.iloc[1]
    assert (row["mixed_high"] - row["mixed_low"]) / 2 == pytest.approx(half, rel=1e-2)
    means = SMILES.groupby(["caregiver_id", "visit"])["apex_duration_s"].mean().unstack()
    pair = stats.ttest_rel(means["6 months"], means["12 months"])
    assert (row["pairs"], row["paired_p"]) == (47, pytest.approx(pair.pvalue))
    ends = pair.confidence_interval()
    assert (row["paired_low"], row["paired_high"]) == pytest.approx((ends.low, ends.high))


def test_a_mother_seen_once_is_no_pair() -> None:
    once = SMILES[~((SMILES["caregiver_id"] == "M3") & (SMILES["visit"] == "12 months"))]
    assert paired(once, "apex_duration_s", *VISITS)["pairs"] == 46
    assert paired(once[once["caregiver_id"].isin(["M0", "M3"])], "apex_duration_s", *VISITS) == {"pairs": 1}


def test_anova_is_scipys_and_its_shares_add_up() -> None:
    found = band_tests(SMILES, FEATURES, BANDS)
    assert len(found) == 2 * 2 * 8
    part = SMILES[SMILES["visit"] == "12 months"]
    band = band_of(part[PSS], BANDS["PSS-10"])
    groups = [part.loc[band == name, "max_onset_speed"] for name in band.cat.categories if (band == name).any()]
    f, p = stats.f_oneway(*groups)
    row = found.query("visit == '12 months' and instrument == 'PSS-10' and feature == 'max_onset_speed'").iloc[0]
    assert (row["f"], row["p"]) == pytest.approx((f, p))
    assert (row["df1"], row["df2"]) == (len(groups) - 1, len(part) - len(groups))
    total = ((part["max_onset_speed"] - part["max_onset_speed"].mean()) ** 2).sum()
    between = sum(len(one) * (one.mean() - part["max_onset_speed"].mean()) ** 2 for one in groups)
    assert row["eta"] == pytest.approx(between / total)
    assert row["smallest"] == min(part.loc[band == name, "family_id"].nunique() for name in band.cat.categories)


def test_an_anova_in_exact_fractions() -> None:
    """Groups 1 2 3, 2 3 4, 6 7 8: means 2 3 7, grand 4; between 3 * (4 + 1 + 9) = 42 on 2, within 6 on 6: F = 21."""
    values, groups = np.array([1.0, 2, 3, 2, 3, 4, 6, 7, 8]), np.repeat([0, 1, 2], 3)
    found = anova(values, groups)
    assert found["f"] == pytest.approx(21) and (found["df1"], found["df2"]) == (2, 6)
    assert found["eta"] == pytest.approx(float(Fraction(42, 48)))


@pytest.mark.filterwarnings("ignore")
def test_bands_by_mothers_are_statsmodels() -> None:
    part = SMILES[SMILES["visit"] == "6 months"].assign(band=lambda rows: band_of(rows[PSS], BANDS["PSS-10"]))
    found = smile_bands.banded(part, "onset_duration_s")
    other = MixedLM.from_formula("onset_duration_s ~ C(band)", part.astype({"band": str}), groups="caregiver_id").fit()
    names = [name for name in other.fe_params.index if name.startswith("C(band)")]
    beta = other.fe_params[names].to_numpy()
    wald = beta @ np.linalg.solve(other.cov_params().loc[names, names].to_numpy(), beta) / len(names)
    assert found["mixed_f"] == pytest.approx(wald, rel=5e-3)
    assert found["mixed_p"] == pytest.approx(stats.f.sf(found["mixed_f"], len(names), found["mixed_df2"]))
    assert 40 < found["mixed_df2"] < 47, "bands are constant within mothers: judged by mothers"


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda rows: rows.assign(band="low"), smile_bands.ONE_BAND),
        (lambda rows: rows.iloc[:2].assign(band=["low", "high"]), smile_bands.TOO_FEW),
        (lambda rows: rows.assign(band=np.where(rows.index % 2, "a", "b"), onset_amplitude=rows.index % 2),
         smile_bands.ALIKE),
        (lambda rows: rows[rows["caregiver_id"].isin(["M0", "M1", "M2", "M3", "M4"])].assign(
            band=lambda some: some["caregiver_id"].replace("M1", "M0")), smile_bands.FEW_FOR_BANDS),
    ],
)  # fmt: skip
def test_undefined_bands_say_why(change, note) -> None:
    found = smile_bands.banded(change(SMILES), "onset_amplitude")
    assert found["note"] == note
    assert ("f" in found) == (note == smile_bands.FEW_FOR_BANDS)


def test_totals_between_bands_belong_to_none() -> None:
    found = band_of(pd.Series([0, 4, 4.5, 5, 27, 28, np.nan]), BANDS["PHQ-9"])
    assert found.astype(object).where(found.notna(), "").tolist() == [
        "minimal",
        "minimal",
        "",
        "mild",
        "severe",
        "",
        "",
    ]
    assert list(found.cat.categories)[0] == "minimal" and found.cat.ordered


def test_growth_is_found_where_it_was_put() -> None:
    rows = smile_rows(47, seed=8, growth=0.25)
    found = growth(rows, ("onset_amplitude", "apex_duration_s"), PHQ)
    spread = rows["onset_amplitude"].std(ddof=0)
    size = 0.25 * rows.drop_duplicates("observation_id")[PHQ].std(ddof=0) / 4 / spread
    row = found.iloc[0]
    assert row["mixed_low"] < size < row["mixed_high"] and row["mixed_p"] < 0.001
    assert (row["n"], row["recordings"], row["mothers"]) == (len(rows), 94, 47)
    z, further = smile_growth.standardised(rows, PHQ), rows["smile_number"].to_numpy() - 1.0
    y = (rows["onset_amplitude"] - rows["onset_amplitude"].mean()).to_numpy() / spread
    design = np.column_stack([np.ones(len(y)), z, further, z * further, rows["visit"] == "6 months"]).astype(float)
    people, recordings = (rows[name].to_numpy() for name in ("caregiver_id", "observation_id"))
    first = fit_mixed(blocks(y, design, people, recordings, further)).beta[1]
    assert row["at_first"] == pytest.approx(first, abs=1e-4) and abs(row["mixed_growth"]) > 0.01
    many = growth(rows, ("onset_amplitude",), PHQ, least=5).iloc[0]
    sizes = rows.groupby("observation_id").size()
    assert many["recordings"] == (sizes >= 5).sum() and many["n"] == sizes[sizes >= 5].sum()


def test_scores_are_standardised_over_recordings() -> None:
    """Three smiles with score 0 and one with score 2: over recordings mean 1, SD 1; over smiles it would be .5."""
    rows = pd.DataFrame({"observation_id": ["a", "a", "a", "b"], PHQ: [0.0, 0, 0, 2]})
    assert smile_growth.standardised(rows, PHQ).tolist() == [-1, -1, -1, 1]
    assert smile_growth.standardised(rows.iloc[:3], PHQ).tolist() == [0, 0, 0]


@pytest.mark.filterwarnings("ignore")
def test_growth_is_statsmodels() -> None:
    row = growth(SMILES, ("offset_amplitude",), PHQ).iloc[0]
    frame = SMILES.assign(
        z=smile_growth.standardised(SMILES, PHQ), further=SMILES["smile_number"] - 1,
        y=(SMILES["offset_amplitude"] - SMILES["offset_amplitude"].mean()) / SMILES["offset_amplitude"].std(ddof=0),
    )  # fmt: skip
    spec = {"re_formula": "1 + further", "vc_formula": {"s": "0 + C(observation_id)"}}
    other = MixedLM.from_formula("y ~ z * further + visit", frame, groups="caregiver_id", **spec)
    other = other.fit(method="lbfgs")
    assert row["at_first"] == pytest.approx(other.fe_params["z"], abs=5e-3), "the link at the first smile"
    assert row["mixed_growth"] == pytest.approx(other.fe_params["z:further"], abs=2e-3)
    half = stats.t.ppf(0.975, row["mixed_df"]) * other.bse_fe["z:further"]
    assert (row["mixed_high"] - row["mixed_low"]) / 2 == pytest.approx(half, rel=0.05)
    from statsmodels.regression.linear_model import OLS

    plain = OLS.from_formula("y ~ z * further + visit", frame).fit()
    assert (row["growth"], row["p"]) == pytest.approx((plain.params["z:further"], plain.pvalues["z:further"]))
    assert row["low"] == pytest.approx(plain.conf_int().loc["z:further", 0])


@pytest.mark.parametrize(
    ("change", "note"),
    [
        (lambda rows: rows[rows["caregiver_id"].isin(["M1", "M2"])], smile_growth.TOO_FEW_MOTHERS),
        (lambda rows: rows.assign(onset_amplitude=1.0), smile_growth.ALIKE),
        (lambda rows: rows[rows["smile_number"] == 1], smile_growth.ONE_NUMBER),
    ],
)
def test_undefined_growth_says_why(change, note) -> None:
    row = growth(change(SMILES), ("onset_amplitude",), PHQ).iloc[0]
    assert row["note"] == note and pd.isna(row["mixed_p"])


def test_the_false_discovery_rate_by_hand_and_by_statsmodels() -> None:
    """.01 .02 .03 .5 of four: times 4/1 4/2 4/3 4/4 are .04 .04 .04 .5."""
    assert benjamini_hochberg(np.array([0.5, 0.01, np.nan, 0.03, 0.02])) == pytest.approx(
        [0.5, 0.04, np.nan, 0.04, 0.04], nan_ok=True
    )
    p = np.random.default_rng(3).uniform(size=40) ** 2
    assert benjamini_hochberg(p) == pytest.approx(multipletests(p, method="fdr_bh")[1])
    assert benjamini_hochberg(p) == pytest.approx(stats.false_discovery_control(p))
    assert np.isnan(benjamini_hochberg(np.array([np.nan]))).all()


def test_assumptions_are_scipys() -> None:
    found = assumptions(SMILES["onset_amplitude"].to_numpy(), SMILES["visit"].to_numpy())
    parts = [part.to_numpy() for _, part in SMILES.groupby("visit", sort=False)["onset_amplitude"]]
    rest = np.concatenate([part - part.mean() for part in parts])
    assert (found["shapiro_w"], found["shapiro_p"]) == pytest.approx(tuple(stats.shapiro(rest)))
    assert found["levene_p"] == pytest.approx(stats.levene(*parts, center="median").pvalue)
    variances = [part.var(ddof=1) for part in parts]
    assert found["variance_ratio"] == pytest.approx(max(variances) / min(variances))
    assert found["skew"] == pytest.approx(((rest / rest.std()) ** 3).mean())
    assert found["kurtosis"] == pytest.approx(((rest / rest.std()) ** 4).mean() - 3)
    assert assumptions(np.ones(9), np.repeat([0, 1, 2], 3))["note"] == NO_SPREAD
    assert "shapiro_w" not in assumptions(np.random.default_rng(1).normal(size=6000), np.zeros(6000))


def test_stability_by_hand() -> None:
    """Scores 2 4 6 8 at 6 and 3 4 9 8 at 12 months: changes 1 0 3 0, mean size 1, r by scipy; one mother seen once."""
    before, after = [2.0, 4, 6, 8, 1], [3.0, 4, 9, 8]
    rows = [(f"M{i}", f"F{i}", "6 months", score) for i, score in enumerate(before)]
    rows += [(f"M{i}", f"F{i}", "12 months", score) for i, score in enumerate(after)]
    sessions = pd.DataFrame(rows, columns=["caregiver_id", "family_id", "visit", "score:PHQ-9"])
    row = stability(sessions, ("PHQ-9",), *VISITS).iloc[0]
    assert (row["n"], row["families"], row["absolute_change"], row["change"], row["unchanged"]) == (4, 4, 1, 1, 2)
    assert row["r"] == pytest.approx(stats.pearsonr(before[:4], after)[0])
    few = stability(sessions[sessions["caregiver_id"].isin(["M0", "M1"])], ("PHQ-9",), *VISITS).iloc[0]
    assert few["note"] == TOO_FEW and few["absolute_change"] == 0.5 and pd.isna(few["r"])


def test_smiles_per_recording_with_recordings_without_a_smile() -> None:
    sessions = sessions_of(SMILES)
    none = sessions.iloc[[0, 1]].assign(observation_id=["none", "one"], smiles=[0, 1])
    found = counts_by_visit(pd.concat([sessions, none], ignore_index=True)).set_index("visit")
    asked = duckdb.sql(
        "SELECT avg(smiles) mean, stddev(smiles) sd, median(smiles) median, quantile_cont(smiles, .75) q3, "
        "count(*) FILTER (smiles = 0) AS \"without\", 60 * sum(smiles) / sum(length_s) per_minute, "
        "sum(confident_frames) / sum(frames) coverage FROM (FROM sessions UNION ALL BY NAME FROM none)"
    ).df().iloc[0]  # fmt: skip
    for name in asked.index:
        assert found.loc["", name] == pytest.approx(asked[name]), name
    assert found.loc["", "without"] == 1 and found.loc["", "recordings"] == 96
    assert found.loc[list(VISITS), "recordings"].sum() == 96


def test_smiles_per_recording_and_scores() -> None:
    sessions = sessions_of(SMILES)
    found = counts_by_score(sessions, ("PHQ-9", "PSS-10"))
    whole = found[(found["visit"] == "") & (found["instrument"] == "PHQ-9")].iloc[0]
    assert whole["r"] == pytest.approx(stats.pearsonr(sessions["smiles"], sessions[PHQ])[0])
    assert (whole["n"], whole["mothers"]) == (94, 47) and len(found) == 6


@settings(max_examples=8)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_rows_names_and_units_do_not_matter(seed, random) -> None:
    """Rows in any order, other names of mothers, milliseconds for seconds, scores from 0 or from 100: same tests."""
    rows = smile_rows(12, seed=seed, most=4)
    order = list(rows.index)
    random.shuffle(order)
    other = rows.loc[order].reset_index(drop=True)
    other["caregiver_id"] = "z" + other["caregiver_id"]
    other["apex_duration_s"] *= 1000
    other[PHQ] = 100 + 2 * other[PHQ]
    one, two = (by_number(frame, ("apex_duration_s",), PHQ) for frame in (rows, other))
    for name in ("n", "r", "low", "p", "mixed_r"):
        assert two[name].to_numpy(float) == pytest.approx(one[name].to_numpy(float), abs=1e-4, nan_ok=True), name
    assert (one["r"].dropna().abs() <= 1).all()
    one, two = (visit_contrasts(frame, ("apex_duration_s",), *VISITS).iloc[0] for frame in (rows, other))
    for name in ("t", "df", "p", "d", "paired_p"):
        assert two[name] == pytest.approx(one[name], rel=1e-6), name
    assert two["mixed_p"] == pytest.approx(one["mixed_p"], abs=1e-3)


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=30))
def test_adjusted_p_values_are_never_smaller_and_keep_their_order(p) -> None:
    q = benjamini_hochberg(np.array(p))
    assert (q >= np.array(p) - 1e-15).all() and (q <= 1).all()
    order = np.argsort(p, kind="stable")
    assert (np.diff(q[order]) >= -1e-15).all()


@settings(max_examples=30)
@given(st.floats(0.01, 30), st.integers(1, 6), st.integers(3, 500))
def test_partial_eta_is_a_share(f, df1, df2) -> None:
    assert 0 < partial_eta(f, df1, df2) < 1
    assert partial_eta(2 * f, df1, df2) > partial_eta(f, df1, df2)
