"""Real files through the whole import: the numbers that are known of them, each by one statement on the events."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from pipeline.catalogue.spec import load_spec
from pipeline.steps.dynamics import Answer, ask, read_stream
from pipeline.steps.dynamics_pools import responses, sequences
from pipeline.steps.dynamics_question import Question, Side
from pipeline.steps.fit import quick
from pipeline.steps.import_study import Outcome, import_study
from pipeline.steps.observe import observation_frame
from tests.reading_parts import real

STUDIES = Path(__file__).parent / "studies"
Ask = Callable[[str], list[tuple]]


def imported(name: str, file: str, home: Path) -> Outcome:
    return import_study(STUDIES / name / "STUDY.toml", home, real(file).parent, report=lambda line: None)


def asking(outcome: Outcome) -> Iterator[tuple[Outcome, Ask]]:
    with duckdb.connect(str(outcome.generation.file), read_only=True) as connection:
        yield outcome, lambda sql: connection.execute(sql).fetchall()


@pytest.fixture(scope="module")
def play(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Ask]]:
    home = tmp_path_factory.mktemp("play")
    yield from asking(imported("play", "play_interactions_15hz/observer_sampled_15hz.csv.gz", home))


@pytest.fixture(scope="module")
def classroom(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Ask]]:
    home = tmp_path_factory.mktemp("classroom")
    yield from asking(imported("classroom", "observer_event_log/classroom_event_log.csv", home))


@pytest.fixture(scope="module")
def boris(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Ask]]:
    yield from asking(imported("boris", "boris/test.boris", tmp_path_factory.mktemp("boris")))


@pytest.fixture(scope="module")
def elan(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Ask]]:
    yield from asking(imported("elan", "elan/example.eaf", tmp_path_factory.mktemp("elan")))


@pytest.fixture(scope="module")
def datavyu(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Outcome, Ask]]:
    yield from asking(imported("datavyu", "datavyu/dyad1.opf", tmp_path_factory.mktemp("datavyu")))


def test_play_every_row_and_every_recording_arrives(play):
    outcome, ask = play
    assert (outcome.rows, outcome.accepted, outcome.rejected, outcome.blank) == (509_998, 509_998, 0, 0)
    assert ask("SELECT count(*), count(DISTINCT family_id) FROM observation JOIN dyad USING (dyad_id)") == [(289, 58)]
    assert ask("SELECT visit, count(*) FROM observation GROUP BY 1 ORDER BY 1") == [
        ("4 months", 148),
        ("8 months", 141),
    ]
    median, shortest, longest = ask("SELECT median(end_ms), min(end_ms), max(end_ms) FROM observation")[0]
    assert [round(ms / 1000, 1) for ms in (median, shortest, longest)] == [121.2, 24.5, 182.6]


def test_play_knows_who_plays(play):
    """E 96, M 96, F 94, M1 1, M2 2: both mothers of one family are mothers; as 'Adult type' counts, 97 / 96 / 96."""
    _, ask = play
    roles = "SELECT role, count(*) FROM observation JOIN dyad USING (dyad_id) GROUP BY 1 ORDER BY 1"
    assert ask(roles) == [("father", 94), ("mother", 99), ("stranger", 96)]
    assert sorted(number for *_, number in ask("SELECT text, count(*) FROM observation_variable GROUP BY 1")) == [
        96,
        96,
        97,
    ]


def test_play_bouts_are_those_of_the_samples(play):
    _, ask = play
    streams = "SELECT behaviour_group, subject, sum(events)::INT FROM coding GROUP BY 1, 2"
    assert {(group, subject): bouts for group, subject, bouts in ask(streams)} == {
        ("gaze", "infant"): 5_517,
        ("gaze", "caregiver1"): 1_817,
        ("affect", "infant"): 5_607,
        ("affect", "caregiver1"): 4_035,
        ("pointing", "infant"): 431,
        ("pointing", "caregiver1"): 253,
        ("speech", "caregiver1"): 2_613,
    }
    affect = "SELECT code, count(*) FROM event WHERE behaviour_group = 'affect' AND subject = 'infant' GROUP BY 1"
    assert dict(ask(affect)) == {"Neut": 2_741, "Positive": 2_187, "Negative": 607, "Not codable": 72}


TOGETHER = """
    SELECT sum(least(a.offset_ms, b.offset_ms) - greatest(a.onset_ms, b.onset_ms))
           / (SELECT sum(end_ms) FROM observation)
    FROM event a JOIN event b USING (observation_id, code)
    WHERE a.subject = 'infant' AND b.subject = 'caregiver1' AND code = '{code}'
      AND a.onset_ms < b.offset_ms AND b.onset_ms < a.offset_ms
