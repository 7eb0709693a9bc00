"""The durations page: its numbers equal one SQL statement, every choice works, small selections say so."""

import json

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from db import connect
from pages.parts.charts_durations import SPACE, draw_shares, draw_values, in_order, lines, spoken, ticks
from pages.parts.durations_choices import DENOMINATORS, DISPLAYS
from pages.parts.durations_tables import SHARES
from pages.parts.durations_words import basis, cut_points, finding, moments, never_seen, unseen
from pipeline.measures.splits import Split, Thirds
from pipeline.steps.durations import Question
from pipeline.steps.release import release
from tests import studies
from tests.conftest import ROOT
from tests.opening import opened_page

LENGTH = {
    "session": "o.end_ms - o.start_ms",
    "observable": "o.end_ms - o.start_ms - c.unobservable_ms",
    "coded": "c.coded_ms",
}
SPLITS = ["Caregiver role", "Activity", "Camera", "Visit", "Sex of the child", "Birth order", "Household income"]
NUMBERS = [
    "Age of the infant (thirds)",
    "EPDS: depressive symptoms (thirds)",
    "SAPAS: personality difficulties (thirds)",
]


def opened(home, monkeypatch, **query: str) -> AppTest:
    """The page as a link with these choices opens it."""
    return opened_page("durations", home, monkeypatch, query)


def chosen(app: AppTest, **choices: str) -> AppTest:
    for key, value in choices.items():
        app.selectbox(key=key).set_value(value)
    app.run()
    assert not app.exception, [one.message for one in app.exception]
    return app


def shares(app: AppTest) -> pd.DataFrame:
    """The table twin of the main chart."""
    return app.dataframe[0].value.reset_index(drop=True)


def said(app: AppTest) -> str:
    return " ".join(one.value for one in app.main.markdown).replace(SPACE, " ")


def by_sql(home, denominator: str) -> pd.DataFrame:
    """Mean share per subject and code in one statement; zeros for codes allowed but never seen."""
    with connect.open_reader(connect.current(home).file) as connection:
        return connection.execute(
            f"""SELECT c.subject, k.code, 100 * avg(coalesce(d.ms, 0) / ({LENGTH[denominator]})) AS mean, count(*) AS n,
                       count(d.ms) AS seen
                FROM coding c JOIN observation o USING (observation_id)
                JOIN code k ON k.behaviour_group = c.behaviour_group
                     AND list_contains(string_split(k.subjects, ','), c.subject)
                LEFT JOIN duration d ON (d.observation_id, d.coder_id, d.subject, d.behaviour_group, d.code)
                     = (c.observation_id, c.coder_id, c.subject, c.behaviour_group, k.code)
                WHERE c.is_primary AND o.protocol = 'home_headcam' AND NOT ($observable AND k.unobservable)
                GROUP BY ALL""",
            {"observable": denominator == "observable"},
        ).df()


@pytest.mark.parametrize("denominator", list(DENOMINATORS))
def test_the_page_shows_what_sql_counts(hand_study, monkeypatch, denominator) -> None:
    table = shares(chosen(opened(hand_study, monkeypatch), of_time=DENOMINATORS[denominator]))
    expected = by_sql(hand_study, denominator)
    names = {"infant": "Infant", "caregiver1": "Caregiver"}
    on_page = {(row["Person"], row["Behaviour"]): row for _, row in table.iterrows()}
    assert len(on_page) == len(expected) > 0
    for row in expected.itertuples():
        shown = on_page[names[row.subject], row.code]
        assert shown["Mean (% of time)"] == pytest.approx(row.mean, abs=1e-9)
        assert (shown["Observations"], shown["Seen in (observations)"]) == (row.n, row.seen)
        if shown["Note"] == "the same in every observation: no interval":
            continue  # a third of every session, whatever its length
        assert shown["95 % from (% of time)"] < shown["Mean (% of time)"] < shown["95 % to (% of time)"]


