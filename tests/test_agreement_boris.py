"""Kappas of the BORIS test project through its reader: our definition, and BORIS' own scan rule rebuilt here."""

from collections import Counter
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from pipeline.measures.agreement import ONE_EMPTY, kappa
from pipeline.measures.agreement_matrices import cells, dense
from pipeline.measures.agreement_method import Method
from pipeline.measures.agreement_pools import per_pair
from pipeline.measures.agreement_units import elementary, on_line
from tests.agreement_parts import EVENT, boris, codes_of, kappa_by, matrix, numbers

SUBJECTS = ("No focal subject", "subject1", "subject2")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> dict[str, pd.DataFrame]:
    return boris(tmp_path_factory.mktemp("boris"))


@pytest.fixture(scope="module")
def same(recordings) -> tuple[pd.DataFrame, pd.DataFrame]:
    return recordings["observation #2"], recordings["observation #2 (copy)"]


def study(first: pd.DataFrame, second: pd.DataFrame, kinds: tuple[str, ...], apart: bool = False) -> tuple:
    """Two recordings as two codings of one stream of 'subject|code', or (`apart`) as one stream per subject."""
    events = pd.concat([first.assign(side=0), second.assign(side=1)])
    events = events[events["kind"].isin(kinds)]
    names = events["code"] if apart else events["subject"] + "|" + events["code"]
    labels = sorted(names.unique())
    pair = [SUBJECTS.index(subject) for subject in events["subject"]] if apart else 0
    states = events[events["kind"] == "state"]
    begin, end = states["onset_ms"].min(), states["offset_ms"].max()
    pairs = pd.DataFrame({"start_ms": begin, "end_ms": end}, index=range(len(SUBJECTS) if apart else 1))
    return events.assign(code=[labels.index(name) for name in names], pair=pair)[EVENT], pairs, codes_of(labels)


def test_weighted_kappa_of_states(same):
    found, _ = matrix(study(*same, ("state",)), Method())
    row = numbers(found.tolist(), counts=False)
    assert row["kappa"] == pytest.approx(0.9852596094402655, abs=1e-12)
    assert row["agreement"] == pytest.approx(0.9937218464, abs=5e-11)
    assert row["expected"] == pytest.approx(0.5740849898, abs=5e-11)
    assert row["total"] == pytest.approx(318.565, abs=1e-9)


def test_unweighted_kappa_over_the_twenty_intervals(same):
    """The same stretches, each counted once."""
    found = cells(*study(*same, ("state",)), Method())
    units = elementary(on_line(*study(*same, ("state",)))).frame.assign(weight=1.0)
    size = len(found.categories.labels)
    once = dense(units, np.zeros(len(units), dtype=int), 1, size)
    assert once.sum() == 20
    assert kappa(once)[0] == pytest.approx(0.9280576, abs=5e-8)


def test_weighted_kappa_with_points_of_one_second(same):
    found, _ = matrix(study(*same, ("state", "point")), Method(point_weight_s=1))
    row = numbers(found.tolist(), counts=False)
    assert row["kappa"] == pytest.approx(0.9730017, abs=5e-8)
    assert row["agreement"] == pytest.approx(0.9877887, abs=5e-8)
    assert row["expected"] == pytest.approx(0.5477005, abs=5e-8)
    assert row["total"] == pytest.approx(318.565 + 9, abs=1e-9)


def test_points_of_no_weight_are_left_out(same):
    both = study(*same, ("state", "point"))
    assert kappa_by(both, Method(point_weight_s=0)) == kappa_by(study(*same, ("state",)), Method())


def test_one_matrix_per_subject_summed(same):
    found, labels = matrix(study(*same, ("state",), apart=True), Method())
    row = numbers(found.tolist(), counts=False)
    assert labels == ("Uncoded", "s")
    assert row["kappa"] == pytest.approx(0.98788, abs=5e-6)
    assert row["total"] == pytest.approx(955.695, abs=1e-9)


def scan(first: pd.DataFrame, second: pd.DataFrame, subjects: tuple[str, ...], kind: str, step: str) -> tuple:
    """BORIS' rule: kappa rounded to 3 decimals, and the number of units.

    Looks from the first onset to the last stop of either, both included; one unit per look and subject. A state is on
    if start <= t <= stop, a point if |t - onset| <= step / 2; what is on is a list of (subject, code), and the empty
    list is the same for all subjects.
    """
    chosen = [each[(each["kind"] == kind) & each["subject"].isin(subjects)] for each in (first, second)]
    every, jump = pd.concat(chosen), Decimal(step) * 1000
    moment, looks = Decimal(int(every["onset_ms"].min())), []
    while moment <= int(every["offset_ms"].max()):
        looks.append(moment)
        moment += jump
    lists, reach = [list(coder.itertuples()) for coder in chosen], jump / 2 if kind == "point" else Decimal(0)
    counted = Counter(
        tuple(shown(coder, subject, look, reach) for coder in lists) for look in looks for subject in subjects
    )
    names = sorted({name for pair in counted for name in pair})
    written = [[counted[(one, two)] for two in names] for one in names]
    return round(float(kappa(np.array(written, dtype=float))), 3) if len(names) > 1 else None, counted.total()


def shown(coder: list, subject: str, look: Decimal, reach: Decimal) -> tuple:
    on = [row for row in coder if row.onset_ms - reach <= look <= row.offset_ms + reach]
    return tuple(sorted((row.subject, row.code) for row in on if row.subject == subject))


@pytest.mark.parametrize(
    ("kind", "step", "expected"),
    [
        ("state", "1", (0.988, 957)),
        ("state", "3", (1.0, 321)),
        ("point", "1", (0.866, 852)),
        ("point", "3", (0.798, 285)),
    ],
)
def test_boris_scan_of_the_copy(same, kind, step, expected):
    assert scan(*same, SUBJECTS, kind, step) == expected


def test_boris_scan_of_two_different_recordings(recordings):
    pair = recordings["observation #1"], recordings["observation #2"]
    assert scan(*pair, SUBJECTS[1:], "state", "1") == (-0.036, 636)


@pytest.mark.parametrize("kind", ["state", "point"])
def test_boris_scan_of_identical_recordings(same, kind):
    assert scan(same[0], same[0], SUBJECTS, kind, "1")[0] == 1


def test_our_scan_is_half_open_and_leaves_out_the_last_moment(same):
    """318.565 s looked at every second from the first onset: 319 looks, of which BORIS counts each once per subject."""
    found, _ = matrix(study(*same, ("state",)), Method("scan"))
    assert found.sum() == 319
    assert matrix(study(*same, ("state",), apart=True), Method("scan"))[0].sum() == 957


@pytest.mark.parametrize("kind", ["weighted", "scan", "tolerance", "alignment"])
def test_a_recording_without_events_is_refused_by_name(same, kind):
    """No kappa of 0 is made up for a coder who marked nothing."""
    events, pairs, codes = study(*same, ("state",))
    method = Method(kind)
    found = cells(events[events["side"] == 0], pairs, codes, method)
    size = len(found.categories.labels)
    stack = dense(found.frame, found.frame["pair"].to_numpy(), 1, size)
    row = per_pair(stack, found.marked, method.nil, method.counts, None).iloc[0]
    assert row["outcome"] == ONE_EMPTY
    assert np.isnan(row["kappa"])
    assert row["total"] == 0
