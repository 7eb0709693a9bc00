"""The overview: every number of the hand study counted by hand or by one DuckDB statement, and every panel drawn."""


import duckdb
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts import charts_overview
from pages.parts.overview_completers import differences_finding
from pages.parts.overview_sample import flow_finding
from pages.parts.overview_words import sample_sentences, sample_table
from pipeline.steps import overview, overview_sample
from pipeline.steps.release import SYMBOL, csv_bytes, release
from tests import studies
from tests.conftest import ROOT

COMPLETE_OR_NOT = ("complete", "missing")
PANELS = ("Sample", "Who has what", "Scores", "Correlations", "Complete or missing")


@pytest.fixture(scope="module")
def cursor(hand_study):
    return connect.open_reader(connect.current(hand_study).file).cursor()


@pytest.fixture(scope="module")
def study(cursor):
    return overview.load(cursor)


def asked(cursor, sql: str) -> list[tuple]:
    return cursor.execute(sql).fetchall()


def opened(home, monkeypatch, panel: str, state: dict | None = None) -> AppTest:
    """The overview at one panel."""
    monkeypatch.setenv("DYADSCOPE_HOME", str(home))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.query_params["panel"] = panel
    for key, value in (state or {}).items():
        app.session_state[key] = value
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def said(app: AppTest) -> str:
    return " ".join(one.value for part in (app.markdown, app.caption, app.info) for one in part)


# The hand study (tests/studies.py): ten observations of seven dyads from six families; two coders, two coded twice.
def test_headline_numbers_by_hand(hand_frame, study) -> None:
    row = overview.tiles(hand_frame, study).iloc[0]
    assert row[["families", "dyads", "observations", "coders", "double_coded"]].tolist() == [6, 7, 10, 2, 2]
    assert row["hours"] == pytest.approx((5 + 5 + 4 + 5 + 5 + 4.5 + 5 + 3 + 6 + 2) / 60)


def test_headline_of_a_selection_counts_only_its_coders(hand_frame, study) -> None:
    row = overview.tiles(hand_frame[hand_frame["observation_id"] == "O03"], study).iloc[0]
    assert row[["families", "observations", "coders", "double_coded"]].tolist() == [1, 1, 1, 0]


def test_sample_counts_each_unit_once(hand_frame, study) -> None:
    """F1 has three observations but one infant; F5's two observations are one infant of unknown birth order."""
    frame = overview_sample.sample(hand_frame, study).set_index(["characteristic", "level"])
    assert frame.loc[("Infant's sex", "female"), ["n", "missing", "unit"]].tolist() == [2, 1, "infants"]
    assert frame.loc[("Infant's sex", "male"), "n"] == 3
    assert frame.loc[("Infant's birth order", "first"), ["n", "missing"]].tolist() == [3, 1]
    assert frame.loc[("Caregiver filmed", "mother"), ["n", "percent"]].tolist() == [8, 80.0]
    assert frame.loc[("Caregivers filmed per family", "two or more"), "n"] == 1
    age = frame.loc[("Infant's age at first recording (months)", "")]
    assert (age["n"], age["missing"], age["median"]) == (6, 0, pytest.approx((7.1 + 7.4) / 2))
    assert frame.loc[("Household income", "low"), ["n", "unit"]].tolist() == [2, "families"]


def test_sample_equals_duckdb(hand_frame, study, cursor) -> None:
    """A second road: activity per observation, and the mothers' number, straight from the tables."""
    frame = overview_sample.sample(hand_frame, study)
    activity = frame[frame["characteristic"] == "Activity"]
    theirs = asked(cursor, "SELECT activity, count(*) FROM observation GROUP BY ALL")
    assert dict(zip(activity["level"], activity["n"], strict=True)) == dict(theirs)
    minutes = frame[frame["characteristic"] == "Length (minutes)"].iloc[0]
    lengths = "SELECT (end_ms - start_ms) / 60000 AS m FROM observation"
    mean, sd = asked(cursor, f"SELECT avg(m), stddev_samp(m) FROM ({lengths})")[0]
    assert (minutes["mean"], minutes["sd"]) == (pytest.approx(mean), pytest.approx(sd))


