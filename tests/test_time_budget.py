"""Time budgets: the printed numbers of BORIS, the two roads of the same table, hand-checked gaps."""

import json
from fractions import Fraction
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.measures.durations import KEY, durations
from pipeline.measures.time_budget import COLUMNS, time_budget, time_budget_of
from tests.test_durations import coded, drawn, sessions

BORIS = Path(__file__).parents[1].parent / "shared" / "data" / "boris" / "test.boris"
BY = ("observation_id", "subject", "code")
GAPS = ["gaps", "gap_mean_s", "gap_sd_s"]

# Starts and stops in seconds as they stand in the BORIS test project; a point stands once.
TYPED = """
#1 subject1 s 3.3 7.75 9.9 16.2 18.35 24.475
#1 subject2 s 38.425 46.1
#2 -        s 1.8 8.125 10.25 23.35 26.775 31.475 227.765 253.49 255.34 261.14 303.79 307.765
"""
POINTS = "32.825 34.15 34.925 299.715 301.34 303.24"


def ms(text: str) -> int:
    return int(Fraction(text) * 1000)


def typed() -> pd.DataFrame:
    """The events above as an event frame."""
    rows = []
    for line in TYPED.strip().splitlines():
        observation, subject, code, *times = line.split()
        pairs = zip(times[::2], times[1::2], strict=True)
        rows += [(observation, "boris", subject, "all", code, ms(start), ms(stop)) for start, stop in pairs]
    rows += [("#2", "boris", "-", "all", "p", ms(time), ms(time)) for time in POINTS.split()]
    return pd.DataFrame(rows, columns=[*KEY, "onset_ms", "offset_ms"])


def row(budget: pd.DataFrame, *key: str) -> pd.Series:
    return budget.set_index(list(BY)).loc[key]


def check_boris(budget: pd.DataFrame) -> None:
    """The numbers BORIS prints (sample SD, tolerance 0.001 s)."""
    first = row(budget, "#1", "subject1", "s")
    assert first["n"] == 3
    assert first[["total_s", "mean_s", "sd_s", "gap_mean_s", "gap_sd_s"]].tolist() == pytest.approx(
        [16.875, 5.625, 1.021, 2.150, 0], abs=0.001
    )
    second = row(budget, "#1", "subject2", "s")
    assert (
        (second["n"], second["total_s"]) == (1, 7.675) and np.isnan(second["sd_s"]) and np.isnan(second["gap_mean_s"])
    )
    nobody = row(budget, "#2", "-", "s")
    assert nobody["n"] == 6
    assert nobody[["total_s", "mean_s", "sd_s", "gap_mean_s", "gap_sd_s"]].tolist() == pytest.approx(
        [59.625, 9.9375, 8.395, 49.268, 84.012], abs=0.001
    )
    points = row(budget, "#2", "-", "p")
    assert (points["n"], points["total_s"]) == (6, 0)
    assert points[["gap_mean_s", "gap_sd_s"]].tolist() == pytest.approx([54.083, 117.790], abs=0.001)


def test_the_numbers_of_boris_from_typed_in_events() -> None:
    check_boris(time_budget(typed(), BY))


def toggled() -> pd.DataFrame:
    """Events of the project file itself, paired by toggling: each subject, code and modifier alternates start and
    stop.
    """
    project = json.loads(BORIS.read_text(encoding="utf-8"))
    points = {entry["code"] for entry in project["behaviors_conf"].values() if entry["type"] == "Point event"}
    rows: list[list] = []
    for name, observation in project["observations"].items():
        running: dict[tuple, list] = {}
        for time, subject, code, modifier, *_ in observation["events"]:
            key = (name.replace("observation ", ""), subject or "-", code, modifier)
            if code in points:
                rows.append([*key, ms(str(time)), ms(str(time))])
            elif key in running:
                running.pop(key).append(ms(str(time)))
            else:
                running[key] = [*key, ms(str(time))]
                rows.append(running[key])
    whole = [each for each in rows if len(each) == 6]
    frame = pd.DataFrame(whole, columns=[*BY, "modifier", "onset_ms", "offset_ms"])
    return frame.assign(coder_id="boris", behaviour_group="all")