"""


@pytest.mark.parametrize(("code", "share"), [("to adult/infant", 0.73168), ("Positive", 0.25627)])
def test_play_what_both_do_together(play, code, share):
    """73.168 % and 25.627 % of the samples; by time the shares are the same to the last digit."""
    _, ask = play
    assert round(ask(TOGETHER.format(code=code))[0][0], 5) == share


def test_play_time_in_all_and_of_smiles(play):
    """509,998 steps of 1/15 s; without the last step of each recording 33,980.6 s. The infants are positive in .28469
    of all time and .28582 of the time in which their faces can be coded."""
    _, ask = play
    ((ms, recordings),) = ask("SELECT sum(end_ms)::BIGINT, count(*) FROM observation")
    assert abs(ms - 509_998 * 1000 / 15) < recordings
    assert round((ms - recordings * 1000 / 15) / 1000, 1) == 33_980.6
    ((positive, codable),) = ask(
        "SELECT sum(ms) FILTER (code = 'Positive'), sum(ms) FILTER (code <> 'Not codable') FROM duration"
        " WHERE subject = 'infant' AND behaviour_group = 'affect'"
    )
    assert (round(positive / ms, 5), round(positive / codable, 5)) == (0.28469, 0.28582)


def test_play_leaves_no_time_uncoded_where_none_may_be(play):
    """Gaze, affect and speech cover every recording to the millisecond; nothing is refused, mended or doubted."""
    outcome, ask = play
    assert not {"error", "warning"} & outcome.issues.keys()
    holes = "SELECT count(*) FROM coding JOIN observation USING (observation_id) WHERE coded_ms <> end_ms AND"
    assert ask(f"{holes} behaviour_group <> 'pointing'") == [(0,)]
    assert ask("SELECT count(*) FROM raw_row WHERE outcome <> 'accepted'") == [(0,)]


def test_play_answers_to_a_smile(play):
    """Adult Positive onsets followed by a child Positive onset within 2 s: 284 of 1,755 (2,115 child onsets)."""
    _, ask = play
    onsets = "SELECT observation_id, onset_ms FROM event WHERE code = 'Positive' AND onset_ms > 0 AND subject = "
    answered = f"""
        WITH adult AS ({onsets} 'caregiver1'), child AS ({onsets} 'infant')
        SELECT (SELECT count(*) FROM child), count(*), count(*) FILTER (EXISTS (
            SELECT 1 FROM child c WHERE c.observation_id = a.observation_id
            AND c.onset_ms > a.onset_ms AND c.onset_ms <= a.onset_ms + 2000)) FROM adult a"""
    assert ask(answered) == [(2_115, 1_755, 284)]


@pytest.fixture(scope="module")
def affect(play) -> Callable[[Question], Answer]:
    """Answers of the dynamics page about the affect of child and adult."""
    outcome, _ = play
    with duckdb.connect(str(outcome.generation.file), read_only=True) as connection:
        cursor = connection.cursor()
        frame = observation_frame(cursor)
        streams = {who: read_stream(cursor, who) for who in (CHILD, ADULT)}
    return lambda question: ask(question, *(streams[replace(side, code=None)] for side in sides(question)), frame)


CHILD, ADULT = (Side("play_interactions", "affect", subject) for subject in ("infant", "caregiver1"))


def sides(question: Question) -> tuple[Side, Side]:
    return question.given, question.target


def positive(side: Side) -> Side:
    return replace(side, code="Positive")


def test_play_contingent_smiles(affect):
    """Adult Positive -> child Positive within 2 s: 284 of 1,755 (.1618), 2,115 child onsets, base .1170."""
    answer = affect(Question("contingent", positive(ADULT), positive(CHILD), window_ms=2000))
    row = responses(answer).iloc[0]
    assert row[["antecedents", "followed", "consequents"]].tolist() == [1_755, 284, 2_115]
    assert (round(row["share"], 4), round(row["base"], 4)) == (0.1618, 0.1170)
    assert row["session_ms"] / 1000 - 289 / 15 == pytest.approx(33_980.6, abs=0.05)
    assert (len(answer.rows), answer.rows["followed"].sum()) == (289, 284)


def test_play_transitions_of_the_childs_affect(affect):
    answer = affect(Question("transition", positive(CHILD), replace(CHILD, code="Neut")))
    found = sequences(answer)
    assert found.tests.loc[0, "n"] == 5_318 == 5_607 - 289
    counts = found.cells.set_index(["given", "target"])["observed"]
    expected = {
        ("Neut", "Positive"): 2_025,
        ("Positive", "Neut"): 1_973,
        ("Negative", "Neut"): 509,
        ("Neut", "Negative"): 491,
        ("Positive", "Negative"): 107,
        ("Negative", "Positive"): 71,
    }
    assert {pair: counts[pair] for pair in expected} == expected
    assert answer.pooled.loc[0, "value"] == pytest.approx(1_973 / counts["Positive"].sum())
    assert found.long_run.set_index("code")["share"].sum() == pytest.approx(1)


def test_play_both_positive_as_a_cell_of_the_grid(affect):
    """25.627 % of the samples: of all time, so that faces that cannot be coded count as codes."""
    answer = affect(Question("grid", positive(CHILD), positive(ADULT), "share", unseen="code"))
    assert round(answer.pooled.loc[0, "value"], 5) == 0.25627


def test_play_affect_by_age(play):
    """The child's positive affect against neutral: at 8 months more of the time than at 4, whoever plays.

    The second road is one statement: a straight line per behaviour through standardised shares of codable time. The
    model differs from it by the covariates and by what the adult's rows tell.
    """
    outcome, ask = play
    slopes = ask("""
        WITH time AS (
            SELECT observation_id, subject, code, covered_ms,
                   sum(covered_ms) FILTER (code <> 'Not codable') OVER (PARTITION BY observation_id, subject) AS seen
            FROM duration WHERE behaviour_group = 'affect'
        ), share AS (
            SELECT subject, code, covered_ms / seen AS share, infant_age_months AS age
            FROM time JOIN observation USING (observation_id) WHERE code <> 'Not codable' AND covered_ms > 0
        ), scaled AS (
            SELECT subject, code, age, (share - avg(share) OVER side) / stddev_samp(share) OVER side AS y
            FROM share WINDOW side AS (PARTITION BY subject)
        )
        SELECT subject, code, regr_slope(y, age) * (SELECT stddev_samp(infant_age_months) FROM observation)
        FROM scaled GROUP BY ALL""")
    line = {(subject, code): slope for subject, code, slope in slopes}
    with duckdb.connect(str(outcome.generation.file), read_only=True) as connection:
        spec = load_spec(str(STUDIES / "play" / "affect_age.toml"))
        found = quick(connection.cursor(), spec, observation_frame(connection.cursor()), seed=1)
    terms = found.terms.set_index(["response", "term"])
    assert (found.units, found.rows) == (289, 787)
    for response, subject in (("infant", "infant"), ("caregiver", "caregiver1")):
        for code in ("Positive", "Negative"):
            row = terms.loc[(response, f"{code} x infant_age_months")]
            expected = line[subject, code] - line[subject, "Neut"]
            assert abs(row["mean"] - expected) < 0.35 * row["sd"]
    child = terms.loc[("infant", "Positive x infant_age_months")]
    assert 0.03 < child["lower"] < 0.15 < child["upper"]


def test_classroom_bouts_by_stored_milliseconds(classroom):
    outcome, ask = classroom
    assert (outcome.rows, outcome.accepted) == (1_620, 1_620)
    assert not {"error", "warning"} & outcome.issues.keys()
    sums = "SELECT code, count(*), sum(offset_ms - onset_ms)::INT FROM event GROUP BY 1"
    assert {code: (bouts, ms) for code, bouts, ms in ask(sums)} == {
        "Desengagement": (451, 6_477_762),
        "Verbal": (91, 234_001),
        "Impatient behavior": (158, 601_444),
        "Removing Sth from other's hands": (60, 89_982),
        "Physical": (34, 51_120),
        "Sabotage": (9, 24_080),
        "Artifact Monopolization": (5, 18_760),
        "Leave the activity": (2, 847_706),
    }


def test_classroom_each_child_is_a_recording(classroom):
    """45 pairs of recording and child; 37 overlaps between neighbours of one child are kept: no code excludes."""
    _, ask = classroom
    assert ask("SELECT count(*), count(DISTINCT split_part(observation_id, ' / ', 1)) FROM observation") == [(45, 8)]
    overlaps = """
        SELECT count(*) FROM (SELECT onset_ms < lag(offset_ms) OVER (
            PARTITION BY observation_id ORDER BY onset_ms, offset_ms) AS early FROM event) WHERE early"""
    assert ask(overlaps) == [(37,)]


def test_boris_budgets(boris):
    _, ask = boris
    budget = (
        "SELECT subject, count(*), sum(offset_ms - onset_ms)::INT FROM event WHERE code = 's' AND observation_id = "
    )
    first = {(subject, bouts, ms) for subject, bouts, ms in ask(f"{budget} 'observation #1' GROUP BY 1")}
    assert first == {("infant", 3, 16_875), ("caregiver1", 1, 7_675)}
    second = {(subject, bouts, ms) for subject, bouts, ms in ask(f"{budget} 'observation #2' GROUP BY 1")}
    assert second == {("sibling", 6, 59_625), ("infant", 2, 23_775), ("caregiver1", 2, 8_825)}


def test_boris_the_seven_toggles_of_a_state(boris):
    """'live not paired' toggles s seven times: three bouts, and one that is open to the end of the coded data."""
    outcome, ask = boris
    assert (outcome.rows, outcome.accepted) == (133, 133)
    bouts = (
        "SELECT onset_ms, offset_ms, repaired FROM event"
        " WHERE observation_id = 'live not paired' AND code = 's' ORDER BY 1"
    )
    assert ask(bouts) == [
        (2_718, 10_478, ""),
        (12_926, 17_470, ""),
        (19_502, 24_318, ""),
        (26_862, 26_862, "closed_at_end"),
    ]
    assert ask("SELECT line, detail, action FROM issue WHERE kind = 'start_without_stop'") == [
        (
            587,
            "test.boris, line 587: the state 's' of a sibling starts but never stops.",
            "It was closed at the end of the observation (26.862 s).",
        )
    ]


def test_boris_modifiers_and_the_state_that_never_stops(boris):
    _, ask = boris
    states = "SELECT modifier, sum(offset_ms - onset_ms)::INT FROM event WHERE code = 'r' GROUP BY 1 ORDER BY 1"
    assert ask(states) == [("", 10_400), ("m1", 8_775)]
    assert ask("SELECT count(*) FROM event WHERE repaired = 'closed_at_end'") == [(1,)]


def test_elan_who_speaks_how_long(elan):
    """Four of the six tiers are mapped: 134 + 91 + 18 + 30 annotations, all accepted."""
    outcome, ask = elan
    assert (outcome.rows, outcome.accepted, outcome.rejected, outcome.blank) == (273, 273, 0, 0)
    assert ask("SELECT subject, count(*), sum(offset_ms - onset_ms)::INT FROM event GROUP BY 1 ORDER BY 1") == [
        ("caregiver1", 91, 81_202),
        ("caregiver2", 18, 19_879),
        ("infant", 134, 116_877),
        ("sibling", 30, 38_918),
    ]
    assert ask("SELECT onset_ms, offset_ms, start_line FROM event WHERE subject = 'infant' ORDER BY 1 LIMIT 2") == [
        (3_150, 3_332, 604),
        (4_409, 5_699, 609),
    ]
    assert ask("SELECT end_ms FROM observation") == [(300_113,)]


def test_elan_child_tiers_qualify_and_have_no_time(elan):
    """416 references bring no second of their own: 120 of the child's 134 are words, 49 of them of more than one."""
    outcome, ask = elan
    words = "SELECT modifier, count(*) FROM event WHERE subject = 'infant' GROUP BY 1 ORDER BY 1"
    assert ask(words) == [("0", 14), ("W|1", 71), ("W|M", 49)]
    words = "SELECT modifier, count(*) FROM event WHERE subject = 'caregiver1' GROUP BY 1 ORDER BY 1"
    assert ask(words) == [("A", 8), ("C", 82), ("U", 1)]
    assert ask("SELECT kind, count FROM issue ORDER BY 1") == [
        ("empty_vocabulary", 4),
        ("length_from_codes", 1),
        ("tier_not_read", 1),
    ]


