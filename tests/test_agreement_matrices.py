"""Agreement matrices drawn as pictures (a letter is a second), checked by hand and by brute force."""

from collections import Counter
from functools import cache
from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.errors import UserError
from pipeline.measures.agreement import kappa
from pipeline.measures.agreement_alignment import align
from pipeline.measures.agreement_matrices import cells, disagreements, kept
from pipeline.measures.agreement_method import KINDS, Method
from pipeline.measures.agreement_totals import SEVERAL_PAIRS, correlations, totals
from pipeline.measures.agreement_units import elementary, on_line
from tests.agreement_parts import EVENT, UNSEEN, codes_of, kappa_by, matrix, pictures, table

U = "Uncoded"


def with_points(study: tuple, *points: tuple[int, str, int]) -> tuple:
    """Point events (side, code, ms) added to the first pair."""
    events, pairs, codes = study
    labels = [*codes.labels, *sorted({code for _, code, _ in points} - set(codes.labels))]
    more = [(0, side, labels.index(code), "point", ms, ms) for side, code, ms in points]
    return pd.concat([events, pd.DataFrame(more, columns=EVENT)], ignore_index=True), pairs, codes_of(labels)


def test_time_is_weighted_by_its_length():
    study = pictures(("AAAABB..", "AAABBB.B"))
    assert table(study, Method()) == {("A", "A"): 3, ("A", "B"): 1, ("B", "B"): 2, (U, U): 1, (U, "B"): 1}
    assert kappa_by(study, Method()) == pytest.approx((6 / 8 - 22 / 64) / (1 - 22 / 64))


def test_pairs_are_summed_and_do_not_touch_each_other():
    study = pictures(("AB", "AA"), ("BB", "BA"), ("A", "A"))
    assert table(study, Method()) == {("A", "A"): 2, ("B", "A"): 2, ("B", "B"): 1}


def test_several_codes_at_once_are_a_category_of_their_own():
    events, pairs, codes = pictures(("AAA", "AAA"))
    more = [(0, 0, 1, "state", 1000, 3000), (0, 1, 1, "state", 2000, 3000)]
    events = pd.concat([events, pd.DataFrame(more, columns=EVENT)])
    assert table((events, pairs, codes_of(["A", "B"])), Method()) == {
        ("A", "A"): 1,
        ("A + B", "A"): 1,
        ("A + B", "A + B"): 1,
    }


def test_overlapping_and_touching_events_of_one_code_are_that_code():
    events, pairs, codes = pictures(("AAAA", "AAAA"))
    more = pd.DataFrame([(0, 0, 0, "state", 500, 2500), (0, 0, 0, "state", 2500, 2500)], columns=EVENT)
    assert table((pd.concat([events, more]), pairs, codes), Method()) == {("A", "A"): 4}


def test_more_codes_than_fit_in_one_word():
    letters = [chr(0x4E00 + number) for number in range(150)]
    study = pictures(("".join(letters), "".join(letters[1:] + letters[:1])))
    found = table(study, Method())
    expected = {(one, two): 1 for one, two in zip(letters, letters[1:] + letters[:1], strict=True)}
    assert found == expected


def test_events_are_cut_to_the_session():
    events, _, codes = pictures(("AAAAAA", "BBBBBB"))
    inside = pd.DataFrame({"start_ms": [1500], "end_ms": [3000]})
    assert table((events, inside, codes), Method()) == {("A", "B"): 1.5}


def test_unobservable_or_uncoded_time_can_be_left_out():
    study = pictures(("AA??BB.A", "AAA?B?BA"))
    everything = table(study, Method())
    assert everything[(UNSEEN, UNSEEN)] == 1
    assert sum(everything.values()) == 8
    seen = table(study, Method(drop_unobservable=True))
    assert seen == {("A", "A"): 3, ("B", "B"): 1, (U, "B"): 1}
    assert table(study, Method(drop_unobservable=True, drop_uncoded=True)) == {("A", "A"): 3, ("B", "B"): 1}


def test_no_common_time_is_no_time():
    study = pictures(("A??", "?AA"))
    for kind in KINDS:
        assert matrix(study, Method(kind, drop_unobservable=True))[0].sum() == 0