@pytest.mark.skipif(not BORIS.exists(), reason="the BORIS test project is not on this machine")
def test_the_numbers_of_boris_from_its_project_file() -> None:
    events = toggled()
    check_boris(time_budget(events, BY))
    by_modifier = (*BY, "modifier")
    budget = time_budget(events[events["observation_id"] == "modifiers"], by_modifier, (*KEY, "modifier"))
    totals = dict(zip(budget["modifier"], budget["total_s"], strict=True))
    assert totals["m1"] == pytest.approx(8.775) and totals["None"] == pytest.approx(10.4)


def test_gaps_by_hand() -> None:
    # s: 2 s, 1 s, 3 s; gaps 3 s and 1 s
    budget = row(time_budget(drawn("one infant ssnnnshsss"), BY), "one", "infant", "s".replace("s", "smile"))
    assert budget[["n", "total_s", "mean_s", "median_s", "sd_s", "min_s", "max_s"]].tolist() == [3, 6, 2, 2, 1, 1, 3]
    assert budget[GAPS].tolist() == [2, 2, pytest.approx(2**0.5)]


def test_gaps_do_not_reach_into_another_recording() -> None:
    events = drawn("one infant ssnnnn\ntwo infant nnnnss")
    budget = time_budget(events, ("subject", "code")).set_index("code")
    assert budget.loc["smile", ["n", "gaps"]].tolist() == [2, 0] and np.isnan(budget.loc["smile", "gap_mean_s"])


@given(coded())
@settings(max_examples=25, deadline=None)
def test_stored_summaries_add_up_to_the_same_table(study) -> None:
    """From events and from the stored sums, over all recordings together: the same numbers, but for the median."""
    events, observations = study
    by = ("subject", "code")
    direct, stored = time_budget(events, by), time_budget_of(durations(events, observations), by)
    assert direct[list(by)].equals(stored[list(by)])
    for name in (name for name in COLUMNS if name != "median_s"):
        assert stored[name].tolist() == pytest.approx(direct[name].tolist(), abs=1e-9, nan_ok=True), name
    assert stored["median_s"].isna().all()
    words = events.assign(subject=events["subject"].astype(pd.CategoricalDtype(["nobody", "infant", "caregiver1"])))
    assert set(time_budget(words, by)["subject"]) == set(direct["subject"])
    assert set(time_budget_of(durations(words, observations), by)["subject"]) == set(direct["subject"])
    none = durations(events, observations).assign(code="never", bouts=0)
    assert time_budget_of(pd.concat([durations(events, observations), none]), by).equals(stored)


@given(st.lists(st.integers(0, 300_000), min_size=2, max_size=20))
@settings(max_examples=40, deadline=None)
def test_the_sd_is_exact(lengths) -> None:
    """Sums of squares of long bouts lose digits in floating point; here the variance is a fraction until the root."""
    onsets = np.cumsum([0, *lengths[:-1]])
    events = pd.DataFrame({"onset_ms": onsets, "offset_ms": onsets + lengths}).assign(
        observation_id="one", coder_id="anna", subject="infant", behaviour_group="face", code="smile"
    )
    stored = time_budget_of(durations(events, sessions("one", length_ms=10**8)), BY)
    kept = [length for length in lengths]
    mean = Fraction(sum(kept), len(kept))
    variance = sum((length - mean) ** 2 for length in kept) / (len(kept) - 1)
    assert stored["sd_s"].iloc[0] == pytest.approx(float(variance) ** 0.5 / 1000, rel=1e-12)


def test_a_budget_of_nothing_keeps_its_columns() -> None:
    nothing = drawn("one infant ss").iloc[:0]
    assert time_budget(nothing, BY).columns.tolist() == [*BY, *COLUMNS]
    assert time_budget_of(durations(nothing, sessions("one")), BY).columns.tolist() == [*BY, *COLUMNS]