def test_datavyu_cells_and_codes(datavyu):
    """50 + 50, 33 + 100 and 3 + 5 cells; the cells with nothing in them are blank."""
    outcome, ask = datavyu
    assert (outcome.rows, outcome.accepted, outcome.rejected, outcome.blank) == (241, 224, 1, 16)
    assert ask("SELECT path, rows FROM source WHERE content = 'coded' ORDER BY 1") == [
        ("dyad1.opf", 100),
        ("dyad2.opf", 133),
        ("dyad3.opf", 8),
    ]
    assert ask("SELECT subject, behaviour_group, count(*) FROM event GROUP BY ALL ORDER BY ALL") == [
        ("caregiver1", "hand", 122),
        ("caregiver1", "look", 100),
        ("infant", "hand", 68),
        ("infant", "look", 59),
    ]


def test_datavyu_events_by_a_second_road(datavyu):
    """DuckDB reads the CSV exports of the same cells itself: every filled code is one event, to the millisecond."""
    _, ask = datavyu
    table = (
        "SELECT file, CASE WHEN \"column\" LIKE 'child%' THEN 'infant' ELSE 'caregiver1' END AS subject, unnest(["
        "{{'g': 'hand', 'c': hand}}, {{'g': 'look', 'c': look}}], recursive := true), onset, "
        "\"offset\" FROM read_csv('{}', all_varchar = true, union_by_name = true)"
    ).format(real("datavyu/childhands__dyad1.csv").parent / "*.csv")
    cells = f"""SELECT file, subject, g, CASE c WHEN 'l' THEN 'left' ELSE c END, onset::BIGINT, "offset"::BIGINT
        FROM ({table}) WHERE c <> '' AND "offset"::BIGINT >= onset::BIGINT"""
    events = "SELECT observation_id, subject, behaviour_group, code, onset_ms, offset_ms FROM event"
    assert ask(f"SELECT count(*) FROM ({cells})") == [(349,)]
    assert ask(f"({cells}) EXCEPT ALL ({events})") == [] == ask(f"({events}) EXCEPT ALL ({cells})")


def test_datavyu_the_cell_that_ends_before_it_starts_is_refused(datavyu):
    _, ask = datavyu
    assert ask("SELECT line, reason FROM raw_row WHERE outcome = 'rejected'") == [(5, "offset_before_onset")]
    assert ask("SELECT DISTINCT severity, kind, file, line FROM issue WHERE severity = 'error'") == [
        ("error", "offset_before_onset", "dyad3.opf", 5)
    ]