@pytest.mark.parametrize("kind", KINDS)
def test_one_empty_coding_gives_no_matrix(kind):
    found = cells(*pictures(("AAB", "..."), ("A", "A")), Method(kind))
    assert found.marked.tolist() == [False, True]
    assert set(found.frame["pair"]) == {1}


def test_a_scan_looks_at_the_start_of_each_step():
    """Looks at 0, 2, 4 and 6 s."""
    study = pictures(("AAABBB.", "ABBBAA."))
    assert table(study, Method("scan", step_ms=2000)) == {("A", "A"): 1, ("A", "B"): 1, ("B", "A"): 1, (U, U): 1}


def test_a_scan_sees_a_point_at_the_nearest_look():
    """1,499 ms belongs to the look at 1 s, 1,500 ms to the look at 2 s, what is nearest to no look to the last."""
    study = with_points(pictures(("AAA", "AAA")), (0, "p", 1499), (1, "p", 1500), (0, "q", 2999))
    found = table(study, Method("scan"))
    assert found == {("A", "A"): 1, ("p", "A"): 1, ("q", "p"): 1}
    assert table(study, Method("scan", point_weight_s=0)) == {("A", "A"): 3}


def test_points_count_once_per_moment():
    study = with_points(pictures(("AB", "AB")), (0, "p", 500), (1, "p", 500), (1, "p", 1500))
    assert table(study, Method(point_weight_s=2)) == {("A", "A"): 1, ("B", "B"): 1, ("p", "p"): 2, ("B", "p"): 2}


def test_tolerance_forgives_late_boundaries_in_both_directions():
    """B comes 1 s later in the second coding; A is 2 s late at the end."""
    study = pictures(("AAABBBB", "AAAABAA"))
    assert table(study, Method()) == {("A", "A"): 3, ("B", "A"): 3, ("B", "B"): 1}
    near = Method("tolerance", tolerance_ms=1000)
    assert table(study, near, "first") == {("A", "A"): 3, ("B", "B"): 3, ("B", "A"): 1}
    assert table(study, near, "second") == {("A", "A"): 4, ("B", "A"): 2, ("B", "B"): 1}


def test_no_tolerance_is_weighted_by_time():
    study = pictures(("AAABBB?B", "AABBAB?."))
    for direction in ("first", "second"):
        assert table(study, Method("tolerance", tolerance_ms=0), direction) == table(study, Method())


def test_tolerance_finds_a_point_nearby():
    study = with_points(pictures(("AAAA", "AAAA")), (0, "p", 1000), (1, "p", 1800), (0, "p", 3100))
    near = Method("tolerance", tolerance_ms=800)
    assert table(study, near, "first") == {("A", "A"): 5, ("p", "p"): 1, ("p", "A"): 1}
    assert table(study, near, "second") == {("A", "A"): 6, ("p", "p"): 1}
    assert ("p", "p") not in table(study, Method("tolerance", tolerance_ms=799), "first")


def test_alignment_by_hand():
    """A-A 0 and .5 s apart; C only first; B for D is a substitution; the last A is 3 s late: missed and added."""
    events = [
        (0, 0, "A", 0), (0, 0, "C", 4000), (0, 0, "B", 8000), (0, 0, "A", 12000),
        (0, 1, "A", 500), (0, 1, "D", 8900), (0, 1, "A", 15000),
    ]  # fmt: skip
    labels = ["A", "B", "C", "D"]
    rows = [(pair, side, labels.index(code), "state", ms, ms + 300) for pair, side, code, ms in events]
    study = pd.DataFrame(rows, columns=EVENT), pd.DataFrame({"start_ms": [0], "end_ms": [20000]}), codes_of(labels)
    none = "No event"
    assert table(study, Method("alignment")) == {
        ("A", "A"): 1,
        ("C", none): 1,
        ("B", "D"): 1,
        ("A", none): 1,
        (none, "A"): 1,
    }


