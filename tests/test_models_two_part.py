"""The panel of a stored two-part fit: odds ratios, seconds, expected times, the figure, words."""

from datetime import UTC, datetime
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pages.parts import charts_models_two_part as charts
from pages.parts import models_two_part as panel
from pipeline.models.fit import COLUMNS
from pipeline.steps.stored_fits import StoredFit
from tests.hurdle_rows import SPEC


def row(response: str, term: str, mean: float, low: float, high: float, rows: int = 20, units: int = 50) -> tuple:
    return (response, term, mean, 0.1, low, high, rows, units, 1.0, 900.0)


def terms() -> pd.DataFrame:
    """Smile of both; Woe face and Mock surprise of the caregiver; Negative (infant) with part 1 only, the reference
    (infant) with part 2 only: it always occurs.
    """
    lines = [
        row("infant", "occurrence: Smile", 0.0, -1, 1),
        row("infant", "occurrence: Smile x EPDS", np.log(2), np.log(1.5), np.log(3)),
        row("infant", "occurrence: Negative x EPDS", 0.1, -0.5, 0.6, 2),
        row("caregiver", "occurrence: Smile x EPDS", 0.2, -0.2, 0.5, 30),
        row("caregiver", "occurrence: Woe face x EPDS", -0.2, -0.9, 0.5, 11),
        row("caregiver", "occurrence: Mock surprise x EPDS", -0.1, -0.4, 0.2, 25),
        row("infant", "duration: Smile x EPDS", 9.9, 9, 10),
        row("infant", "seconds if present: Smile x EPDS", -4.0, -9, 1),
        row("infant", "expected seconds: Smile at EPDS -1 SD", 20.4, 11, 30),
        row("infant", "expected seconds: Smile at EPDS 0 SD", 25, 18, 33),
        row("infant", "expected seconds: Smile at EPDS +1 SD", 31, 21, 42),
        row("infant", "expected seconds: Smile, EPDS +1 SD minus -1 SD", 10.6, -2.6, 23),
        row("infant", "seconds if present: Face not visible x EPDS", 8, 0.1, 16, 50),
        row("caregiver", "seconds if present: Smile x EPDS", 1, -5, 6, 30),
        row("caregiver", "seconds if present: Woe face x EPDS", -22, -51, -6, 11),
        row("caregiver", "seconds if present: Mock surprise x EPDS", 3, -20, 25, 25),
    ]
    return pd.DataFrame(lines, columns=list(COLUMNS))


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    return panel.two_part_terms(terms(), SPEC)


def test_one_line_per_person_and_behaviour(frame) -> None:
    assert list(zip(frame["person"], frame["code"], strict=True)) == [
        ("Infant", "Smile"), ("Infant", "Negative"), ("Infant", "Face not visible"), ("Caregiver", "Smile"),
        ("Caregiver", "Woe face"), ("Caregiver", "Mock surprise"),
    ]  # fmt: skip
    smile = frame.iloc[0]
    assert smile[["odds", "odds_low", "odds_high"]].tolist() == pytest.approx([2, 1.5, 3]), "odds, not log odds"
    assert smile[["seconds", "seconds_low", "seconds_high"]].tolist() == [-4, -9, 1], "its own change, no contrast"
    assert smile["counts"] == "in 20 of 50 units"
    assert np.isnan(frame["seconds"][1]) and np.isnan(frame["odds"][2])
    assert list(frame["odds_evidence"].fillna("")) == [
        "Clear", "No clear evidence", "", "No clear evidence", "Suggestive", "Suggestive",
    ]  # fmt: skip
    assert list(frame["seconds_evidence"].fillna("")) == [
        "No clear evidence", "", "Clear", "No clear evidence", "Clear", "No clear evidence",
    ]  # fmt: skip


def test_the_finding_names_what_is_clear_in_either_part(frame) -> None:
    assert panel.finding(frame, SPEC) == (
        "Clear, with higher EPDS: the infant's 'Smile' occurs in more recordings, the infant's 'Face not visible' "
        "takes more of the time where it occurs and the caregiver's 'Woe face' takes less of the time where it occurs "
        "(about 0.5 of 10 would be by chance)."
    )
    quiet = frame.assign(odds_evidence="No clear evidence", seconds_evidence="No clear evidence")
    assert panel.finding(quiet, SPEC) == "Nothing is clear in either part: all 10 intervals include no change."
    assert "(1 clear of 5), seconds where it occurs (2 clear of 5), per SD of EPDS" in panel.alt_text(frame, SPEC)