def test_who_has_what_equals_duckdb(hand_frame, study, cursor) -> None:
    frame = overview.flow(hand_frame, study).set_index("what")
    sql = (
        "SELECT count(DISTINCT d.family_id), count(DISTINCT d.dyad_id), count(*) "
        "FROM observation o JOIN dyad d USING (dyad_id) JOIN observation_score s USING (observation_id) "
        "WHERE s.instrument = '{}'"
    )
    for name in ("EPDS", "SAPAS"):
        row = frame.loc[name, ["families", "dyads", "observations"]].tolist()
        assert tuple(row) == asked(cursor, sql.format(name))[0]
    assert frame.loc["Coded, with every questionnaire", "observations"] == 8, "F1-F lacks the SAPAS, F3-F the EPDS"
    assert frame.loc["Coded, with any questionnaire", "observations"] == 10
    assert frame.loc["Facial expression", "observations"] == 10


def test_a_group_coded_for_the_infant_alone_is_not_complete(hand_frame, study) -> None:
    streams = study.streams.assign(caregiver=study.streams["observation_id"] != "O01")
    changed = overview.Study(streams, study.scores, study.parents, study.instruments, study.variables)
    frame = overview.flow(hand_frame, changed).set_index("what")
    assert frame.loc["Facial expression", "observations"] == 9


def test_scores_count_people_not_observations(hand_frame, study) -> None:
    """EPDS of mothers: F1 3, F2 12, F4 30, F5 0, F6 21, once each however often they were filmed; mean 13.2."""
    frame = overview.score_summary(hand_frame, study).set_index(["instrument", "role"])
    mothers = frame.loc[("EPDS", "mother")]
    assert (mothers["n"], mothers["missing"], mothers["mean"]) == (5, 0, pytest.approx(13.2))
    assert frame.loc[("EPDS", "father"), ["n", "missing"]].tolist() == [1, 1]
    assert frame.loc[("SAPAS", "all"), "n"] == 6


def test_histogram_covers_the_whole_range_and_everybody(hand_frame, study) -> None:
    bins = overview.histogram(hand_frame, study)
    epds = bins[(bins["instrument"] == "EPDS") & (bins["role"] == "mother")].set_index("low")["n"]
    assert epds.index.tolist() == list(range(31)) and epds.sum() == 5
    assert epds[epds > 0].to_dict() == {0: 1, 3: 1, 12: 1, 21: 1, 30: 1}
    wide = study.instruments.assign(high=100.0)
    changed = overview.Study(study.streams, study.scores, study.parents, wide, study.variables)
    bins = overview.histogram(hand_frame, changed)
    one = bins[(bins["instrument"] == "EPDS") & (bins["role"] == "mother")]
    assert one["low"].tolist() == list(range(0, 101, 3)) and one["high"].max() == 100 and one["n"].sum() == 5


def test_correlations_of_people_equal_duckdb(hand_frame, study, cursor) -> None:
    ours = overview.score_correlations(hand_frame, study, None, overview.AS_ANALYSED, "pearson")
    ours = ours[(ours["x"] == "EPDS") & (ours["y"] == "SAPAS")].iloc[0]
    sql = (
        "SELECT count(*), corr(a.total, b.total) FROM score a JOIN score b USING (person_id) "
        "WHERE a.instrument = 'EPDS' AND b.instrument = 'SAPAS'"
    )
    n, r = asked(cursor, sql)[0]
    assert ours["n"] == n == 5 and ours["r"] == pytest.approx(r)
    wave = overview.score_correlations(hand_frame, study, None, "antenatal", "pearson")
    assert wave[(wave["x"] == "EPDS") & (wave["y"] == "SAPAS")].iloc[0]["r"] == pytest.approx(r)
    assert overview.waves(study) == (overview.AS_ANALYSED, "antenatal")
    fathers = overview.score_correlations(hand_frame, study, "father", overview.AS_ANALYSED, "pearson")
    assert fathers["r"].isna().all()


def test_completers_count_families_by_their_main_caregiver(hand_frame, study) -> None:
    """SAPAS: all six families by main caregiver (F1's mother, filmed twice). EPDS: F3's father has none."""
    frame = overview_sample.completers(hand_frame, study, "EPDS")
    roles = frame[frame["characteristic"] == "Main caregiver of the interaction"].set_index("level")
    assert roles.loc["mother", ["n_complete", "n_missing"]].tolist() == [5, 0]
    assert roles.loc["father", ["n_complete", "n_missing"]].tolist() == [0, 1]
    assert overview_sample.completers(hand_frame, study, "SAPAS")["n_missing"].sum() == 0