def test_alignment_leaves_out_events_that_begin_in_time_that_does_not_count():
    """The second coder's B begins while the first cannot see; then B of the first has no partner."""
    none = "No event"
    study = pictures(("A?BB", "ABBB"))
    assert table(study, Method("alignment")) == {("A", "A"): 1, (UNSEEN, none): 1, ("B", "B"): 1}
    assert table(study, Method("alignment", drop_unobservable=True)) == {("A", "A"): 1, ("B", none): 1}
    study = pictures(("A..B", "A.B."))
    assert table(study, Method("alignment")) == {("A", "A"): 1, ("B", "B"): 1}
    assert table(study, Method("alignment", drop_uncoded=True)) == {("A", "A"): 1}


def test_leaving_out_uncoded_time_leaves_out_no_point():
    study = with_points(pictures(("AA..", "AAAA")), (0, "p", 3500), (1, "q", 2500))
    assert table(study, Method(drop_uncoded=True)) == {("A", "A"): 2, ("p", "A"): 1, (U, "q"): 1}
    none = "No event"
    everything = {("A", "A"): 1, ("p", "q"): 1}
    assert table(study, Method("alignment", drop_uncoded=True)) == everything
    assert table(study, Method("alignment", tolerance_ms=999)) == {("A", "A"): 1, ("p", none): 1, (none, "q"): 1}
    assert table(study, Method("alignment", point_weight_s=0)) == {("A", "A"): 1}


def test_alignment_of_what_was_on_before_the_session_begins_with_the_session():
    """One coder marked A from 5 s before the start, the other from the start on: in the session both begin alike."""
    events, pairs, codes = pictures(("AAB", "AAB"), start_ms=60_000)
    early = events.assign(onset_ms=events["onset_ms"].where((events["side"] == 1) | (events["code"] == 1), 55_000))
    assert table((early, pairs, codes), Method("alignment")) == {("A", "A"): 1, ("B", "B"): 1}


def test_alignment_prefers_matches_among_the_cheapest():
    """a b against b a: two substitutions cost as much as one match with a missed and an added event. Of the two such
    alignments the way back from the end meets the omission of the last event first.
    """
    rows = [(0, 0, 0, 0), (0, 0, 1, 900), (0, 1, 1, 0), (0, 1, 0, 900)]
    _, first, second = align(pd.DataFrame(rows, columns=["pair", "side", "code", "onset_ms"]), 1000)
    assert sorted(zip(first.tolist(), second.tolist(), strict=True)) == [(-1, 1), (0, 0), (1, -1)]


def exhaustive(first: list[tuple[int, int]], second: list[tuple[int, int]], tau: int) -> tuple[int, int, Counter]:
    """All alignments of two short lists of (onset, code), tried one by one: cost, matches and pairs of the best.

    Of equals the one whose steps, read from the end, put matches and substitutions before omissions before commissions.
    """

    @cache
    def best(i: int, j: int) -> tuple[tuple, tuple]:
        if i == 0 and j == 0:
            return (0, 0), ()
        found = []
        if i and j and abs(first[i - 1][0] - second[j - 1][0]) <= tau:
            same = first[i - 1][1] == second[j - 1][1]
            (cost, lost), steps = best(i - 1, j - 1)
            found.append(((cost + (not same), lost - same), 0, (first[i - 1][1], second[j - 1][1]), steps))
        if i:
            (cost, lost), steps = best(i - 1, j)
            found.append(((cost + 1, lost), 1, (first[i - 1][1], -1), steps))
        if j:
            (cost, lost), steps = best(i, j - 1)
            found.append(((cost + 1, lost), 2, (-1, second[j - 1][1]), steps))
        score, _, unit, steps = min(found, key=lambda each: (each[0], each[1]))
        return score, (*steps, unit)

    (cost, lost), steps = best(len(first), len(second))
    return cost, -lost, Counter(steps)


def every_alignment(first: list, second: list, tau: int) -> list[tuple[int, int]]:
    """Cost and matches of every alignment there is: every way to choose pairs that do not cross."""
    found = []
    for chosen in product(range(len(second) + 1), repeat=len(first)):  # 0: missed, j: paired with event j
        used = [j for j in chosen if j]
        if used != sorted(set(used)):
            continue
        pairs = [(i, j - 1) for i, j in enumerate(chosen) if j]
        if any(abs(first[i][0] - second[j][0]) > tau for i, j in pairs):
            continue
        matches = sum(first[i][1] == second[j][1] for i, j in pairs)
        found.append((len(first) + len(second) - len(pairs) - matches, matches))
    return found


