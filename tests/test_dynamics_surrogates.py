"""Surrogates keep what each side does alone, and call independent streams related as seldom as they should."""

from dataclasses import replace
from itertools import permutations

import numpy as np
import pytest
from scipy.stats import binom

from pipeline.errors import UserError
from pipeline.measures.dynamics import Stream, chain, ordered
from pipeline.measures.dynamics_numbers import of_pairs, of_responses
from pipeline.measures.dynamics_surrogates import beside, compare, exchanged, partners, shifted, shuffled, surrogates
from pipeline.measures.lag_sequential import bouts_after_bouts, onsets_after_onsets
from tests.dynamics_parts import drawn, wandering

KINDS = ("shift", "shuffle", "partner")


def pictures(stream: Stream, seconds: int) -> list[str]:
    """The stream as letters again, one per second."""
    rows = [["."] * seconds for _ in range(stream.recordings)]
    for which, code, onset, offset in zip(
        stream.observation, stream.code, stream.onset_ms, stream.offset_ms, strict=True
    ):
        rows[which][onset // 1000 : offset // 1000] = stream.labels[code] * ((offset - onset) // 1000)
    return ["".join(row) for row in rows]


def test_a_shift_turns_the_recording_round():
    """Whole seconds, because the session is 8 ms long per letter: every turn is one of the eight rotations."""
    stream = drawn("aab..bcc")
    tiny = replace(
        stream, onset_ms=stream.onset_ms // 1000, offset_ms=stream.offset_ms // 1000, lengths_ms=np.array([8])
    )
    rotations = {"aab..bcc"[turn:] + "aab..bcc"[:turn] for turn in range(8)}
    random = np.random.default_rng(1)
    found = [shifted(tiny, random) for _ in range(100)]
    back = [replace(each, onset_ms=each.onset_ms * 1000, offset_ms=each.offset_ms * 1000) for each in found]
    assert {pictures(each, 8)[0] for each in back} == rotations
    """b, b and c begin where somebody saw it; a was on from the start and has no onset in any rotation."""
    assert all(each.begins.sum() == 3 for each in found)


def test_a_shuffle_keeps_bouts_gaps_and_that_no_code_meets_itself():
    stream = drawn("aab..bccab", "a.a..aaa..", "..........")
    for each in shuffled(stream, 40, np.random.default_rng(2)):
        assert sorted(pictures(each, 10)[0]) == sorted("aab..bccab")
        lengths = sorted((each.offset_ms - each.onset_ms)[each.observation == 0])
        assert lengths == [1000, 1000, 1000, 1000, 2000, 2000]
        first = each.taken(each.observation == 0)
        touching = first.offset_ms[:-1] == first.onset_ms[1:]
        assert (first.code[:-1] != first.code[1:])[touching].all()
        assert (np.diff(each.onset_ms)[np.diff(each.observation) == 0] > 0).all()
    halves = ordered(
        replace(
            stream,
            **{
                name: np.concatenate([getattr(stream, name)] * 2)
                for name in ("observation", "code", "onset_ms", "offset_ms", "begins")
            },
        )
    )
    with pytest.raises(UserError, match="overlap"):
        next(iter(shuffled(halves, 1, np.random.default_rng(1))))


def test_every_permitted_order_is_as_likely_as_any_other():
    """Bouts a b a c of different lengths: the orders in which the two a do not meet, each bout its own."""
    stream = drawn("abbaaacccc")
    tiles = list(zip("abac", (1, 2, 3, 4), strict=True))
    permitted = {
        "".join(code * n for code, n in order)
        for order in permutations(tiles)
        if all(one[0] != other[0] for one, other in zip(order, order[1:], strict=False))
    }
    assert len(permitted) == 12
    found = [pictures(each, 10)[0] for each in shuffled(stream, 3000, np.random.default_rng(5))]
    counts = [found.count(order) for order in permitted]
    assert sum(counts) == 3000
    assert binom.ppf(1e-4, 3000, 1 / 12) < min(counts) <= max(counts) < binom.ppf(1 - 1e-4, 3000, 1 / 12)


def test_partners_are_of_other_families_and_each_is_given_once():
    families = np.array(list("aabbbcd"))
    drawn_ = partners(families, 300, np.random.default_rng(3))
    assert (np.sort(drawn_, axis=1) == np.arange(7)).all()
    assert (families[drawn_] != families).all()
    assert len({tuple(row) for row in drawn_}) > 50
    with pytest.raises(UserError, match="more than half"):
        partners(np.array(list("aab")), 1, np.random.default_rng(3))


def test_an_exchange_ends_with_the_shorter_session():
    given, target = drawn("aaaa", "bbbbbb", "cc"), drawn("dddd", "e.eeee", "ff")
    first, second = exchanged(given, target, np.array([1, 2, 0]))
    assert first.lengths_ms.tolist() == second.lengths_ms.tolist() == [4000, 2000, 2000]
    assert pictures(first, 4) == ["aaaa", "bb..", "cc.."]
    assert pictures(second, 4) == ["e.ee", "ff..", "dd.."]


def test_a_number_beside_its_surrogates():
    """4 of 9 surrogates reach 5: (1 + 4) / (1 + 9)."""
    values = np.array([[1, 9], [2, 9], [3, 9], [4, 9], [4.5, 9], [5, 9], [6, 9], [7, 9], [8, np.nan]], dtype=float)
    found = beside(np.array([5.0, np.nan]), values)
    assert found.p_more[0] == 0.5
    assert found.p_less[0] == 0.7
    assert (found.p[0], found.n.tolist(), found.mean[1]) == (1, [9, 8], 9)
    assert np.isnan([found.p_more[1], found.p[1]]).all()


def test_the_same_seed_gives_the_same_surrogates():
    random = np.random.default_rng(4)
    given, target = wandering(random, 6, 30)
    families = np.arange(6)
    for kind in KINDS:
        runs = [[pair[1] for pair in surrogates(given, target, kind, 4, seed, families)] for seed in (1, 1, 2)]
        onsets = [[each.onset_ms.tolist() for each in run] for run in runs]
        assert [each == onsets[0] for each in onsets] == [True, True, False]


def answers(given: Stream, target: Stream) -> np.ndarray:
    found = of_responses(given, target, (0, 1), 2000, "share")
    return np.r_[found.each, found.pooled]


def order(given: Stream, target: Stream) -> np.ndarray:
    found = of_pairs(onsets_after_onsets(given, target), given.recordings, (0, 1), "yule_q")
    return np.r_[found.each, found.pooled]


def own_order(given: Stream, target: Stream) -> np.ndarray:
    found = of_pairs(bouts_after_bouts(target), target.recordings, (0, 1), "share")
    return np.r_[found.each, found.pooled]


def too_often(p: np.ndarray, chance: float = 1e-4) -> bool:
    """More p values up to .05 than a test that holds its word would give once in 10,000 times."""
    known = p[~np.isnan(p)]
    return (known <= 0.05).sum() > binom.ppf(1 - chance, len(known), 0.05)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statistic", [answers, order])
def test_independent_streams_are_seldom_called_related(kind, statistic):
    """500 recordings, each its own test on 39 surrogates. The p values of both sides, and not too few small ones."""
    random = np.random.default_rng(11)
    given, target = wandering(random, 500, 60)
    found = compare(given, target, statistic, kind, 39, 12, np.arange(500) // 2)
    for p in (found.p_more[:-1], found.p_less[:-1]):
        assert not too_often(p)
    assert (np.minimum(found.p_more, found.p_less) <= 0.1).mean() > 0.05
    middle = (found.p_more - found.p_less + 1) / 2
    assert abs(np.nanmean(middle[:-1]) - 0.5) < 4 * 0.29 / np.sqrt(500)
    assert 0.02 < found.p_more[-1] < 0.98


def pooled(kind: str, statistic, trials: int, seed: int, size: int = 12) -> tuple[np.ndarray, float]:
    """One-sided p of the pooled number of `size` recordings in each trial; and how far the middle of both sides is from
    one half, in standard errors.
    """
    random = np.random.default_rng(seed)
    found = []
    for trial in range(trials):
        given, target = wandering(random, size, 60)
        compared = compare(given, target, statistic, kind, 19, trial, np.arange(size) // 2)
        found.append((compared.p_more[-1], compared.p_less[-1]))
    more, less = np.array(found).T
    return more, abs((more - less).mean() / 2) / (0.29 / np.sqrt(trials))


@pytest.mark.parametrize("kind", KINDS)
def test_pooled_numbers_of_independent_streams_are_seldom_called_related(kind):
    p, far = pooled(kind, answers, 60, 21)
    assert not too_often(p)
    assert far < 4


@pytest.mark.soak
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("statistic", [answers, order])
def test_pooled_false_positives_at_length(kind, statistic):
    """1,000 trials of 30 recordings: between 3 % and 7 % at 5 %."""
    p, far = pooled(kind, statistic, 1000, 31, 30)
    assert 0.03 < (p <= 0.05).mean() < 0.07
    assert far < 5


def test_the_order_within_one_stream_is_seldom_called_special():
    """Which code comes next depends on nothing but that it is another one."""
    (stream,) = wandering(np.random.default_rng(13), 400, 60, streams=1)
    found = compare(stream, stream, own_order, "shuffle", 39, 14, np.arange(400))
    assert not too_often(found.p_more[:-1])
    assert not too_often(found.p_less[:-1])


@pytest.mark.parametrize("kind", KINDS)
def test_a_partner_who_answers_is_found(kind):
    """The target begins code b one second after every third onset of code a of the other."""
    random = np.random.default_rng(15)
    given, target = wandering(random, 30, 60)
    asked = given.taken(given.begins & (given.code == 0) & (random.random(len(given.code)) < 0.4))
    asked = asked.taken(asked.onset_ms + 1300 < asked.lengths_ms[asked.observation])
    reply = replace(asked, code=0 * asked.code + 1, onset_ms=asked.onset_ms + 1000, offset_ms=asked.onset_ms + 1300)
    both = {
        name: np.concatenate([getattr(target, name), getattr(reply, name)])
        for name in ("observation", "code", "onset_ms", "offset_ms", "begins")
    }
    answering = chain(ordered(replace(target, **both)))
    if kind == "shuffle":
        answering = reply
    found = compare(given, answering, answers, kind, 99, 16, np.arange(30))
    assert found.p_more[-1] == 0.01
    assert found.observed[-1] > found.high[-1]
