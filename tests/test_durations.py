"""Durations and shares: pictures checked by hand, exact fractions, one SQL statement, statsmodels, invariants."""

from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline import intervals
from pipeline.errors import StudyError, UserError
from pipeline.measures.cluster_means import ALIKE, ALWAYS, NEVER, NO_TIME, ONE_DYAD, cluster_means
from pipeline.measures.durations import KEY, SUMMARY, clip, covered, durations, streams
from pipeline.measures.shares import (
    DENOMINATORS,
    level_one,
    normalised,
    occurrence,
    seconds_per_five_minutes,
    share_of_time,
)
from pipeline.measures.splits import Split, split_levels, thirds

CODES = pd.DataFrame(
    {
        "behaviour_group": "face",
        "code": ["smile", "neutral", "woe", "hidden"],
        "unobservable": [False, False, False, True],
        "subjects": ["infant,caregiver1", "infant,caregiver1", "caregiver1", "infant,caregiver1"],
    }
)
LETTERS = {"s": "smile", "n": "neutral", "w": "woe", "h": "hidden"}
# one letter is one second of a session of 20 s; "." is time without a code
PICTURE = """
one  infant      ssssnnnnnnnnhhhhssss
one  caregiver1  nnnnnnnnnnnnnnnnnnnn
two  infant      nnnnn.....hhhhhhhhhh
two  caregiver1  wwwwwnnnnnwwwwwhhhhh
"""


def drawn(picture: str) -> pd.DataFrame:
    """Events of a picture: a run of one letter is one event."""
    rows = []
    for line in picture.strip().splitlines():
        observation, subject, letters = line.split()
        edges = [0, *(i for i in range(1, len(letters)) if letters[i] != letters[i - 1]), len(letters)]
        rows += [
            (observation, "anna", subject, "face", LETTERS[letters[start]], start * 1000, end * 1000)
            for start, end in zip(edges, edges[1:], strict=False)
            if letters[start] != "."
        ]
    return pd.DataFrame(rows, columns=[*KEY, "onset_ms", "offset_ms"])


def sessions(*names: str, length_ms: int = 20_000) -> pd.DataFrame:
    return pd.DataFrame({"observation_id": list(names), "start_ms": 0, "end_ms": length_ms}).astype(
        {"observation_id": "str", "start_ms": "int64", "end_ms": "int64"}
    )


def values_of(events: pd.DataFrame, observations: pd.DataFrame) -> pd.DataFrame:
    """The whole road from events to level-one rows."""
    return level_one(durations(events, observations), streams(events, observations, CODES), CODES)


def lookup(values: pd.DataFrame, column: str) -> dict[tuple[str, str, str], object]:
    keys = values[["observation_id", "subject", "code"]].astype("str").itertuples(index=False, name=None)
    return dict(zip(keys, values[column].tolist(), strict=True))


@pytest.fixture
def golden() -> pd.DataFrame:
    return values_of(drawn(PICTURE), sessions("one", "two"))


def test_durations_of_the_picture() -> None:
    table = durations(drawn(PICTURE), sessions("one", "two")).set_index(["observation_id", "subject", "code"])
    smile = table.loc[("one", "infant", "smile")]
    # ssss............ssss: two bouts of 4 s, 12 s apart
    assert smile[list(SUMMARY)].tolist() == [8000, 8000, 2, 4000, 4000, 2 * 4000**2, 1, 12_000, 12_000**2]
    woe = table.loc[("two", "caregiver1", "woe")]
    assert woe[list(SUMMARY)].tolist() == [10_000, 10_000, 2, 5000, 5000, 2 * 5000**2, 1, 5000, 5000**2]
    assert table.loc[("one", "caregiver1", "neutral"), ["ms", "bouts", "gaps", "gap_ms"]].tolist() == [20_000, 1, 0, 0]