event_list = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 2)), max_size=4).map(sorted)


@given(st.lists(st.tuples(event_list, event_list), min_size=1, max_size=5), st.integers(0, 3))
@settings(max_examples=30)
def test_alignment_is_the_best_of_all_there_are(lists, tau):
    rows = [
        (pair, side, code, onset)
        for pair, both in enumerate(lists)
        for side, events in enumerate(both)
        for onset, code in events
    ]
    pair, one, two = align(pd.DataFrame(rows, columns=["pair", "side", "code", "onset_ms"]), tau)
    for number, (first, second) in enumerate(lists):
        mine = pair == number
        units = Counter(zip(one[mine].tolist(), two[mine].tolist(), strict=True))
        cost = sum(n for (a, b), n in units.items() if a != b)
        matches = sum(n for (a, b), n in units.items() if a == b)
        best = min(every_alignment(first, second, tau), key=lambda each: (each[0], -each[1]))
        assert (cost, matches) == best
        assert exhaustive(first, second, tau) == (*best, units)


def test_alignment_in_batches_is_alignment_one_by_one(monkeypatch):
    generator = np.random.default_rng(3)
    n = 400
    events = pd.DataFrame(
        {
            "pair": generator.integers(0, 12, n),
            "side": generator.integers(0, 2, n),
            "code": generator.integers(0, 3, n),
            "onset_ms": generator.integers(0, 60_000, n),
        }
    )
    together = align(events, 1500)
    monkeypatch.setattr("pipeline.measures.agreement_alignment.ROOM", 1)
    alone = align(events, 1500)
    assert all((left == right).all() for left, right in zip(together, alone, strict=True))


MS = 6
"""Milliseconds of a small random session."""
line = st.text(alphabet="ABC?.", min_size=MS, max_size=MS)
codings = st.lists(st.tuples(line, line), min_size=1, max_size=12)
few = settings(max_examples=10)
"""Every example is up to a dozen pairs of codings."""


def per_ms(pairs: list[tuple[str, str]], drop: bool) -> Counter:
    """A grid of 1 ms, counted letter by letter."""
    letters = (both for pair in pairs if set(pair[0]) != {"."} != set(pair[1]) for both in zip(*pair, strict=True))
    return Counter(both for both in letters if not (drop and UNSEEN in both))


def named(found: Counter) -> dict[tuple[str, str], float]:
    return {tuple(U if each == "." else each for each in both): n / 1000 for both, n in found.items()}


@given(codings, st.booleans())
@few
def test_weighted_and_scan_are_a_count_on_a_grid_of_one_millisecond(drawn, drop):
    study = pictures(*drawn, step_ms=1)
    expected = named(per_ms(drawn, drop))
    assert table(study, Method(drop_unobservable=drop)) == pytest.approx(expected)
    scanned = table(study, Method("scan", step_ms=1, drop_unobservable=drop))
    assert scanned == pytest.approx({both: 1000 * n for both, n in expected.items()})


@given(codings, st.integers(0, 4), st.booleans())
@few
def test_tolerance_is_a_search_on_a_grid_of_one_millisecond(drawn, tau, drop):
    """At the millisecond t the other coder shows the code anywhere from t - tau to t + tau."""
    study, counted = pictures(*drawn, step_ms=1), Counter()
    for mine, other in drawn:
        if set(mine) == {"."} or set(other) == {"."}:
            continue
        for at, (a, b) in enumerate(zip(mine, other, strict=True)):
            if not (drop and UNSEEN in (a, b)):
                counted[(a, a if a in other[max(0, at - tau) : at + tau + 1] else b)] += 1
    method = Method("tolerance", tolerance_ms=tau, drop_unobservable=drop)
    assert table(study, method, "first") == pytest.approx(named(counted))
    swapped = pictures(*((two, one) for one, two in drawn), step_ms=1)
    turned = {(b, a): n for (a, b), n in table(swapped, method, "second").items()}
    assert turned == pytest.approx(named(counted))