def test_main_caregiver_is_the_one_filmed_most_often(hand_frame) -> None:
    more = hand_frame[hand_frame["dyad_id"].isin(["F1-M", "F1-F"])]
    families = overview_sample.by_family(more, pd.DataFrame(columns=["family_id", "role", "age_years"]))
    assert families.loc["F1", "role"] == "mother"
    families = overview_sample.by_family(more.iloc[1:], pd.DataFrame(columns=["family_id", "role", "age_years"]))
    assert families.loc["F1", "role"] == "mother", "once each: the younger infant's recording"


def test_the_file_of_table_1_is_masked_in_every_mode(hand_frame, study) -> None:
    frame = overview_sample.completers(hand_frame, study, "EPDS", least=5)
    text = csv_bytes(release(frame, overview_sample.COMPLETERS, "presenting")).decode("utf-8-sig")
    rows = [line.split(",") for line in text.splitlines()[1:-1]]
    position = text.splitlines()[0].split(",").index("n_missing")
    assert all(row[position] in ("0", SYMBOL) for row in rows), "no count of 1 to 4"
    assert "count of 1 to 4 families" in text


def test_the_chance_limit_does_not_give_a_masked_group_size_away() -> None:
    """It is a function of both group sizes: with their sum known, it would tell them."""
    sizes = {"n_complete": [30], "n_missing": [4], "difference": [0.4], "chance_limit": [1.04]}
    frame = pd.DataFrame({"characteristic": ["Age"], "level": [""]} | sizes)
    frame = frame.assign(**{f"{what}_{group}": 1.0 for what in ("mean", "sd", "percent") for group in COMPLETE_OR_NOT})
    masked = release(frame, overview_sample.COMPLETERS, "presenting").frame
    assert masked.drop(columns=["characteristic", "level"]).isna().all(axis=None)


def test_the_sample_in_words(hand_frame, study) -> None:
    tiles = release(overview.tiles(hand_frame, study), overview.TILES, "analyst")
    sample = release(overview_sample.sample(hand_frame, study), overview_sample.SAMPLE, "analyst")
    words = sample_sentences(tiles, sample).replace("\u00a0", " ")
    assert words.startswith(
        "**10 observations** (recordings) of **7 dyads** (an infant with one caregiver) from **6 families**: "
        "80 % with mothers, 20 % with fathers. Infants: median 7.2 (middle half 6.7 to 8.7) months old at the first "
        "recording"
    )
    assert "60 % first-born" in words and "40 % girls" in words and "feeding 40 %" in words
    table = sample_table(sample).frame.set_index("Characteristic")
    sexes = table.loc["Infant's sex"]
    assert sexes["Counted over"] == "5 infants (1 not recorded)"
    told = sexes["In this selection"].replace("\u00a0", " ")
    assert told == "Female **2 (small)** (40 %) · Male **3 (small)** (60 %)"


def test_no_masked_frame_holds_a_small_count(hand_frame, study) -> None:
    frames = (
        (overview_sample.sample(hand_frame, study), overview_sample.SAMPLE),
        (overview_sample.completers(hand_frame, study, "EPDS"), overview_sample.COMPLETERS),
        (overview.histogram(hand_frame, study), overview.HISTOGRAM),
        (overview.flow(hand_frame, study), overview.FLOW),
    )
    for frame, spec in frames:
        masked = release(frame, spec, "presenting")
        assert frame[list(spec.counts)].isin([1, 2, 3, 4]).any(axis=None) and masked.masked
        assert not masked.frame[list(spec.counts)].isin([1, 2, 3, 4]).any(axis=None)


def test_the_finding_names_what_differs_more_than_chance() -> None:
    rows = pd.DataFrame(
        {
            "characteristic": ["Infant's age", "Camera", "Sex"],
            "difference": [-0.9, 0.5, None],
            "chance_limit": [0.5, 0.6, 0.5],
        }
    )
    assert differences_finding(rows, "EPDS") == (
        "Families with and without the EPDS differ more than by chance in: Infant's age (0.9 SD)"
    )
    rows["difference"] = [0.1, 0.2, None]
    assert "do not differ more than chance" in differences_finding(rows, "EPDS")
    assert differences_finding(rows.assign(difference=None), "EPDS").startswith("Nothing to compare")