def test_a_bout_inside_another_of_its_code_adds_a_bout_and_no_time() -> None:
    """[0, 10) s, [2, 5) inside it, and [12, 14) after it: 12 s covered, one gap of 2 s."""
    events = drawn("one infant ssssssssss\none infant ..sss\none infant ............ss")
    (row,) = durations(events, sessions("one"))[list(SUMMARY)].to_numpy().tolist()
    assert row == [15_000, 12_000, 3, 2000, 10_000, (100 + 9 + 4) * 1000**2, 1, 2000, 2000**2]


def test_bouts_that_touch_have_a_gap_of_nothing_between_them() -> None:
    smiles = drawn("one infant ssssnnnnssss").query("code == 'smile'")
    touching = pd.concat([smiles, smiles.iloc[:1].assign(onset_ms=4000, offset_ms=6000)])
    table = durations(touching, sessions("one")).set_index("code")
    assert table.loc["smile", ["bouts", "gaps", "gap_ms", "gap_squares_ms2"]].tolist() == [3, 2, 2000, 4_000_000]


def test_streams_of_the_picture() -> None:
    table = streams(drawn(PICTURE), sessions("one", "two"), CODES).set_index(["observation_id", "subject"])
    assert table.loc[("one", "infant"), ["session_ms", "coded_ms", "unobservable_ms", "events"]].tolist() == [
        20_000, 20_000, 4000, 4
    ]  # fmt: skip
    assert table.loc[("two", "infant"), ["session_ms", "coded_ms", "unobservable_ms", "events"]].tolist() == [
        20_000, 15_000, 10_000, 2
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("denominator", "share", "rate"),
    [
        # two infant: 5 s neutral; session 20 s, seen 10 s, coded 15 s; 1 bout
        ("session", 5 / 20, 3.0),
        ("observable", 5 / 10, 6.0),
        ("coded", 5 / 15, 4.0),
    ],
)
def test_every_denominator_by_hand(golden, denominator, share, rate) -> None:
    table = share_of_time(golden, denominator)
    assert lookup(table, "share")[("two", "infant", "neutral")] == pytest.approx(share, abs=1e-15)
    assert lookup(table, "rate_per_min")[("two", "infant", "neutral")] == pytest.approx(rate, abs=1e-12)
    assert (table["denominator"] == denominator).all()
    assert seconds_per_five_minutes(pd.Series([share]))[0] == pytest.approx(300 * share)


def test_the_denominator_is_never_assumed(golden) -> None:
    with pytest.raises(TypeError):
        share_of_time(golden)
    with pytest.raises(UserError, match="Choose one of: coded, observable, session"):
        share_of_time(golden, "time")


def test_zero_is_not_missing(golden) -> None:
    table = share_of_time(golden, "session")
    share, observed = lookup(table, "share"), lookup(table, "observed")
    assert share[("two", "infant", "smile")] == 0 and observed[("two", "infant", "smile")] is False
    assert observed[("two", "infant", "neutral")] is True
    assert ("one", "infant", "woe") not in share, "an infant may not show this code: no row at all"
    assert share[("one", "caregiver1", "woe")] == 0


def test_a_group_that_was_not_coded_is_missing() -> None:
    values = values_of(drawn("one infant ssss\n" + "two caregiver1 nnnn"), sessions("one", "two", length_ms=4000))
    assert ("two", "infant", "smile") not in lookup(values, "ms")
    assert ("two", "caregiver1", "smile") in lookup(values, "ms")


def test_durations_without_a_group_are_named_and_no_others() -> None:
    """A code that no group has, and one of a recording that was not coded; the codes beside them are not blamed."""
    events, observations = drawn(PICTURE), sessions("one", "two")
    table, coded = durations(events, observations), streams(events, observations, CODES)
    with pytest.raises(StudyError, match=r"^Durations of woe belong to no coded group\. Import the study again\.$"):
        level_one(table, coded, CODES[CODES["code"] != "woe"])
    only_infants = coded[coded["subject"] == "infant"]
    of_one = table[(table["subject"] == "infant") | (table["code"] == "woe")]
    with pytest.raises(StudyError, match=r"^Durations of woe belong to no coded group"):
        level_one(of_one, only_infants, CODES)


