"""The still-face effect on sessions drawn by hand: shares of coded time, paired changes, who is left out."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t, ttest_rel

from pipeline.intervals import clip, total, union
from pipeline.measures.still_face import changes, compared, episode_shares, left_out, mean_shares, merged

EPISODES = ("play", "still_face", "reunion")
WORDS = {"P": "Ipos", "N": "Ineg", "O": "Inon", "x": "Iusc"}

# One letter is one second, four seconds an episode, '.' is uncoded; 'turn' between play and still face is in no
# episode.
DRAWN = """
     play turn still reun
S1   PPPN PPPP NNNN  PPNN
S2   PPPP PPPP PNNN  P...
S3   PP.. NNNN OOxx  PPPP
"""


def pictures(text: str = DRAWN) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Events and episodes of drawn sessions."""
    events, episodes = [], []
    for line in text.strip().splitlines()[1:]:
        name, *parts = line.split()
        letters = "".join(parts)
        for number, (episode, start) in enumerate(zip(EPISODES, (0, 8, 12), strict=True)):
            if number < len(parts) - 1:
                episodes.append((name, episode, 1000 * start, 1000 * (start + 4)))
        edges = [0, *(i for i in range(1, len(letters)) if letters[i] != letters[i - 1]), len(letters)]
        for a, b in zip(edges, edges[1:], strict=False):
            if letters[a] != ".":
                events.append((name, WORDS[letters[a]], 1000 * a, 1000 * b))
    return (
        pd.DataFrame(events, columns=["observation_id", "code", "onset_ms", "offset_ms"]),
        pd.DataFrame(episodes, columns=["observation_id", "episode", "onset_ms", "offset_ms"]),
    )


def table(shares: pd.DataFrame, code: str) -> list[list[float]]:
    """Sessions x episodes of one code."""
    one = shares[shares["code"] == code].pivot(index="observation_id", columns="episode", values="share")
    return one[list(EPISODES)].to_numpy().tolist()


def test_shares_of_coded_time_read_off_the_picture():
    """The bout that runs from play over the pause ends with its episode; uncoded seconds are in no denominator."""
    shares = episode_shares(*pictures(), ("Ipos", "Ineg", "Inon", "Iusc"))
    assert table(shares, "Ipos") == [[0.75, 0, 0.5], [1, 0.25, 1], [1, 0, 1]]
    assert table(shares, "Ineg") == [[0.25, 1, 0.5], [0, 0.75, 0], [0, 0, 0]]
    assert table(shares, "Iusc")[2] == [0, 0.5, 0]
    seen = episode_shares(*pictures(), ("Ipos", "Ineg", "Inon", "Iusc"), ("Iusc",))
    assert table(seen, "Inon")[2] == [0, 1, 0] and "Iusc" not in set(seen["code"])


def test_pieces_of_an_episode_and_overlapping_events_count_once():
    events, episodes = pictures()
    double = pd.concat([events, events.assign(offset_ms=events["offset_ms"] - 500)])
    cut = episodes[episodes["episode"] != "reunion"]
    halves = pd.concat([cut.assign(offset_ms=cut["onset_ms"] + 2000), cut.assign(onset_ms=cut["onset_ms"] + 2000)])
    one = episode_shares(double, halves, ("Ipos", "Ineg"))
    other = episode_shares(events, cut, ("Ipos", "Ineg"))
    key = ["observation_id", "episode", "code"]
    assert one.sort_values(key).to_numpy().tolist() == other.sort_values(key).to_numpy().tolist()


@settings(max_examples=25)
@given(st.data())
def test_a_share_is_what_the_interval_algebra_says(data):
    spans = st.lists(st.tuples(st.integers(0, 90), st.integers(1, 30), st.sampled_from("AB")), max_size=8)
    found = data.draw(spans)
    rows = [("S", code, on, on + length) for on, length, code in found]
    events = pd.DataFrame(rows, columns=["observation_id", "code", "onset_ms", "offset_ms"])
    edges = sorted(data.draw(st.lists(st.integers(0, 120), min_size=4, max_size=4, unique=True)))
    episodes = pd.DataFrame(
        [("S", "play", edges[0], edges[1]), ("S", "reunion", edges[2], edges[3])],
        columns=["observation_id", "episode", "onset_ms", "offset_ms"],
    )
    for row in episode_shares(events, episodes, ("A", "B")).itertuples():
        start, end = (edges[0], edges[1]) if row.episode == "play" else (edges[2], edges[3])
        mine = [(on, off) for _, code, on, off in rows if code == row.code]
        assert row.ms == total(clip(mine, start, end))
        assert row.of_ms == total(clip(union([(on, off) for _, _, on, off in rows]), start, end))


