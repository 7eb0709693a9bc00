"""What a report holds: the numbers of the study by a second road, masked for others, in sentences that carry them."""

import re
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from db import queries
from pipeline.errors import UserError
from pipeline.models.fit import Fit
from pipeline.selection import Selection, select
from pipeline.steps import report_fit, report_spec, stored_fits
from pipeline.steps.fit import ModelRows, fit_rows, rows_of
from pipeline.steps.observe import observation_frame
from pipeline.steps.release import SYMBOL, T
from pipeline.steps.report_items import METHODS, Report, table_of
from pipeline.steps.report_results import fit_finding, sizes
from pipeline.steps.report_spec import Chosen, FitItem, ReportRefused, ReportSpec, TextItem, ViewItem
from pipeline.steps.report_text import cell, clean
from pipeline.steps.report_views import PAGES, TITLES, offer, refusal
from tests.report_studies import FATHERS, FITTED, HOME, SHARES, SPEC, TABLE_1, folder_with, made, material, usual


@pytest.fixture(scope="module")
def report(demo_study: Path) -> Report:
    return usual(demo_study)


@pytest.fixture(scope="module")
def families(demo_study: Path) -> list[str]:
    """Every family with a recording at home."""
    return sorted(set(observation_frame(material(demo_study)[0]).query("protocol == 'home_headcam'")["family_id"]))


@pytest.fixture(scope="module")
def second(demo_study: Path) -> tuple[ModelRows, Fit]:
    """Rows of the fit in the report, and their fit without the report."""
    cursor = material(demo_study)[0]
    rows = rows_of(cursor, FITTED, select(observation_frame(cursor), Selection(protocol="home_headcam")))
    return rows, fit_rows(rows, FITTED, "quick", 1)


@pytest.fixture
def fitted_before(second: tuple[ModelRows, Fit], monkeypatch) -> None:
    """Every fit of a report gets these estimates: for tests that look at its rows only."""
    monkeypatch.setattr(report_fit, "fit_rows", lambda *_: second[1])


def one_sex(home: Path, sex: str) -> int:
    """Families whose youngest recording at home is of a child of this sex, by one statement."""
    observations = observation_frame(material(home)[0])  # noqa: F841, the statement reads it
    statement = """
        FROM (
            FROM observations
            SELECT arg_min(child_sex, infant_age_months) AS sex
            WHERE protocol = 'home_headcam' GROUP BY family_id
        )
        SELECT count(*) WHERE sex = $sex
    """
    return duckdb.connect().execute(statement, {"sex": sex}).fetchone()[0]


def test_table_1_counts_families_as_one_statement_does(report: Report, demo_study: Path) -> None:
    frame = report.pieces[1].numbers.set_index(["characteristic", "level"])
    for sex in ("Male", "Female"):
        assert frame.loc[("Infant's sex", sex), "families"] == one_sex(demo_study, sex.lower())
    assert frame.loc["Infant's sex", "percent"].sum() == pytest.approx(100)


def test_means_are_milliseconds_over_milliseconds(report: Report, demo_study: Path) -> None:
    """The mean share of smiling by hand: its time over the time that was not unobservable, 0 where it did not occur."""
    cursor = material(demo_study)[0]
    home = select(observation_frame(cursor), Selection(protocol="home_headcam"))["observation_id"]
    streams = queries.duration_streams(cursor, "mhint", "facial_expression").query("subject == 'caregiver1'")
    rows = queries.duration_rows(cursor, "mhint", "facial_expression")
    rows = rows.query("subject == 'caregiver1' and code == 'Smile'")
    streams = streams[streams["observation_id"].isin(home)].merge(rows[["observation_id", "ms"]], "left")
    shares = 100 * streams["ms"].fillna(0) / (streams["session_ms"] - streams["unobservable_ms"])
    shown = report.pieces[2].numbers.set_index(["person", "code"])["mean"]
    assert shown["Caregiver", "Smile"] == pytest.approx(shares.mean()) and shares.mean() > 5


def test_a_fit_is_fitted_again_to_the_data(report: Report, second: tuple[ModelRows, Fit]) -> None:
    found = second[1].terms.set_index(["response", "term"])["mean"]
    shown = report.pieces[4].numbers
    assert len(shown) == 14
    for row in shown.itertuples():
        assert row.mean == found[row.person.lower(), f"{row.code} x EPDS"]