@given(codings, st.sampled_from(KINDS), st.integers(1, 10**9), st.randoms())
@few
def test_rows_ids_and_the_clock_do_not_matter(drawn, kind, shift, random):
    """Rows in any order, pairs numbered otherwise, all times shifted: the same matrix."""
    method = Method(kind, tolerance_ms=2, step_ms=2)
    events, pairs, codes = pictures(*drawn, step_ms=1)
    order = random.sample(range(len(pairs)), len(pairs))
    moved = events.assign(
        pair=[order[pair] for pair in events["pair"]],
        onset_ms=events["onset_ms"] + shift,
        offset_ms=events["offset_ms"] + shift,
    ).sample(frac=1, random_state=random.randrange(2**31))
    later = pairs.iloc[np.argsort(order)].reset_index(drop=True) + shift
    for direction in method.directions:
        same = table((events, pairs, codes), method, direction)
        assert table((moved, later, codes), method, direction) == pytest.approx(same)


@given(codings, st.sampled_from(KINDS))
@few
def test_seconds_and_milliseconds_give_the_same_kappa(drawn, kind):
    fine, coarse = pictures(*drawn, step_ms=1), pictures(*drawn, step_ms=1000)
    small, large = Method(kind, tolerance_ms=2, step_ms=2), Method(kind, tolerance_ms=2000, step_ms=2000)
    for direction in small.directions:
        assert kappa_by(fine, small, direction) == pytest.approx(kappa_by(coarse, large, direction), nan_ok=True)


@given(codings, st.permutations("ABC"))
@few
def test_renaming_codes_renames_the_matrix(drawn, names):
    turned = str.maketrans("ABC", "".join(names))
    other = [(one.translate(turned), two.translate(turned)) for one, two in drawn]
    expected = {
        (a.translate(turned), b.translate(turned)): n for (a, b), n in table(pictures(*drawn), Method()).items()
    }
    assert table(pictures(*other), Method()) == pytest.approx(expected)


@given(codings, st.sampled_from([("weighted", "", ""), ("scan", "", ""), ("tolerance", "first", "second")]))
@few
def test_swapping_the_coders_turns_the_matrix(drawn, asked):
    kind, there, back = asked
    swapped = table(pictures(*((two, one) for one, two in drawn)), Method(kind), back)
    turned = {(b, a): n for (a, b), n in swapped.items()}
    assert turned == pytest.approx(table(pictures(*drawn), Method(kind), there))


@given(codings, st.integers(0, 5))
@few
def test_cutting_a_state_in_two_changes_events_not_time(drawn, at):
    events, pairs, codes = pictures(*drawn, step_ms=1)
    long = events["offset_ms"] - events["onset_ms"] > 1
    if not long.any():
        return
    row = events[long].iloc[at % int(long.sum())]
    middle = int(row["onset_ms"]) + 1
    cut = pd.concat([events.drop(row.name), pd.DataFrame([row, row])], ignore_index=True)
    cut.loc[len(cut) - 2, "offset_ms"], cut.loc[len(cut) - 1, "onset_ms"] = middle, middle
    for kind, direction in (("weighted", ""), ("tolerance", "first")):
        method = Method(kind, tolerance_ms=1)
        whole = table((events, pairs, codes), method, direction)
        assert table((cut, pairs, codes), method, direction) == pytest.approx(whole)
    seconds, bouts = (
        [totals(on_line(each, pairs, codes))[name].sum() for each in (events, cut)] for name in ("seconds", "bouts")
    )
    assert seconds[0] == seconds[1]
    assert bouts[1] == bouts[0] + 1


@given(codings, st.sampled_from(KINDS))
@few
def test_an_empty_pair_changes_no_other(drawn, kind):
    method = Method(kind, tolerance_ms=2, step_ms=2)
    with_empty = pictures(*drawn, ("....", "...."), step_ms=1)
    for direction in method.directions:
        without = table(pictures(*drawn, step_ms=1), method, direction)
        assert table(with_empty, method, direction) == pytest.approx(without)