def test_a_share_of_no_time_is_missing() -> None:
    values = values_of(drawn("one infant hhhh"), sessions("one", length_ms=4000))
    assert np.isnan(lookup(share_of_time(values, "observable"), "share")[("one", "infant", "smile")])
    assert lookup(share_of_time(values, "session"), "share")[("one", "infant", "smile")] == 0


def test_a_rate_of_no_time_is_missing(golden) -> None:
    points = golden.assign(coded_ms=0, bouts=3)
    assert share_of_time(points, "coded")["rate_per_min"].isna().all()


def test_words_as_categories_give_the_same_durations() -> None:
    events, observations = (
        drawn(PICTURE).query("observation_id == 'one' or subject == 'infant'"),
        sessions("one", "two"),
    )
    words = events.astype(dict.fromkeys(("observation_id", "subject", "code"), "category"))
    pd.testing.assert_frame_equal(
        durations(words, observations).astype(dict.fromkeys(KEY, "str")),
        durations(events, observations).astype(dict.fromkeys(KEY, "str")),
    )
    streams_of = streams(words, observations, CODES).astype(dict.fromkeys(KEY[:4], "str"))
    pd.testing.assert_frame_equal(
        streams_of, streams(events, observations, CODES).astype(dict.fromkeys(KEY[:4], "str"))
    )


def test_an_unobservable_code_has_no_share_of_observable_time(golden) -> None:
    assert np.isnan(lookup(share_of_time(golden, "observable"), "share")[("one", "infant", "hidden")])
    assert lookup(share_of_time(golden, "session"), "share")[("one", "infant", "hidden")] == 4 / 20


def test_a_code_seen_against_the_scheme_counts_as_allowed() -> None:
    events = drawn("one infant wwww\ntwo infant ssss")
    values = values_of(events, sessions("one", "two", length_ms=4000))
    assert lookup(values, "ms")[("one", "infant", "woe")] == 4000
    assert lookup(values, "observed")[("two", "infant", "woe")] is False


def test_a_group_of_a_single_code_seen_against_the_scheme() -> None:
    """Only caregivers may be woeful here, and the infant is, for 5 of 20 s."""
    events, observations = drawn("one caregiver1 wwwwwwwwww\ntwo infant wwwww"), sessions("one", "two")
    woe = CODES[CODES["code"] == "woe"]
    values = level_one(durations(events, observations), streams(events, observations, woe), woe)
    found = lookup(share_of_time(values, "session"), "share")
    assert found == {("one", "caregiver1", "woe"): 0.5, ("two", "infant", "woe"): 0.25}


def test_events_are_cut_to_the_session() -> None:
    events = drawn("one infant ssssnnnnssss")
    window = sessions("one").assign(start_ms=2000, end_ms=9000)
    table = durations(events, window).set_index("code")
    assert table.loc["smile", ["ms", "bouts"]].tolist() == [3000, 2] and table.loc["neutral", "ms"] == 4000
    outside = durations(events, sessions("one").assign(start_ms=20_000, end_ms=30_000))
    assert outside.empty


def test_what_only_touches_the_session_is_outside() -> None:
    events = drawn("one infant ssssnnnnwwww")
    middle = sessions("one").assign(start_ms=4000, end_ms=8000)
    assert durations(events, middle)["code"].tolist() == ["neutral"], "smile ends and woe begins at its edges"
    assert streams(events, middle, CODES)["events"].tolist() == [1]


def test_duplicates_are_refused() -> None:
    events, observations = drawn("one infant ssss"), sessions("one")
    with pytest.raises(StudyError, match="Observations: one stands twice. Keep one row of each"):
        durations(events, pd.concat([observations, observations]))
    rows, coded = durations(events, observations), streams(events, observations, CODES)
    with pytest.raises(StudyError, match="Coded streams: one / infant stands twice"):
        level_one(rows, pd.concat([coded, coded]), CODES)
    with pytest.raises(StudyError, match="Durations: one / infant / smile stands twice"):
        level_one(pd.concat([rows, rows]), coded, CODES)
    several = sessions("five", "four", "one", "three", "two")
    with pytest.raises(StudyError, match="Observations: five, four, one stands twice"):
        durations(events, pd.concat([several, several]))
    with pytest.raises(StudyError, match="Events of one: no such observation"):
        durations(events, sessions("two"))
    with pytest.raises(StudyError, match="belong to no coded group"):
        level_one(rows, coded.iloc[:0], CODES)