def test_every_number_of_the_finding_is_in_the_table(report: Report) -> None:
    piece = report.pieces[4]
    found = re.findall(r"\u2212?\d+\.\d\d", piece.text[0].split(": ", 1)[1])
    said = [float(text.replace("\u2212", "-")) for text in found]
    numbers = {round(value, 2) for name in ("mean", "lower", "upper") for value in piece.numbers[name]}
    assert said and set(said) <= numbers


def test_the_finding_follows_the_numbers() -> None:
    """Clear: the interval excludes 0; suggestive: related ones point one way; nothing else is called a finding."""
    row = {"response": "infant", "code": "Smile", "sd": 0.1, "seconds": 12.4, "direction": "", "evidence": "clear"}
    frame = pd.DataFrame([row | {"mean": 0.3, "lower": 0.1, "upper": 0.5}])
    text = fit_finding(frame, FITTED, "EPDS", "1 SD of EPDS")
    assert "clear: the infant's 'Smile' 12 s more per 5 minutes (0.30 SD, 95 % CrI 0.10 to 0.50)" in text
    assert "12 s less" in fit_finding(frame.assign(mean=-0.3, seconds=-12.4), FITTED, "EPDS", "1 SD of EPDS")
    assert "nothing is clear; all 1 intervals" in fit_finding(frame.assign(evidence="none"), FITTED, "EPDS", "x")
    assert "clear:" not in fit_finding(frame.assign(evidence="suggestive"), FITTED, "EPDS", "x")


def test_captions_say_n_filters_generation_and_day(report: Report) -> None:
    whole, fathers = (" ".join(report.pieces[place].caption) for place in (2, 3))
    for words in ("n = 97 families, 102 dyads and 142 recordings", "Home headcam, no filter", "eneration 1 (checksum"):
        assert words in whole
    assert report.day in whole and "only Caregiver: Father" in fathers and "n = 97" not in fathers
    assert sizes(1, 1, 1) == "n = 1 family, 1 dyad and 1 recording"


def test_methods_are_of_what_is_in_the_report(report: Report) -> None:
    said = dict(report.methods)
    assert set(PAGES) == set(METHODS) == set(TITLES)
    assert "Durations" in said and "Smiles" not in said
    (fit,) = (texts for heading, texts in said.items() if "engine" in heading)
    assert "bivariate two-level" in " ".join(fit) and "seed 1" in " ".join(fit)


# --- what others may see


def small(report: Report) -> list[str]:
    """Counts of families that anybody can read in the tables of a report, 1 to T - 1."""
    return [
        f"{piece.title}: {value}" for piece in report.pieces if piece.released is not None
        for value in piece.numbers["families"] if 0 < value < T
    ]  # fmt: skip


def test_no_small_count_is_shown_or_left_over(report: Report) -> None:
    assert not small(report)
    shares = report.pieces[2]
    assert not (97 - shares.numbers["families"]).between(1, T - 1).any()
    assert SYMBOL in set(table_of(shares).to_numpy().ravel())


def test_a_hidden_count_of_table_1_is_never_alone(report: Report) -> None:
    """Families add up to 97 in every characteristic: one hidden count would be what is left of them."""
    numbers = report.pieces[1].numbers
    hidden = numbers["families"].isna().groupby(numbers["characteristic"]).sum()
    assert (hidden > 0).any() and not (hidden == 1).any()


def test_a_selection_of_few_or_of_nearly_all_is_left_out(demo_study: Path, families: list[str]) -> None:
    data = offer(material(demo_study)[0], []).data
    of = {count: Chosen(protocol="home_headcam", families=tuple(families[:count])) for count in (4, 5, 92, 93, 97)}
    assert "fewer than 5 families" in refusal(data, of[4]) and not refusal(data, of[5])
    assert "leaves out fewer than 5" in refusal(data, of[93])
    assert not refusal(data, of[92]) and not refusal(data, of[97])
    spec = ReportSpec(name="few", items=(ViewItem(view=SHARES, chosen=of[4]), FitItem(spec=FITTED, chosen=of[93])))
    pieces = made(demo_study, spec).pieces
    assert all(piece.refused and piece.released is None and piece.draw is None and not piece.text for piece in pieces)