@given(codings)
@few
def test_more_tolerance_is_never_less_agreement(drawn):
    study = pictures(*drawn, step_ms=1)
    for direction in ("first", "second"):
        agreed = [np.trace(matrix(study, Method("tolerance", tolerance_ms=tau), direction)[0]) for tau in (0, 1, 2, 5)]
        assert agreed == sorted(agreed)


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_gives_an_empty_frame_with_its_columns(kind):
    study = pd.DataFrame(columns=EVENT).astype(
        {"pair": int, "side": int, "code": int, "onset_ms": int, "offset_ms": int}
    )
    found = cells(study, pd.DataFrame({"start_ms": [], "end_ms": []}, dtype=int), codes_of(["A"]), Method(kind))
    assert found.frame.empty
    assert list(found.frame) == ["pair", "direction", "first", "second", "weight"]
    assert np.isnan(kappa(np.zeros((1, 2, 2)))).all()


def test_the_disagreement_lane():
    """Touching stretches of the same two codes are one; a point only one coder marked has no length."""
    study = with_points(pictures(("AAAB..?", "ABBA.A?")), (0, "p", 500))
    units = elementary(on_line(*study))
    found = disagreements(kept(units, Method()))
    names = units.categories.labels
    assert [
        (row.onset_ms, row.offset_ms, names[row.first], names[row.second]) for row in found.itertuples(index=False)
    ] == [
        (500, 500, "p", "A"),
        (1000, 3000, "A", "B"),
        (3000, 4000, "B", "A"),
        (5000, 6000, U, "A"),
    ]


def test_the_lane_does_not_join_different_pairs():
    units = elementary(on_line(*pictures(("A", "B"), ("A", "B"))))
    assert len(disagreements(kept(units, Method()))) == 2


def test_totals_by_hand():
    study = pictures(("AAB.A", "AABB."), ("BB", "B."))
    found = totals(on_line(*study))
    assert found["seconds"][:, 0].tolist() == [[3, 2], [0, 0]]
    assert found["bouts"][:, 0].tolist() == [[2, 1], [0, 0]]
    assert found["seconds"][:, 1].tolist() == [[1, 2], [2, 1]]
    rows = pd.DataFrame(correlations(found, [0, 1], several=False))
    assert rows[["code", "measure", "n"]].to_numpy().tolist() == [
        [0, "seconds", 2],
        [0, "bouts", 2],
        [1, "seconds", 2],
        [1, "bouts", 2],
    ]
    assert rows["first_mean"].tolist() == [1.5, 1, 1.5, 1]


def test_two_way_forms_need_the_same_two_coders():
    found = totals(on_line(*pictures(("AA", "AA"), ("A.", "AA"), ("A.", "A."))))
    alone, mixed = (correlations(found, [0], several=several)[0] for several in (False, True))
    assert not np.isnan(float(alone["icc_a_1"]))
    assert np.isnan(float(mixed["icc_a_1"]))
    assert mixed["icc_1_1"] == alone["icc_1_1"]
    assert (alone["outcome"], mixed["outcome"]) == ("", SEVERAL_PAIRS)


@pytest.mark.parametrize("wrong", [{"kind": "guess"}, {"point_weight_s": -1}, {"step_ms": 0}, {"tolerance_ms": -1}])
def test_a_method_that_cannot_be_is_refused(wrong):
    with pytest.raises(UserError, match="Choose"):
        Method(**wrong)


def test_every_kind_says_what_it_counts():
    assert "2.5 s" in Method("scan", step_ms=2500).definition
    assert "0.5 s" in Method("alignment", tolerance_ms=500).definition
    assert len({Method(kind).definition for kind in KINDS}) == len(KINDS)


def test_a_boundary_that_both_coders_mark_is_one_boundary():
    """Three changes, two of them at the same time as the other coder's: four stretches, none without length."""
    line = on_line(*pictures(("AAB.", "AAAB")))
    frame = elementary(line).frame
    assert list(zip(frame["onset_ms"], frame["offset_ms"], strict=True)) == [(0, 2000), (2000, 3000), (3000, 4000)]