def test_histogram_axis_is_the_full_range_whatever_the_scores(hand_frame, study) -> None:
    bins = overview.histogram(hand_frame, study)
    bins = bins[bins["instrument"] == "EPDS"]
    figure = charts_overview.draw_scores(bins, 13.2, 0, 30, 4, {"mother": "Mother", "father": "Father"})
    assert figure.layout.xaxis.range == (-1, 31)
    few = charts_overview.draw_scores(bins[bins["role"] == "father"], 7.0, 0, 30, 4, {"father": "Father"})
    assert few.layout.xaxis.range == (-1, 31) and few.layout.yaxis.range == figure.layout.yaxis.range


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_of_the_hand_study(panel: str, hand_study, monkeypatch) -> None:
    app = opened(hand_study, monkeypatch, panel)
    assert len(app.metric) == 5 and app.metric[0].value == "5", "the hand study opens at its home recordings"
    assert panel in ("Sample",) or app.get("plotly_chart")


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_with_one_dyad(panel: str, hand_study, monkeypatch) -> None:
    app = opened(hand_study, monkeypatch, panel, {"dyad": ["F3-F"]})
    assert app.metric[2].value == "1"


def test_filtered_out_says_what_to_do(hand_study, monkeypatch) -> None:
    app = opened(hand_study, monkeypatch, "Scores", {"family": ["F1"], "dyad": ["F4-M"]})
    assert "No observation is left." in app.info[0].value


@pytest.mark.parametrize("panel", PANELS)
def test_every_panel_of_the_demo(panel: str, demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch, panel)
    assert [tile.value for tile in app.metric[:3]] == ["97", "102", "142"]
    assert not app.error


def test_the_overview_of_25_000_observations_is_quick(hand_frame, study) -> None:
    """Vectorised: no loop over observations (the generous limit catches one; figures are in benchmarks/)."""
    from time import perf_counter

    copies = pd.concat([hand_frame] * 2_500, ignore_index=True)
    number = (pd.Series(range(len(copies))) // len(hand_frame)).astype(str)
    for column in ("observation_id", "dyad_id", "family_id", "infant_id", "caregiver_id"):
        copies[column] = copies[column] + "-" + number
    start = perf_counter()
    for topic in (overview.tiles, overview_sample.sample, overview.flow, overview.score_summary, overview.histogram):
        topic(copies, study)
    overview.score_correlations(copies, study, None, overview.AS_ANALYSED, "spearman")
    overview_sample.completers(copies, study, "EPDS")
    assert perf_counter() - start < 6


def test_statements_run_on_an_empty_study(tmp_path) -> None:
    """A study without questionnaires, variables or coding still has an overview."""
    tables = studies.tables()
    kept = {name: tables[name] for name in ("study", "family", "person", "dyad", "observation")}
    home = studies.publish(tmp_path, kept)
    cursor = connect.open_reader(connect.current(home).file).cursor()
    from pipeline.steps.observe import observation_frame

    frame, study = observation_frame(cursor), overview.load(cursor)
    assert overview.tiles(frame, study).iloc[0]["hours"] == 0
    assert overview.flow(frame, study)["what"].tolist() == ["Recorded"]
    assert overview.histogram(frame, study).empty and overview.score_summary(frame, study).empty
    assert duckdb.execute("SELECT count(*) FROM frame").fetchone() == (10,)


def test_one_observation_is_one() -> None:
    """'1 observation', never '1 observations'; the finding agrees with its number."""
    row = {"stage": "Complete", "what": "Coded, with every questionnaire", "families": 1, "dyads": 1, "observations": 1}
    rows = pd.DataFrame([row | {"stage": "All", "what": "Recorded", "observations": 2}, row])
    assert charts_overview.draw_flow(rows).data[0].text[1] == " <b>1</b> observation<br> 1 dyad, 1 family"
    assert flow_finding(rows) == "1 of 2 observations (50 %) is coded, with every questionnaire"