def test_two_parts_that_differ_by_few_families_are_not_both_shown(demo_study: Path, families: list[str]) -> None:
    """Each alone is large; whoever subtracts one from the other learns about three families."""
    first, second = (Chosen(protocol="home_headcam", families=tuple(families[:n]), words=str(n)) for n in (40, 43))
    assert not made(demo_study, ReportSpec(name="one", items=(ViewItem(view=SHARES, chosen=second),))).pieces[0].refused
    items = tuple(ViewItem(view=SHARES, chosen=one) for one in (first, second))
    found = made(demo_study, ReportSpec(name="two", items=items)).pieces
    assert [bool(piece.refused) for piece in found] == [False, True] and "1 to 4 families" in found[1].refused


def test_a_mean_is_hidden_where_another_selection_gives_its_few_families_away(
    demo_study: Path, families: list[str]
) -> None:
    """Two halves of a study, one of them with 3 families swapped for 8 others: no selection holds the other."""
    first, second = families[:40], families[3:48]
    items = tuple(
        ViewItem(view=SHARES, chosen=Chosen(protocol="home_headcam", families=tuple(one), words=one[0]))
        for one in (families, first, second)
    )
    alone = made(demo_study, ReportSpec(name="one", items=items[2:])).pieces[0].numbers
    whole, _, third = (piece.numbers for piece in made(demo_study, ReportSpec(name="two", items=items)).pieces)
    assert whole["mean"].notna().sum() > 10 and third["mean"].isna().sum() > alone["mean"].isna().sum()


def test_two_fits_that_differ_by_few_families_are_not_both_shown(demo_study: Path, fitted_before) -> None:
    observations = observation_frame(material(demo_study)[0]).query("protocol == 'home_headcam'")
    scored = sorted(set(observations[observations["score:EPDS"].notna()]["family_id"]))
    few = Chosen(protocol="home_headcam", families=tuple(scored[:-3]), words="some")
    items = (FitItem(spec=FITTED, chosen=HOME), FitItem(spec=FITTED, chosen=few))
    pieces = made(demo_study, ReportSpec(name="two", items=items)).pieces
    assert not pieces[0].refused and "it and an earlier fit differ" in pieces[1].refused


def test_terms_of_behaviours_that_few_families_show_are_hidden(demo_study: Path, fitted_before) -> None:
    cursor, current, home = material(demo_study)
    item = FitItem(spec=FITTED, chosen=HOME)
    found = report_fit.fitted(cursor, item, observation_frame(cursor), home, current, "today")
    rows = found.rows.copy()
    mine = (rows["code"].astype("str") == "Smile") & rows["y_infant"].notna()
    keep = set(rows.loc[mine, "family_id"].unique()[:3])
    rows.loc[mine & ~rows["family_id"].isin(keep), "y_infant"] = float("nan")
    few = report_fit.Fitted(**{**found.__dict__, "rows": rows})
    shown = report_fit.released(few)
    row = shown.frame[(shown.frame["person"] == "Infant") & (shown.frame["code"] == "Smile")]
    assert row[["families", "mean", "lower", "seconds", "evidence"]].isna().all(axis=None)
    assert "Smile" not in set(report_fit.shown_terms(few).query("person == 'Infant'")["code"])
    assert report_fit.released(found).frame["mean"].notna().all()


def test_what_cannot_be_shown_says_why(demo_study: Path) -> None:
    items = (
        ViewItem(view="no/such/view"), FitItem(spec=FITTED, chosen=HOME, engine="full"),
        ViewItem(view=TABLE_1, chosen=Chosen(protocol="free_play")), ViewItem(view=TABLE_1),
        ViewItem(view="overview/home_headcam/with_and_without_EPDS", chosen=FATHERS),
        ViewItem(view="overview/home_headcam/with_and_without_EPDS", chosen=HOME),
    )  # fmt: skip
    why = [piece.refused for piece in made(demo_study, ReportSpec(name="why", items=items)).pieces]
    assert "no such view" in why[0] and "not stored" in why[1]
    assert "kind of recording" in why[2] and "kind of recording" in why[3]
    assert "of all families only" in why[4] and why[5] == ""


# --- fits that are stored


def stored(study: Path, folder: Path, generation: str, rows: ModelRows, fit: Fit) -> FitItem:
    """A fit as a slow engine leaves it in `runs/`, of data with this checksum."""
    home = folder_with(study, folder)
    order = stored_fits.order(FITTED, "gibbs", 1, rows, HOME.selection, "Home headcam, no filter", 1, "demo")
    (home / "runs").mkdir()
    stored_fits.keep(home, "ab" * 32, order, generation, rows.frame, fit)
    return FitItem(spec=FITTED, chosen=HOME, engine="gibbs", run="ab" * 32)