def test_a_mean_by_hand(hand_study, monkeypatch) -> None:
    """Positive is the first third of every session, the last 30 s are not visible."""
    table = shares(chosen(opened(hand_study, monkeypatch), of_time=DENOMINATORS["observable"]))
    minutes = [5, 5, 4, 5, 5, 4.5, 5, 3]
    share = np.mean([(60 * each // 3) / (60 * each - 30) for each in minutes]) * 100
    positive = table[(table["Person"] == "Infant") & (table["Behaviour"] == "Positive")].iloc[0]
    assert positive["Mean (% of time)"] == pytest.approx(share)
    assert (positive["Observations"], positive["Dyads"], positive["Families"]) == (8, 6, 5)


def test_the_demo_page_shows_what_sql_counts(demo_study, monkeypatch) -> None:
    app = chosen(opened(demo_study, monkeypatch), behaviour="Visual attention", of_time=DENOMINATORS["session"])
    table = shares(app).set_index(["Person", "Behaviour"])["Mean (% of time)"]
    with connect.open_reader(connect.current(demo_study).file) as connection:
        rows = connection.execute(
            """SELECT subject, 100 * sum(share) / (SELECT count(DISTINCT observation_id) FROM coding
                      WHERE behaviour_group = 'visual_attention' AND subject = s.subject AND is_primary) AS mean
               FROM (SELECT d.subject, d.ms / (o.end_ms - o.start_ms) AS share
                     FROM duration d JOIN coding c USING (observation_id, coder_id, subject, behaviour_group)
                     JOIN observation o USING (observation_id)
                     WHERE c.is_primary AND d.behaviour_group = 'visual_attention'
                           AND d.code = 'Look at focus object') s
               WHERE subject IN ('infant', 'caregiver1') GROUP BY subject"""
        ).fetchall()
    means = dict(rows)
    assert table["Infant", "Look at focus object"] == pytest.approx(means["infant"], abs=1e-9)
    assert table["Caregiver", "Look at focus object"] == pytest.approx(means["caregiver1"], abs=1e-9)
    assert "Look at focus object" in said(app) and "95 % interval" in said(app)


@pytest.mark.parametrize("split", [*SPLITS, *NUMBERS])
def test_every_split(hand_study, monkeypatch, split) -> None:
    app = chosen(opened(hand_study, monkeypatch), split_by=split)
    table = shares(app)
    assert "Group" in table and table["Group"].nunique() >= 2
    assert not table["Group"].isin(["low", "middle", "high"]).any() or split == "Household income"
    assert ("Thirds over the" in said(app)) == split.endswith("(thirds)")
    if split.startswith("EPDS"):
        assert table["Group"].unique().tolist() == ["Lowest third", "Middle third", "Highest third"]


def test_thirds_stand_in_order(demo_study, monkeypatch) -> None:
    app = chosen(opened(demo_study, monkeypatch), split_by="EPDS: depressive symptoms (thirds)")
    assert shares(app)["Group"].unique().tolist() == ["Lowest third", "Middle third", "Highest third"]
    names = [trace["name"] for trace in json.loads(app.get("plotly_chart")[0].proto.spec)["data"][:3]]
    assert [name.split(" (")[0] for name in names] == ["Lowest third", "Middle third", "Highest third"]


def test_people_are_shown_in_pairs(demo_study, monkeypatch) -> None:
    app = opened(demo_study, monkeypatch)
    assert shares(app)["Person"].unique().tolist() == ["Infant", "Caregiver"]
    others = shares(chosen(app, people="Second caregiver and sibling"))
    assert others["Person"].unique().tolist() == ["Second caregiver", "Sibling"]
    assert set(app.dataframe[-1].value["Person"]) == {"Second caregiver", "Sibling"}, "the time budget too"


def test_codes_that_never_occur_are_named_not_drawn(hand_study, monkeypatch, tmp_path) -> None:
    content = studies.tables()
    extra = content["code"].iloc[:1].assign(code="Never|shown", position=9)
    content["code"] = pd.concat([content["code"], extra])
    app = opened(studies.publish(tmp_path, content), monkeypatch)
    assert "Never seen in the selection: Never\\|shown." in said(app)
    assert "Never|shown" in shares(app)["Behaviour"].tolist()
    assert "Never|shown" not in app.get("plotly_chart")[0].proto.spec


def test_a_split_divides_the_observations(hand_study, monkeypatch) -> None:
    table = shares(chosen(opened(hand_study, monkeypatch), split_by="Caregiver role"))
    one = table[(table["Person"] == "Infant") & (table["Behaviour"] == "Positive")].set_index("Group")["Observations"]
    assert one.to_dict() == {"Mother": 6, "Father": 2}
    app = chosen(opened(hand_study, monkeypatch), split_by="Visit")
    assert "1 observation without a value is left out." in said(app)


@pytest.mark.parametrize("display", list(DISPLAYS))
def test_every_display(hand_study, monkeypatch, display) -> None:
    app = chosen(opened(hand_study, monkeypatch), of_time=DENOMINATORS["session"])
    share = shares(app)["Mean (% of time)"]
    shown = shares(chosen(app, shown_as=DISPLAYS[display])).filter(like="Mean (").iloc[:, 0]
    if display == "seconds":
        assert shown.tolist() == pytest.approx((share * 3).tolist())
    if display == "normalised":
        assert (
            shown.tolist() != share.tolist()
            and "One unit is one SD" in said(app)
            and "seconds in five minutes" in said(app)
        )
        ends = shares(app)[["95 % from (SD units)", "Mean (SD units)", "95 % to (SD units)"]].dropna().to_numpy()
        assert len(ends) and np.diff(ends)[:, 0] == pytest.approx(np.diff(ends)[:, 1]), "a z score is not a share"
        assert "all recordings" in said(chosen(app, zeros="All, with zeros"))


def test_a_link_opens_the_choices(hand_study, monkeypatch) -> None:
    app = opened(hand_study, monkeypatch, of_time="Whole session", shown_as="Seconds per 5 min", split_by="Activity")
    assert [app.selectbox(key=key).value for key in ("of_time", "shown_as", "split_by")] == [
        "Whole session", "Seconds per 5 min", "Activity"
    ]  # fmt: skip
    wrong = opened(hand_study, monkeypatch, of_time="DROP TABLE", split_by="nonsense", code="nobody")
    assert not wrong.exception and wrong.selectbox(key="of_time").value == DENOMINATORS["observable"]


def test_one_dyad_has_means_but_no_interval(hand_study, monkeypatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(hand_study))
    app = AppTest.from_file(str(ROOT / "pages" / "_router.py"), default_timeout=60)
    app.session_state["dyad"] = ["F4-M"]
    app.run().switch_page("durations.py").run()
    table = shares(app)
    assert not app.exception and (table["Note"] == "one dyad: no interval").all()
    assert table.filter(like="95 %").isna().all().all() and "1 observation of 1 dyad" in said(app)


def test_the_time_budget_counts_bouts(hand_study, monkeypatch) -> None:
    """One bout per code and recording; Positive lasts a third of 5, 5, 4, 5, 5, 4.5, 5 and 3 minutes."""
    budget = opened(hand_study, monkeypatch).dataframe[-1].value
    row = budget[(budget["Person"] == "Infant") & (budget["Behaviour"] == "Positive")].iloc[0]
    thirds = np.array([5, 5, 4, 5, 5, 4.5, 5, 3]) * 20
    assert (row["Bouts"], row["Gaps"], row["Total (s)"]) == (8, 0, thirds.sum())
    assert row["SD of bouts (s)"] == pytest.approx(thirds.std(ddof=1), abs=5e-4)
    assert row["Median bout (s)"] == np.median(thirds)


def test_the_budget_of_many_bouts_comes_from_stored_sums(hand_study, monkeypatch) -> None:
    few = opened(hand_study, monkeypatch).dataframe[-1].value
    monkeypatch.setattr("pipeline.steps.durations.FEW_EVENTS", 0)
    from pages.parts import store_durations

    store_durations._budget.clear()
    many = opened(hand_study, monkeypatch).dataframe[-1].value
    store_durations._budget.clear()
    assert many["Median bout (s)"].isna().all()
    rest = [name for name in few if name != "Median bout (s)"]
    pd.testing.assert_frame_equal(many[rest], few[rest], check_categorical=False, check_dtype=False)


def test_a_hidden_group_takes_another_along() -> None:
    """Nine families in all and seven mothers would give the two fathers away."""
    frame = pd.DataFrame({"person": "Infant", "code": "Smile", "level": ["Mother", "Father"], "families": [7, 2]})
    numbers = {name: 1.0 for name, _ in SHARES.statistics}
    masked = release(frame.assign(families_with=[6, 0], **numbers), SHARES, "presenting").frame
    assert masked[["families", "mean"]].isna().all(axis=None) and masked["families_with"].tolist() == [6, 0]


# --- figures and sentences -------------------------------------------------------------------------


def frame_of(rows: list[tuple], levels: tuple[str, ...] = ("",)) -> pd.DataFrame:
    names = ["subject", "person", "code", "level", "mean", "low", "high", "unobservable"]
    frame = pd.DataFrame(rows, columns=names).assign(
        colour="#0072B2", dyads=9, observations_with=3, coded_observations=10
    )
    return frame.assign(level=pd.Categorical(frame["level"], categories=list(levels), ordered=True))


BOTH = [
    ("infant", "Infant", "Look at focus object", "", 31.2, 28.1, 34.4, False),
    ("infant", "Infant", "Hidden", "", 60.0, 50.0, 70.0, True),
    ("caregiver1", "Caregiver", "Look at focus object", "", 48.0, 45.0, 51.0, False),
    ("caregiver1", "Caregiver", "Look at infant", "", 20.0, np.nan, np.nan, False),
]
QUESTION = Question("mhint", "visual_attention", "session")


def test_the_finding_is_one_sentence() -> None:
    assert finding(frame_of(BOTH), QUESTION).replace(SPACE, " ") == (
        "Where it could be seen, infants and caregivers spent most time on “Look at focus object”: "
        "infants **31 %** (95 % interval 28 to 34), "
        "caregivers **48 %** (95 % interval 45 to 51) of the session."
    )
    other = [*BOTH[:2], BOTH[3]]
    assert finding(frame_of(other), QUESTION).replace(SPACE, " ") == (
        "Where it could be seen, infants spent most time on “Look at focus object”: **31 %** (95 % interval 28 to 34); "
        "caregivers spent most time on “Look at infant”: **20 %** of the session."
    )
    assert finding(frame_of(BOTH[1:2]), QUESTION) == ""


@pytest.mark.parametrize(
    ("display", "denominator", "end"),
    [
        ("share", "observable", "of the time it could be seen."),
        ("seconds", "session", "in five minutes of the session."),
        ("seconds", "coded", "in five minutes of the coded time."),
    ],
)
def test_the_finding_says_of_which_time(display, denominator, end) -> None:
    said = finding(frame_of(BOTH), Question("mhint", "visual_attention", denominator, display))
    assert said.replace(SPACE, " ").endswith(f") {end}")


def sizes_of(*rows: tuple[str, int]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["subject", "observations"])
    return frame.assign(dyads=frame["observations"] - 1, families=frame["observations"] - 2)


def test_over_what_the_means_are_taken() -> None:
    means = frame_of(BOTH).assign(observations=[9, 9, 9, 9])
    whole = sizes_of(("infant", 9), ("caregiver1", 9))
    assert basis(whole, means).startswith("Means over 9 observations of 8 dyads (7 families). ")
    differing = basis(sizes_of(("infant", 9), ("caregiver1", 7)), means)
    assert differing.startswith(
        "Means over 9 observations of 8 dyads (7 families) of infants and "
        "7 observations of 6 dyads (5 families) of caregivers. "
    )
    assert "; some rest on fewer (see Observations in the table)." in basis(
        whole, means.assign(observations=[9, 9, 9, 8])
    )


def test_codes_that_nobody_showed() -> None:
    frame = frame_of(BOTH).assign(observations_with=[3, 0, 0, 0])
    assert sorted(never_seen(frame)) == ["Hidden", "Look at infant"]


def test_cut_points_are_said() -> None:
    question = Question("mhint", "face", "session", split=Split("score:EPDS", True))
    text = cut_points(Thirds(4, 8.5, {"low": 30, "middle": 1, "high": 24}), question, 2)
    assert text == (
        "Thirds over the caregivers in the selection: lowest up to 4 (30 caregivers), "
        "middle above 4 up to 8.5 (1 caregiver), "
        "highest above 8.5 (24 caregivers). 2 observations without a value are left out."
    )


@pytest.mark.parametrize(
    ("value", "unit", "text"),
    [
        (31.2, "%", "31 %"),
        (0.2, "%", "<1 %"),
        (0.5, "%", "<1 %"),
        (0, "%", "0 %"),
        (93.6, "s", "94 s"),
        (0.423, "SD", "+0.42"),
        (-0.423, "SD", "\u22120.42"),
        (np.nan, "%", ""),
    ],
)
def test_numbers_as_people_say_them(value, unit, text) -> None:
    assert spoken(value, unit).replace(SPACE, " ") == text


def test_the_chart_puts_what_cannot_be_seen_last_and_hatches_it() -> None:
    frame = frame_of(BOTH)
    assert in_order(frame) == ["Look at focus object", "Look at infant", "Hidden"]
    figure = draw_shares(frame, "%", "Mean share")
    assert list(figure.data[0].marker.pattern.shape) == ["", "/"]
    texts = [note.text for note in figure.layout.annotations]
    assert "<b>Infant</b>" in texts and "<b>Caregiver</b>" in texts and "not coded for them" in texts
    assert figure.layout.paper_bgcolor == "rgba(0,0,0,0)" and figure.layout.font.size >= 14


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 66, [0, 25, 50]), (0, 100, [0, 50, 100]), (-1.1, 1.2, [-1, 0, 1]), (0, 0.4, [0, 0.2, 0.4]), (0, 98, [0, 50])],
)
def test_ticks_are_round_and_never_beyond_the_data(low, high, expected) -> None:
    assert ticks(low, high) == expected