def test_expected_times_stand_side_by_side() -> None:
    assert panel.expected_table(terms(), SPEC).to_dict("records") == [
        {
            "Person": "Infant", "Behaviour": "Smile", "EPDS \u22121 SD": "20 (11 to 30)", "EPDS 0 SD": "25 (18 to 33)",
            "EPDS +1 SD": "31 (21 to 42)", "Change": "11 (\u22123 to 23)",
        }
    ]  # fmt: skip
    numbers = panel.expected_numbers(terms(), SPEC)
    assert list(numbers["Score"]) == ["-1 SD", "0 SD", "+1 SD", "+1 SD minus -1 SD"]
    assert list(numbers["Seconds"]) == [20.4, 25, 31, 10.6] and set(numbers["Behaviour"]) == {"Smile"}


def test_a_model_without_a_score_has_expected_times_only() -> None:
    spec = SPEC.changed(rung=1)
    bare = pd.DataFrame([row("infant", "expected seconds: Smile", 25, 18, 33)], columns=list(COLUMNS))
    assert panel.two_part_terms(bare, spec).empty
    assert panel.expected_table(bare, spec).to_dict("records") == [
        {"Person": "Infant", "Behaviour": "Smile", "Average": "25 (18 to 33)"}
    ]


def stored(engine: str) -> StoredFit:
    asked = SimpleNamespace(engine=engine, spec=SPEC, short="12345678")
    return StoredFit(asked, terms(), terms()[:0], 9, 9, {}, (), (), {}, datetime.now(UTC), None)


def test_how_long_stands_beside_other_engines() -> None:
    """Only the second part is on their scale, under their names."""
    found = panel.comparable(stored("two_part")).terms
    assert found[["response", "term", "mean"]].to_dict("records") == [
        {"response": "infant", "term": "Smile x EPDS", "mean": 9.9}
    ]
    quick = stored("quick")
    assert panel.comparable(quick) is quick


def test_the_random_part_has_no_internal_names() -> None:
    names = [
        "unit_sd_occurrence_infant", "unit_correlation_occurrence_caregiver_duration_caregiver", "row_var_infant",
        "row_cov", "row_var_caregiver", "row_correlation",
    ]  # fmt: skip
    said = panel.random_table(pd.DataFrame([row("", name, 0.5, 0.1, 0.9) for name in names], columns=list(COLUMNS)))
    assert list(said["What"])[:2] == [
        "SD between recordings: whether the infant's behaviours occur",
        "Correlation: whether the caregiver's behaviours occur, and how much of the time the caregiver's take",
    ]
    assert not said["What"].str.contains("_").any() and list(said["Estimate"]) == [0.5] * len(names)


def test_the_figure_has_two_columns_for_both(frame) -> None:
    figure = charts.draw_two_parts(frame)
    axes = [figure.layout[f"xaxis{number}"] for number in ("", "2", "3", "4")]
    assert [axis.title.text for axis in axes] == [title for title, _ in charts.COLUMNS.values()] * 2
    assert [axis.type for axis in axes] == ["log", None] * 2 and axes[0].range == axes[2].range
    none = [trace.x[0] for trace in figure.data if trace.name == "none"]
    assert none == [1.0, 0.0, 1.0, 0.0], "no difference: odds x 1, 0 seconds"
    marks = [trace for trace in figure.data if trace.mode == "markers" and trace.x[0] is not None]
    assert sum(len(trace.x) for trace in marks) == 10, "a missing part has no mark"
    first = next(trace for trace in marks if trace.xaxis == "x" and trace.marker.symbol == "square")
    assert first.x[0] == pytest.approx(2) and first.text[0] == "Smile<br>Odds x 2.00 (1.50 to 3.00)<br>Clear"
    labels = [note.text for note in figure.layout.annotations]
    assert any(text.startswith("Woe face") and "in 11 of 50 units" in text for text in labels)
    assert figure.layout.title.text is None
    assert "do not report" in charts.draw_two_parts(frame, failed=True).layout.title.text


def test_one_wild_interval_leaves_the_others_readable(frame) -> None:
    wild = frame.copy()
    wild.loc[0, "odds_high"] = 1e9
    low, high = charts.ends_of(wild, "odds")
    assert high < 1.8 and low < 0, "cut at 32 times"
    nothing = frame.assign(odds=np.nan, odds_low=np.nan, odds_high=np.nan, odds_evidence=None)
    assert charts.ends_of(nothing, "odds")[0] < 0 < charts.ends_of(nothing, "odds")[1]
    assert len(charts.draw_two_parts(nothing).data) > 0