def test_a_slow_fit_is_taken_as_it_is_stored(demo_study: Path, report: Report, second, tmp_path: Path) -> None:
    item = stored(demo_study, tmp_path, report.sha256, *second)
    found = made(tmp_path, ReportSpec(name="slow", items=(item,)))
    piece = found.pieces[0]
    assert not piece.refused and not piece.warning
    np.testing.assert_allclose(piece.numbers["mean"], report.pieces[4].numbers["mean"])
    ((_, texts),) = found.methods
    assert "Gibbs sampling as in MLwiN" in " ".join(texts) and "gibbs engine" in texts[-1]
    again = made(tmp_path, ReportSpec(name="slow", items=(item.model_copy(update={"run": ""}),))).pieces[0]
    assert not again.refused, "the fit of the same question on the data of now is found by itself"


def test_a_fit_of_older_data_says_so(demo_study: Path, second, tmp_path: Path) -> None:
    item = stored(demo_study, tmp_path, "0" * 64, *second)
    piece = made(tmp_path, ReportSpec(name="old", items=(item,))).pieces[0]
    assert "not on the current one: fit it again" in piece.warning
    assert made(tmp_path, ReportSpec(name="old", items=(item.model_copy(update={"run": ""}),))).pieces[0].refused


# --- the spec


names = some.from_regex(r"[a-z0-9][a-z0-9_-]{0,20}", fullmatch=True)
texts = some.text(some.characters(codec="utf-8"), max_size=30)
chosen = some.builds(Chosen, protocol=some.none() | texts, families=some.tuples(texts), words=texts)
items = some.one_of(
    some.builds(TextItem, title=texts, text=texts),
    some.builds(ViewItem, view=texts, chosen=chosen, figure=some.booleans()),
    some.builds(FitItem, spec=some.just(FITTED), chosen=chosen, seed=some.integers(0, 9)),
)


@settings(max_examples=30)
@given(some.builds(ReportSpec, name=names, title=texts, items=some.lists(items, max_size=3).map(tuple)))
def test_a_report_comes_back_as_it_was_kept(spec: ReportSpec) -> None:
    assert report_spec.checked(report_spec.plain_data(spec), "x") == spec


def test_reports_are_kept_listed_and_taken_away(tmp_path: Path) -> None:
    assert report_spec.names(tmp_path) == []
    report_spec.save(tmp_path, SPEC)
    assert report_spec.names(tmp_path) == ["usual"] and report_spec.load(tmp_path, "usual") == SPEC
    with pytest.raises(ReportRefused, match="'usaul' is no saved report. Did you mean 'usual'\\?"):
        report_spec.load(tmp_path, "usaul")
    with pytest.raises(ReportRefused):
        report_spec.load(tmp_path, "../usual")
    (tmp_path / "reports" / "usual.json").write_text("{", encoding="utf-8")
    with pytest.raises(ReportRefused, match="cannot be read"):
        report_spec.load(tmp_path, "usual")
    report_spec.remove(tmp_path, "usual")
    assert report_spec.names(tmp_path) == []


def test_wrong_files_are_told_in_a_sentence() -> None:
    for content in ({"name": "Bad Name"}, {"name": "a", "items": [{"kind": "view"}]}, {"name": "a", "more": 1}):
        with pytest.raises(UserError, match="^r.json: "):
            report_spec.checked(content, "r.json")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=1+1", "'=1+1"), ("-3.5", "-3.5"), (-0.001, "0.00"), (-1.256, "\u22121.26"), (float("nan"), ""),
        (SYMBOL, SYMBOL), ("a\ud800b", "ab"), ("a\u202eb\u200fc", "abc"), (1204, "1,204"), (True, "yes"), (None, ""),
    ],
)  # fmt: skip
def test_a_cell_is_text_that_does_nothing(value: object, text: str) -> None:
    assert cell(value) == text


@settings(max_examples=50)
@given(some.text(max_size=500))
def test_clean_words_are_one_harmless_line(text: str) -> None:
    found = clean(text)
    assert len(found) <= 300 and "\n" not in found and found == clean(found)
    assert not set(found) & {"\u202e", "\u2066", "\u200f", "\x00", "\x1b"}
    found.encode()


def test_an_item_without_a_table_has_none(demo_study: Path) -> None:
    spec = ReportSpec(name="bare", methods=False, items=(ViewItem(view=TABLE_1, chosen=HOME, table=False),))
    found = made(demo_study, spec)
    assert table_of(found.pieces[0]).empty and not found.methods