def test_no_label_is_cut() -> None:
    long = "Not possible to code visual attention because of a very long explanation of the coder"
    assert lines(long, 48).replace("<br>", " ") == long and max(map(len, lines(long, 48).split("<br>"))) <= 48


def test_a_split_draws_one_mark_per_group_in_order() -> None:
    rows = [(*row[:3], level, *row[4:]) for row in BOTH for level in ("Mother", "Father")]
    figure = draw_shares(frame_of(rows, ("Mother", "Father")), "%", "Mean share")
    assert [trace.name for trace in figure.data[:2]] == ["Mother (9 dyads)", "Father (9 dyads)"]
    assert {trace.marker.symbol for trace in figure.data} == {"circle", "diamond"}, "told apart without colour"
    assert [trace.showlegend for trace in figure.data] == [True, True, False, False]
    lone = draw_shares(frame_of([rows[0], rows[-1]], ("Mother", "Father")), "%", "Mean share")
    assert [trace.showlegend for trace in lone.data] == [True, False, False, True], "a group of the second panel only"


def test_many_dyads_are_a_box_without_dots() -> None:
    dots = pd.DataFrame({"person": "Infant", "level": pd.Categorical([""] * 3000), "value": np.linspace(0, 100, 3000)})
    box = pd.DataFrame(
        {"person": ["Infant"], "level": pd.Categorical([""]), "minimum": 0, "lower_quartile": 25, "median": 50,
         "upper_quartile": 75, "maximum": 100}
    )  # fmt: skip
    many, few = draw_values(dots, box, "%", "share", "#0072B2"), draw_values(dots[:9], box, "%", "share", "#0072B2")
    assert many.data[0].x is None and list(many.data[0].median) == [50]
    assert len(few.data[0].x[0]) == 9 and few.data[0].boxpoints == "all"
    assert [list(getattr(few.data[0], name)) for name in ("q1", "median", "q3")] == [[25], [50], [75]], (
        "as in the table"
    )