def test_an_empty_frame_keeps_its_columns() -> None:
    nothing, observations = drawn(PICTURE).iloc[:0], sessions("one")
    assert durations(nothing, observations).columns.tolist() == [*KEY, *SUMMARY]
    empty = values_of(nothing, observations)
    shares = share_of_time(empty, "coded")
    full = share_of_time(values_of(drawn(PICTURE), sessions("one", "two")), "coded")
    assert empty.empty and shares.columns.tolist() == full.columns.tolist()
    assert normalised(shares).columns.tolist() == normalised(full).columns.tolist()
    means = cluster_means(shares.assign(dyad_id=""), ["subject", "code"], "share")
    assert means.empty and means.columns.tolist()[:3] == ["subject", "code", "mean"]


# --- random streams --------------------------------------------------------------------------------


@st.composite
def coded(draw) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Exclusive, exhaustive streams of random cuts in two or three observations."""
    names = draw(st.sampled_from([("one", "two"), ("one", "two", "three")]))
    length = draw(st.integers(1, 400_000))
    rows = []
    for name in names:
        for subject in ("infant", "caregiver1"):
            edges = sorted({0, length, *draw(st.lists(st.integers(1, max(length - 1, 1)), max_size=8))})
            letters = draw(st.lists(st.sampled_from("snh"), min_size=len(edges), max_size=len(edges)))
            pairs = zip(edges, edges[1:], letters, strict=False)
            rows += [(name, "anna", subject, "face", LETTERS[c], a, b) for a, b, c in pairs if b > a]
    return pd.DataFrame(rows, columns=[*KEY, "onset_ms", "offset_ms"]), sessions(*names, length_ms=length)


def same(left: pd.DataFrame, right: pd.DataFrame, columns: list[str]) -> None:
    for column in columns:
        assert lookup(left, column) == lookup(right, column)


MEASURED = ["ms", "observed", "session_ms", "observable_ms", "coded_ms"]


@given(coded())
@settings(max_examples=30, deadline=None)
def test_the_exact_road(study) -> None:
    """Durations added up as fractions of a second equal the whole-millisecond road exactly."""
    events, observations = study
    values = values_of(events, observations)
    seconds: dict[tuple, Fraction] = {}
    for row in events.itertuples():
        key = (row.observation_id, row.subject, row.code)
        length = Fraction(f"{row.offset_ms / 1000:.3f}") - Fraction(f"{row.onset_ms / 1000:.3f}")
        seconds[key] = seconds.get(key, Fraction(0)) + length
    length = Fraction(int(observations["end_ms"].iloc[0]), 1000)
    ms, share = lookup(values, "ms"), lookup(share_of_time(values, "session"), "share")
    for key, whole in ms.items():
        assert Fraction(whole, 1000) == seconds.get(key, 0)
        assert share[key] == float(seconds.get(key, 0) / length)


@given(coded())
@settings(max_examples=20, deadline=None)
def test_shares_of_an_exhaustive_group_sum_to_one_and_stay_inside(study) -> None:
    values = values_of(*study)
    exact = values.groupby(["observation_id", "subject"], observed=True).agg(
        ms=("ms", "sum"), all=("coded_ms", "first")
    )
    assert (exact["ms"] == exact["all"]).all()
    for denominator in DENOMINATORS:
        share = share_of_time(values, denominator)["share"].dropna()
        assert ((share >= 0) & (share <= 1)).all()


@given(coded(), st.randoms(use_true_random=False))
@settings(max_examples=15, deadline=None)
def test_the_order_of_rows_does_not_matter(study, random) -> None:
    events, observations = study
    order = random.sample(range(len(events)), len(events))
    same(values_of(events.iloc[order], observations.iloc[::-1]), values_of(events, observations), [*MEASURED, "bouts"])


@given(coded(), st.integers(-10_000_000, 10_000_000))
@settings(max_examples=15, deadline=None)
def test_a_shift_of_all_times_changes_nothing(study, shift) -> None:
    events, observations = study
    moved = events.assign(onset_ms=events["onset_ms"] + shift, offset_ms=events["offset_ms"] + shift)
    window = observations.assign(start_ms=shift, end_ms=observations["end_ms"] + shift)
    same(values_of(moved, window), values_of(events, observations), [*MEASURED, *SUMMARY])


@given(coded())
@settings(max_examples=15, deadline=None)
def test_seconds_and_milliseconds_give_the_same_shares(study) -> None:
    """Input in seconds with three decimals, brought to ms by rounding, is the ms input."""
    events, observations = study
    onset, offset = (np.round((events[name] / 1000) * 1000).astype("int64") for name in ("onset_ms", "offset_ms"))
    again = values_of(events.assign(onset_ms=onset, offset_ms=offset), observations)
    same(share_of_time(again, "coded"), share_of_time(values_of(events, observations), "coded"), ["share"])


@given(coded(), st.data())
@settings(max_examples=15, deadline=None)
def test_cutting_a_state_in_two_changes_only_counts(study, data) -> None:
    events, observations = study
    long = events[events["offset_ms"] - events["onset_ms"] >= 2]
    if long.empty:
        return
    event = long.loc[data.draw(st.sampled_from(long.index.tolist()))]
    middle = data.draw(st.integers(event["onset_ms"] + 1, event["offset_ms"] - 1))
    halves = pd.DataFrame([event.to_dict() | {"offset_ms": middle}, event.to_dict() | {"onset_ms": middle}])
    cut = values_of(pd.concat([events.drop(event.name), halves], ignore_index=True), observations)
    whole = values_of(events, observations)
    same(cut, whole, MEASURED)
    assert cut["bouts"].sum() == whole["bouts"].sum() + 1


@given(coded())
@settings(max_examples=10, deadline=None)
def test_other_names_of_codes_and_an_empty_dyad_change_nothing(study) -> None:
    events, observations = study
    names = {"smile": "zz", "neutral": "aa", "woe": "mm", "hidden": "hh"}
    codes = CODES.assign(code=CODES["code"].map(names))
    renamed = events.assign(code=events["code"].map(names))
    more = pd.concat([observations, sessions("empty")], ignore_index=True)
    again = level_one(durations(renamed, more), streams(renamed, more, codes), codes)
    back = again.assign(code=again["code"].astype("str").map({new: old for old, new in names.items()}))
    same(back, values_of(events, observations), MEASURED)


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 20)), min_size=1, max_size=8))
@settings(max_examples=30, deadline=None)
def test_overlapping_events_cover_time_once(pairs) -> None:
    """Against the interval algebra, which shares no code with it."""
    rows = [("one", "anna", "infant", "face", "smile", onset, onset + length) for onset, length in pairs]
    events = pd.DataFrame(rows, columns=[*KEY, "onset_ms", "offset_ms"])
    assert covered(events).iloc[0] == intervals.total((a, a + b) for a, b in pairs)


# --- the second road in SQL, and means -------------------------------------------------------------


def test_one_sql_statement_gives_the_same_durations() -> None:
    events, observations = drawn(PICTURE), sessions("one", "two").assign(start_ms=1000, end_ms=18_500)
    connection = duckdb.connect()
    connection.register("events", events)
    connection.register("observations", observations)
    by_sql = connection.execute(
        """SELECT observation_id, subject, code,
                  sum(least(offset_ms, end_ms) - greatest(onset_ms, start_ms))::BIGINT AS ms,
                  count(*) AS bouts
           FROM events JOIN observations USING (observation_id)
           WHERE onset_ms < end_ms AND offset_ms > start_ms GROUP BY ALL ORDER BY ALL"""
    ).df()
    table = durations(events, observations)
    assert table[by_sql.columns.tolist()].to_numpy().tolist() == by_sql.to_numpy().tolist()
    assert len(clip(events, observations)) == by_sql["bouts"].sum()


def random_rows(dyads: int, per_dyad: int, seed: int = 1) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    effect = np.repeat(random.normal(0, 1, dyads), per_dyad)
    share = 1 / (1 + np.exp(-(effect + random.normal(0, 0.5, len(effect)))))
    return pd.DataFrame({"code": "a", "dyad_id": np.repeat(np.arange(dyads), per_dyad), "share": share})


@pytest.mark.parametrize("scale", ["identity", "logit"])
def test_means_equal_the_cluster_robust_regression(scale) -> None:
    import statsmodels.api as sm

    rows = random_rows(12, 3).drop(index=[1, 2, 7])
    mean = cluster_means(rows, ["code"], "share", scale=scale).iloc[0]
    fit = sm.OLS(rows["share"], np.ones((len(rows), 1))).fit(
        cov_type="cluster", cov_kwds={"groups": rows["dyad_id"]}, use_t=True
    )
    assert (mean["observations"], mean["dyads"]) == (33, 12)
    assert mean["mean"] == pytest.approx(fit.params.iloc[0], abs=1e-12)
    assert mean["se"] == pytest.approx(fit.bse.iloc[0], abs=1e-12)
    low, high = fit.conf_int().iloc[0]
    if scale == "logit":
        from scipy.stats import t

        centre = np.log(mean["mean"] / (1 - mean["mean"]))
        reach = t.ppf(0.975, 11) * fit.bse.iloc[0] / (mean["mean"] * (1 - mean["mean"]))
        low, high = 1 / (1 + np.exp(reach - centre)), 1 / (1 + np.exp(-reach - centre))
    assert (mean["low"], mean["high"]) == pytest.approx((low, high), abs=1e-12)


def test_observations_of_one_dyad_widen_the_interval() -> None:
    rows = random_rows(12, 3)
    apart = rows.assign(dyad_id=range(len(rows)))
    together, alone = (cluster_means(each, ["code"], "share").iloc[0] for each in (rows, apart))
    assert together["mean"] == alone["mean"] and together["se"] > 1.3 * alone["se"]


@pytest.mark.parametrize(
    ("shares", "dyads", "note"),
    [
        ([0.2, 0.4], [1, 1], ONE_DYAD),
        ([0.0, 0.0], [1, 2], NEVER),
        ([1.0, 1.0], [1, 2], ALWAYS),
        ([0.3, 0.3], [1, 2], ALIKE),
        ([np.nan, np.nan], [1, 2], NO_TIME),
        ([0.0, 0.0], [1, 1], NEVER),
    ],
)
def test_no_interval_where_there_is_none_and_why(shares, dyads, note) -> None:
    frame = pd.DataFrame({"code": "a", "dyad_id": dyads, "share": shares})
    mean = cluster_means(frame, ["code"], "share").iloc[0]
    assert mean["note"] == note and np.isnan(mean["low"]) and np.isnan(mean["high"])
    assert mean["mean"] == pytest.approx(np.nanmean(shares)) if note != NO_TIME else np.isnan(mean["mean"])


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 1)), min_size=2, max_size=30))
@settings(max_examples=40, deadline=None)
def test_the_interval_holds_the_mean_and_stays_inside(pairs) -> None:
    frame = pd.DataFrame(pairs, columns=["dyad_id", "share"]).assign(code="a")
    mean = cluster_means(frame, ["code"], "share").iloc[0]
    if not mean["note"]:
        assert 0 <= mean["low"] <= mean["mean"] <= mean["high"] <= 1


def test_normalised_shares() -> None:
    shares = share_of_time(values_of(drawn(PICTURE), sessions("one", "two")), "session")
    z = normalised(shares)
    infant = z[z["subject"] == "infant"]
    # observed infant codes: one smile .4, neutral .4, hidden .2; two neutral .25, hidden .5
    raw = np.array([0.4, 0.4, 0.2, 0.25, 0.5])
    assert sorted(infant["share"]) == sorted(raw)
    assert infant["share_mean"].iloc[0] == pytest.approx(0.35) and infant["share_sd"].iloc[0] == pytest.approx(
        raw.std(ddof=1)
    )
    slope = np.polyfit(infant["normalised"], infant["share"], 1)[0]
    assert slope == pytest.approx(infant["share_sd"].iloc[0]), "raw on normalised: the slope is the SD"
    assert z.groupby("subject", observed=True)["normalised"].sum().to_numpy() == pytest.approx(0, abs=1e-12)
    assert len(normalised(shares, "include")) == len(shares) > len(z)
    assert normalised(shares, "include").groupby("subject", observed=True)[
        "normalised"
    ].std().to_numpy() == pytest.approx(1)
    assert seconds_per_five_minutes(pd.Series([0.40, 0.25 * 0.40])).tolist() == pytest.approx([120, 30]), "published"


def test_normalised_without_variation_is_missing() -> None:
    shares = share_of_time(values_of(drawn("one infant ssss"), sessions("one", length_ms=4000)), "session")
    assert normalised(shares)["normalised"].isna().all()


def test_occurrence(golden) -> None:
    rows = golden.assign(dyad_id=golden["observation_id"].astype("str").map({"one": "D", "two": "D"}), family_id="F")
    table = occurrence(rows, ["subject", "code"]).set_index(["subject", "code"])
    columns = ["observations", "observations_with", "dyads", "dyads_with", "families", "families_with"]
    assert table.loc[("infant", "smile"), columns].tolist() == [2, 1, 1, 1, 1, 1]
    assert table.loc[("infant", "neutral"), columns].tolist() == [2, 2, 1, 1, 1, 1]
    assert table.loc[("caregiver1", "smile"), columns].tolist() == [2, 0, 1, 0, 1, 0]
    shuffled = occurrence(rows.iloc[::-1], ["subject", "code"]).set_index(["subject", "code"])
    pd.testing.assert_frame_equal(shuffled, table)


# --- splits ----------------------------------------------------------------------------------------


def test_thirds_count_persons_not_recordings() -> None:
    # P1 has three recordings; six persons: two in each third
    persons = pd.Series(["P1", "P1", "P1", "P2", "P3", "P4", "P5", "P6", "P7"])
    scores = pd.Series([1, 1, 1, 2, 3, 4, 5, 6, np.nan])
    levels = thirds(scores, persons)
    assert levels.thirds.units == {"low": 2, "middle": 2, "high": 2}
    assert levels.level.astype(object).tolist()[:8] == ["low"] * 4 + ["middle"] * 2 + ["high"] * 2
    assert levels.missing == 1
    assert (levels.thirds.first, levels.thirds.second) == pytest.approx(
        tuple(np.quantile([1, 2, 3, 4, 5, 6], [1 / 3, 2 / 3]))
    )


def test_ties_stay_together() -> None:
    levels = thirds(pd.Series([0, 0, 0, 0, 9]), pd.Series(list("abcde")))
    assert levels.level.astype(object).tolist() == ["low"] * 4 + ["high"]
    assert thirds(pd.Series([np.nan]), pd.Series(["a"])).thirds is None


def test_split_by_words_keeps_the_given_order() -> None:
    frame = pd.DataFrame({"role": ["father", "mother", None, "aunt"]})
    levels = split_levels(frame, Split("role", order=("mother", "father")))
    assert list(levels.level.cat.categories) == ["mother", "father", "aunt"] and levels.missing == 1
    assert split_levels(frame, Split()).level.astype(object).tolist() == [""] * 4
    with pytest.raises(UserError, match="at most 8 groups; this one has 9"):
        split_levels(pd.DataFrame({"visit": list("abcdefghi")}), Split("visit"))