def test_who_is_left_out_and_why():
    """S4 has no still face, S5 has nothing coded in it, S6 has no episodes at all."""
    more = "\n".join([DRAWN.rstrip(), "S4   PPPP PPPP PPPP PPPP", "S5   PPPP PPPP .... PPPP"])
    events, episodes = pictures(more)
    episodes = episodes[~((episodes["observation_id"] == "S4") & (episodes["episode"] == "still_face"))]
    shares = episode_shares(events, episodes, ("Ipos", "Ineg"))
    reasons = left_out(("S1", "S2", "S3", "S4", "S5", "S6"), shares, compared(episodes))
    assert reasons.to_dict() == {
        "S1": "", "S2": "", "S3": "", "S4": "without still_face", "S5": "not coded in still_face", "S6": "no episodes",
    }  # fmt: skip
    assert compared(episodes[episodes["episode"] != "reunion"]) == ("play", "still_face")


def cohort(seed: int = 7) -> pd.DataFrame:
    """Shares of two codes in 14 sessions of 9 families; sessions of a family resemble each other."""
    random = np.random.default_rng(seed)
    families = random.integers(0, 9, 14)
    own = random.normal(0, 0.08, 9)
    rows = []
    for session, family in enumerate(families):
        play, drop, back = 0.5 + own[family], 0.2 + random.normal(0, 0.05), 0.1 + random.normal(0, 0.05)
        for episode, share in zip(EPISODES, (play, play - drop, play - drop + back), strict=True):
            rows += [(f"S{session}", f"F{family}", episode, "A", share), (f"S{session}", f"F{family}", episode, "B", 0)]
    return pd.DataFrame(rows, columns=["observation_id", "family_id", "episode", "code", "share"])


def test_a_change_is_the_difference_of_the_means_shown():
    shares = cohort()
    means = mean_shares(shares).set_index(["code", "episode"])["mean"]
    found = changes(shares, EPISODES).set_index(["code", "first", "second"])
    assert len(found) == 6
    for (code, first, second), row in found.iterrows():
        assert row["mean"] == pytest.approx(means[code, second] - means[code, first], abs=1e-12)
    assert found.loc[("B", "play", "still_face"), "note"] == "the same in every observation: no interval"
    assert np.isnan(found.loc[("B", "play", "still_face"), "low"])


def test_the_interval_of_a_change_by_a_second_road():
    """An intercept-only regression of the differences, clustered by family, in another library."""
    shares = cohort()
    wide = shares[shares["code"] == "A"].pivot(index=["observation_id", "family_id"], columns="episode", values="share")
    differences = (wide["still_face"] - wide["play"]).reset_index()
    groups = differences["family_id"].astype("category").cat.codes
    fit = sm.OLS(differences[0], np.ones(len(differences))).fit(
        cov_type="cluster", cov_kwds={"groups": groups, "use_correction": False}, use_t=True
    )
    count = groups.nunique()
    row = changes(shares, EPISODES).set_index(["code", "first", "second"]).loc[("A", "play", "still_face")]
    assert row["se"] == pytest.approx(float(fit.bse.iloc[0]) * np.sqrt(count / (count - 1)), rel=1e-9)
    assert row["families"] == count and row["observations"] == 14
    assert row["high"] - row["mean"] == pytest.approx(t.ppf(0.975, count - 1) * row["se"], rel=1e-9)


def test_with_one_session_per_family_it_is_the_paired_t_interval():
    shares = cohort().assign(family_id=lambda frame: frame["observation_id"])
    wide = shares[shares["code"] == "A"].pivot(index="observation_id", columns="episode", values="share")
    ends = ttest_rel(wide["reunion"], wide["still_face"]).confidence_interval()
    row = changes(shares, EPISODES).set_index(["code", "first", "second"]).loc[("A", "still_face", "reunion")]
    assert (row["low"], row["high"]) == pytest.approx((ends.low, ends.high), rel=1e-9)


def test_codes_merged_into_classes_keep_the_others():
    events, episodes = pictures()
    classes = merged(events, {"Ipos": "Social", "Inon": "Social"})
    assert set(classes["code"]) == {"Social", "Ineg", "Iusc"}
    shares = episode_shares(classes, episodes, ("Social", "Ineg", "Iusc"))
    assert table(shares, "Social")[2] == [1, 0.5, 1]