def test_a_line_at_zero_never_runs_through_a_label_and_the_sentence_below_has_room() -> None:
    """Each row's line begins 24 pixels below its top, where the label is; the margin grows with the sentence."""
    short, long = (draw_shares(frame_of(BOTH), "%", " ".join(["word"] * count)) for count in (3, 40))
    zeros = [shape for shape in short.layout.shapes if shape.x0 == shape.x1]
    assert len(zeros) == 6 and all(shape.y1 - shape.y0 == pytest.approx(1 - 24 / 62) for shape in zeros)
    said = [note.text for note in long.layout.annotations if note.text.startswith("word")][0]
    extra = 20 * said.count("<br>")
    assert extra > 0 and long.layout.margin.b == short.layout.margin.b + extra
    assert long.layout.height == short.layout.height + extra


def test_a_tiny_unseen_share_is_not_nothing() -> None:
    """19 s of 9.4 hours: less than one per cent and less than a second in five minutes."""
    row = {"subject": "infant", "unobservable_ms": 19_000, "session_ms": 33_840_000}
    assert unseen(pd.DataFrame([row])).replace(SPACE, " ") == (
        "Could not be seen: infants 19 seconds of 9.4 hours (<1 %, <1 second in five minutes)."
    )


def test_moments_are_named_not_drawn() -> None:
    assert moments([]) == ""
    assert moments(["Clap", "Wave"]) == (
        "Moments without length, so not drawn (how often they occur stands in the table): Clap, Wave."
    )


def test_an_empty_third_is_explained() -> None:
    split = Split("score:EPDS", True, "caregiver_id")
    question = Question("mhint", "facial_expression", "session", split=split)
    ties = Thirds(4.0, 4.0, {"lowest third": 6, "middle third": 0, "highest third": 2})
    assert cut_points(ties, question, 0).endswith(
        "middle above 4 up to 4 (0 caregivers), highest above 4 (2 caregivers). "
        "A third without caregivers means that many share one value."
    )
