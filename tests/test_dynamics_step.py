"""Dynamics of a published study: every pooled number by one statement on the events, and what the page gets."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import pytest

from pipeline.errors import StudyError, UserError
from pipeline.measures.recurrence import rate
from pipeline.measures.splits import Split
from pipeline.steps.dynamics import NOT_CODED, POOLED, ROW, Answer, Coded, ask, read_stream
from pipeline.steps.dynamics_pools import (
    clocks,
    grids,
    levels,
    per_dyad,
    profile,
    recurrences,
    responses,
    sequences,
    visits,
    waiting,
)
from pipeline.steps.dynamics_question import STATISTICS, Question, Side
from pipeline.steps.observe import observation_frame
from tests.dynamics_parts import drawn_events, sessions

FACE, VOICE = "facial_expression", "infant_vocalisation"
INFANT, CAREGIVER = Side("mhint", FACE, "infant", "Positive"), Side("mhint", FACE, "caregiver1", "Positive")
DISTRESS = Side("mhint", VOICE, "infant", "Distressed")
SPEECH = Side("mhint", "caregiver_vocalisation", "caregiver1", "Speech")
QUESTIONS = [
    Question(measure, INFANT, replace(INFANT, code="Smile") if measure == "transition" else CAREGIVER, number)
    for measure, numbers in STATISTICS.items()
    for number in numbers
]


class Demo:
    """The published demo with its streams read once."""

    def __init__(self, home: Path) -> None:
        file = json.loads((home / "published" / "CURRENT.json").read_text())["file"]
        self.cursor = duckdb.connect(str(home / "published" / file), read_only=True)
        self.observations = observation_frame(self.cursor)
        self.streams: dict[tuple[str, str, str], Coded] = {}

    def stream(self, side: Side) -> Coded:
        if side.stream not in self.streams:
            self.streams[side.stream] = read_stream(self.cursor, side)
        return self.streams[side.stream]

    def ask(self, question: Question, observations: pd.DataFrame | None = None) -> Answer:
        chosen = self.observations if observations is None else observations
        return ask(question, self.stream(question.given), self.stream(question.target), chosen)

    def sql(self, statement: str, *values: object) -> pd.DataFrame:
        return self.cursor.execute(statement, list(values)).df()


@pytest.fixture(scope="module")
def demo(demo_study) -> Iterator[Demo]:
    found = Demo(demo_study)
    yield found
    found.cursor.close()


PRIMARY = """
    WITH primary_event AS (
        SELECT e.observation_id, e.subject, e.behaviour_group, e.code, e.onset_ms, e.offset_ms, o.start_ms, o.end_ms
        FROM event e JOIN coding USING (observation_id, coder_id, subject, behaviour_group)
        JOIN observation o USING (observation_id) WHERE is_primary),
    both_coded AS (
        SELECT a.observation_id FROM coding a JOIN coding b USING (observation_id) WHERE a.is_primary AND b.is_primary
        AND a.subject = 'infant' AND a.behaviour_group = '{group}' AND b.subject = 'caregiver1'
        AND b.behaviour_group = '{other}'),
    one AS (SELECT e.* FROM primary_event e JOIN both_coded USING (observation_id)
            WHERE subject = 'infant' AND behaviour_group = '{group}'),
    two AS (SELECT e.* FROM primary_event e JOIN both_coded USING (observation_id)
            WHERE subject = 'caregiver1' AND behaviour_group = '{other}')
"""
FACES = PRIMARY.format(group=FACE, other=FACE)


def test_responses_are_those_of_one_statement(demo):
    found = demo.ask(Question("contingent", INFANT, CAREGIVER, window_ms=3000))
    expected = demo.sql(
        FACES
        + """SELECT count(*) AS antecedents, count(*) FILTER (EXISTS (
                 FROM two t WHERE t.observation_id = one.observation_id AND t.code = 'Positive'
                 AND t.onset_ms > one.onset_ms AND t.onset_ms <= one.onset_ms + 3000)) AS followed,
             (SELECT count(*) FROM two WHERE code = 'Positive' AND onset_ms > start_ms) AS consequents,
             (SELECT sum(end_ms - start_ms)::DOUBLE
              FROM observation JOIN both_coded USING (observation_id)) AS session_ms
             FROM one WHERE code = 'Positive' AND onset_ms > start_ms"""
    ).iloc[0]
    row = responses(found).iloc[0]
    assert row[list(expected.index)].tolist() == expected.tolist()
    share, base = (
        expected["followed"] / expected["antecedents"],
        1 - np.exp(-3000 * expected["consequents"] / expected["session_ms"]),
    )
    assert row["excess"] == pytest.approx(share - base)
    assert row["odds_ratio"] == pytest.approx(share / (1 - share) / (base / (1 - base)))
    assert found.pooled.loc[0, "value"] == pytest.approx(share)
    assert found.pooled.loc[0, "low"] < share < found.pooled.loc[0, "high"]
    assert found.rows["followed"].sum() == expected["followed"]


def test_transitions_are_those_of_one_window_function(demo):
    found = sequences(demo.ask(QUESTIONS[2]))
    expected = demo.sql(
        FACES
        + """, chained AS (SELECT observation_id, code, onset_ms FROM one
                 QUALIFY code IS DISTINCT FROM lag(code) OVER (PARTITION BY observation_id ORDER BY onset_ms)),
             pair AS (SELECT code AS target, lag(code) OVER (PARTITION BY observation_id ORDER BY onset_ms) AS given
                 FROM chained)
             SELECT given, target, count(*) AS n FROM pair WHERE given IS NOT NULL GROUP BY ALL"""
    )
    cells = found.cells.merge(expected, on=["given", "target"], how="left").fillna({"n": 0})
    assert (cells["observed"] == cells["n"]).all()
    assert found.tests.loc[0, "n"] == expected["n"].sum() > 1000
    assert found.long_run["share"].sum() == pytest.approx(1)
    assert found.irreducible
    rows = found.cells[found.cells["observed"] > 0].groupby("given")["share"].sum()
    assert rows.tolist() == pytest.approx([1] * len(rows))
    assert (found.cells["possible"] == (found.cells["given"] != found.cells["target"])).all()
    second = replace(INFANT, code="Smile")
    for question in (Question("lag", INFANT, second, lag=2), Question("lag", INFANT, second, basis="time-sampled")):
        assert sequences(demo.ask(question)).cells["possible"].all()


def test_what_comes_next_is_that_of_one_asof_join(demo):
    found = sequences(demo.ask(Question("lag", INFANT, CAREGIVER)))
    expected = demo.sql(
        FACES
        + """SELECT one.code AS given, two.code AS target, count(*) AS n
             FROM (FROM one WHERE onset_ms > start_ms) one ASOF JOIN (FROM two WHERE onset_ms > start_ms) two
             ON one.observation_id = two.observation_id AND two.onset_ms > one.onset_ms GROUP BY ALL"""
    )
    cells = found.cells.merge(expected, on=["given", "target"], how="left").fillna({"n": 0})
    assert (cells["observed"] == cells["n"]).all()
    assert expected["n"].sum() > 1000
    assert not found.irreducible
    assert found.long_run["share"].isna().all()


def test_moments_are_those_of_one_join_on_a_series(demo):
    """The transitions from second to second, and the matches behind the recurrence rate and the profile."""
    shown = """, moment AS (SELECT observation_id, start_ms + unnest(range(0, end_ms - start_ms, 1000)) AS ms
                  FROM observation JOIN both_coded USING (observation_id)),
        seen AS (SELECT m.observation_id, m.ms, one.code AS first, two.code AS second FROM moment m
                 LEFT JOIN one ON one.observation_id = m.observation_id
                           AND m.ms >= one.onset_ms AND m.ms < one.offset_ms
                 LEFT JOIN two ON two.observation_id = m.observation_id
                           AND m.ms >= two.onset_ms AND m.ms < two.offset_ms)
    """
    found = sequences(demo.ask(Question("lag", INFANT, CAREGIVER, basis="time-sampled", lag=2)))
    expected = demo.sql(
        FACES
        + shown
        + """SELECT a.first AS given, b.second AS target, count(*) AS n FROM seen a JOIN seen b
             ON a.observation_id = b.observation_id AND b.ms = a.ms + 2000
             WHERE a.first IS NOT NULL AND b.second IS NOT NULL GROUP BY ALL"""
    )
    cells = found.cells.merge(expected, on=["given", "target"], how="left").fillna({"n": 0})
    assert (cells["observed"] == cells["n"]).all()
    same = Question("recurrence", replace(INFANT, code=None), replace(CAREGIVER, code=None))
    answer = demo.ask(replace(same, statistic="at_lag", lag=3))
    hidden = "('Face not visible')"
    matches = demo.sql(
        FACES
        + shown
        + f"""SELECT count(*) FILTER (a.first = b.second AND a.first NOT IN {hidden}) AS matches, count(*) AS samples
              FROM seen a JOIN seen b ON a.observation_id = b.observation_id AND b.ms = a.ms + 3000"""
    ).iloc[0]
    assert answer.pooled.loc[0, "value"] == pytest.approx(matches["matches"] / matches["samples"])
    row = profile(answer).set_index("lag").loc[3]
    assert (row["matches"], row["samples"], row["lag_s"]) == (matches["matches"], matches["samples"], 3)
    points = demo.sql(
        FACES
        + shown
        + f""", ours AS (SELECT observation_id, first AS code, count(*) AS n FROM seen
                  WHERE first NOT IN {hidden} GROUP BY ALL),
             theirs AS (SELECT observation_id, second AS code, count(*) AS n FROM seen GROUP BY ALL)
             SELECT sum(ours.n * theirs.n)::DOUBLE AS points,
                    (SELECT sum(n * n)::DOUBLE FROM (SELECT count(*) AS n FROM moment GROUP BY observation_id)) AS plot
             FROM ours JOIN theirs USING (observation_id, code)"""
    ).iloc[0]
    pooled = demo.ask(same)
    assert pooled.pooled.loc[0, "value"] == pytest.approx(100 * points["points"] / points["plot"])
    assert recurrences(pooled).loc[0, "rate"] == pooled.pooled.loc[0, "value"]


def test_the_grid_is_that_of_one_interval_join(demo):
    answer = demo.ask(Question("grid", INFANT, CAREGIVER, "share"))
    cells, whole = grids(answer)
    expected = demo.sql(
        FACES
        + """SELECT one.code AS given, two.code AS target,
                    sum(least(one.offset_ms, two.offset_ms) - greatest(one.onset_ms, two.onset_ms)) / 1000 AS s
             FROM one JOIN two ON one.observation_id = two.observation_id
             AND one.onset_ms < two.offset_ms AND two.onset_ms < one.offset_ms
             WHERE one.code <> 'Face not visible' AND two.code <> 'Face not visible' GROUP BY ALL"""
    )
    both = cells.merge(expected, on=["given", "target"], how="left").fillna({"s": 0})
    assert both["seconds"].tolist() == pytest.approx(both["s"].tolist())
    cell = both[(both["given"] == "Positive") & (both["target"] == "Positive")].iloc[0]
    assert answer.pooled.loc[0, "value"] == pytest.approx(cell["s"] / expected["s"].sum())
    assert whole.loc[0, "seconds"] == pytest.approx(expected["s"].sum())
    assert whole.loc[0, "visits"] == answer.rows["visits"].sum() == cells["visits"].sum()
    way = visits(answer, answer.rows.loc[answer.rows["visits"].idxmax(), "observation_id"])
    assert len(way) == answer.rows["visits"].max()
    moved = (way["given"] != way["given"].shift()) | (way["target"] != way["target"].shift())
    assert (moved | (way["onset_ms"] > way["offset_ms"].shift())).all()


@pytest.mark.parametrize("clock", ["end", "start"])
def test_waits_are_those_of_one_statement(demo, clock):
    """Every clock with the next answer, the next clock and the end of the session, whichever comes first."""
    answer = demo.ask(Question("latency", DISTRESS, SPEECH, clock=clock))
    since, later = ("offset_ms", ">=") if clock == "end" else ("onset_ms", ">")
    running = "offset_ms < end_ms" if clock == "end" else "onset_ms > start_ms"
    order = "reply < limit_ms" if clock == "end" else "reply <= coalesce(again, end_ms)"
    expected = demo.sql(
        PRIMARY.format(group=VOICE, other="caregiver_vocalisation")
        + f""", clock AS (SELECT observation_id, start_ms, end_ms, {since} AS since,
                  lead({since}) OVER (PARTITION BY observation_id ORDER BY {since}) AS again
                  FROM one WHERE code = 'Distressed' AND {running}),
             replied AS (SELECT *, least(coalesce(again, end_ms), end_ms) AS limit_ms, (SELECT min(onset_ms) FROM two
                  WHERE two.observation_id = clock.observation_id AND code = 'Speech' AND two.onset_ms > two.start_ms
                  AND two.onset_ms {later} clock.since) AS reply FROM clock)
             SELECT observation_id, since - start_ms AS since_ms, coalesce({order}, false) AS answered,
                    CASE WHEN coalesce({order}, false) THEN reply ELSE limit_ms END - since AS wait_ms
             FROM replied ORDER BY observation_id, since"""
    )
    found = clocks(answer).sort_values(["observation_id", "since_ms"], ignore_index=True)
    columns = ["observation_id", "since_ms", "wait_ms", "answered"]
    assert found[columns].to_numpy().tolist() == expected[columns].to_numpy().tolist()
    assert len(found) > 200
    assert 0 < found["answered"].mean() < 1
    curve = waiting(answer)
    assert curve["answers"].sum() == expected["answered"].sum()
    middle = curve.loc[curve["waiting"] <= 0.5, "time_s"].iloc[0]
    assert answer.pooled.loc[0, "value"] == middle
    assert answer.pooled.loc[0, "low"] <= middle <= answer.pooled.loc[0, "high"]
    fewer = demo.ask(Question("latency", DISTRESS, SPEECH, clock=clock, leave_out_on=True))
    assert fewer.pooled.loc[0, "n"] == (~found["already_on"]).sum() < len(found)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda each: f"{each.measure} {each.number}")
def test_every_number_is_one_per_recording(demo, question):
    answer = demo.ask(question)
    assert list(answer.rows)[: len(ROW)] == list(ROW)
    assert answer.rows["observation_id"].tolist() == demo.observations["observation_id"].tolist()
    assert (answer.rows["outcome"] == "").tolist() == answer.rows["value"].notna().tolist()
    assert list(answer.pooled) == list(POOLED)
    low, value, high = (answer.pooled.loc[0, name] for name in ("low", "value", "high"))
    assert low <= value <= high
    assert 1 < answer.pooled.loc[0, "families"] <= answer.pooled.loc[0, "dyads"] <= answer.pooled.loc[0, "recordings"]
    some = demo.observations.iloc[3:40]
    part = demo.ask(question, some).rows.set_index("observation_id")["value"]
    whole = answer.rows.set_index("observation_id")["value"].loc[some["observation_id"]]
    assert part.tolist() == pytest.approx(whole.tolist(), nan_ok=True)
    dyads = per_dyad(answer)
    several = dyads.loc[dyads["recordings"].idxmax()]
    own = demo.ask(question, demo.observations[demo.observations["dyad_id"] == several["dyad_id"]]).pooled.iloc[0]
    assert (own["value"], own["n"]) == (pytest.approx(several["value"], nan_ok=True), several["n"])
    assert dyads["n"].sum() == answer.rows["n"].sum()
    mixed = demo.ask(question, demo.observations.sample(frac=1, random_state=1))
    assert mixed.pooled.loc[0, "value"] == pytest.approx(value)


@pytest.mark.parametrize("question", [each for each in QUESTIONS if each.number == STATISTICS[each.measure][0]])
def test_surrogates_stand_beside_every_measure(demo, question):
    kind = "shuffle" if question.within else "partner"
    answer = demo.ask(replace(question, surrogates=9, surrogate=kind, seed=3), demo.observations.iloc[:40])
    again = demo.ask(replace(question, surrogates=9, surrogate=kind, seed=3), demo.observations.iloc[:40])
    assert answer.compared.observed[0] == pytest.approx(answer.pooled.loc[0, "value"])
    assert answer.compared.n[0] > 7
    assert answer.compared.low[0] <= answer.compared.mean[0] <= answer.compared.high[0]
    assert again.compared.mean[0] == answer.compared.mean[0]
    known = answer.rows["value"].notna()
    assert answer.rows.loc[known, "surrogate_p"].between(0.1, 1).mean() > 0.9


def test_each_recording_has_the_p_of_being_larger(demo):
    """Recordings far above their surrogates have small p, those far below large ones."""
    rows = demo.ask(Question("grid", INFANT, CAREGIVER, "share", surrogates=19)).rows.dropna(subset="surrogate_mean")
    over = rows["value"] - rows["surrogate_mean"]
    assert rows.loc[over.idxmax(), "surrogate_p"] < 0.2 < 0.8 < rows.loc[over.idxmin(), "surrogate_p"]


def test_roles_are_compared_by_the_means_of_their_recordings(demo):
    answer = demo.ask(QUESTIONS[3])
    found = levels(answer, demo.observations, Split("role")).set_index("level")
    rows = answer.rows.merge(demo.observations[["observation_id", "role"]], on="observation_id").dropna(subset="value")
    for role, part in rows.groupby("role"):
        assert found.loc[role, "mean"] == pytest.approx(part["value"].mean())
        assert found.loc[role, ["observations", "families"]].tolist() == [len(part), part["family_id"].nunique()]
        assert found.loc[role, "low"] < part["value"].mean() < found.loc[role, "high"]


def test_means_of_shares_have_their_interval_on_the_logit_scale():
    """Three dyads answer 0, 0 and 1 of 2 first behaviours: by hand, and never below 0. Yule's Q, -1 to 1, likewise."""
    frame_of = frame(8, 8, 8)
    given, target = coded(".a....a.", ".a....a.", ".a....a."), coded("........", "........", "..b.....")
    answer = ask(Question("contingent", A, B), given, target, frame_of)
    assert answer.rows["value"].tolist() == [0, 0, 0.5]
    row = levels(answer, frame_of, Split()).iloc[0]
    mean, se = 1 / 6, np.std([0, 0, 0.5], ddof=1) / np.sqrt(3)
    reach = 4.302652729911275 * se / (mean * (1 - mean))
    ends = [1 / (1 + np.exp(-(np.log(mean / (1 - mean)) + sign * reach))) for sign in (-1, 1)]
    assert row[["mean", "se", "low", "high"]].tolist() == pytest.approx([mean, se, *ends])
    yule = replace(answer, question=replace(answer.question, statistic="yule_q", measure="lag"))
    wider = levels(yule, frame_of, Split()).iloc[0]
    assert -1 < wider["low"] < mean < wider["high"] < 1
    assert wider[["mean", "se"]].tolist() == pytest.approx([mean, se])


@pytest.mark.parametrize("statistic", ["share", "odds_ratio"])
def test_nothing_answered_in_three_families_is_zero_without_an_interval(statistic):
    """Resampling families that are all alike says nothing of how sure the 0 is: no '0 (0 to 0)'."""
    given, target = coded(".a....a.", ".a....a.", ".a....a."), coded("b.......", "b.......", "...b....")
    frame_of = frame(8, 8, 8).assign(family_id=["f1", "f2", "f3"])
    pooled = ask(Question("contingent", A, B, statistic, window_ms=1_000), given, target, frame_of).pooled.iloc[0]
    assert pooled["value"] == 0 and np.isnan(pooled["low"]) and np.isnan(pooled["high"])
    answered = coded("..b.....", "b.......", "...b....")
    pooled = ask(Question("contingent", A, B, statistic, window_ms=1_000), given, answered, frame_of).pooled.iloc[0]
    assert pooled["low"] == 0 < pooled["high"]


def test_means_without_an_upper_end_keep_their_scale(demo):
    """Answers per minute lie between no two ends: mean and a symmetric interval."""
    row = levels(demo.ask(Question("latency", DISTRESS, SPEECH, "rate")), demo.observations, Split()).iloc[0]
    assert row["high"] - row["mean"] == pytest.approx(row["mean"] - row["low"])
    assert row["high"] > 1


def test_a_profile_at_a_negative_lag(demo):
    """At -2 the given side follows: the same as the other way round at +2."""
    whole = replace(INFANT, code=None), replace(CAREGIVER, code=None)
    one, other = (
        demo.ask(Question("recurrence", *sides, "at_lag", lag=lag)).rows["value"].tolist()
        for sides, lag in ((whole, -2), (whole[::-1], 2))
    )
    assert one == pytest.approx(other, nan_ok=True)


def test_groups_without_a_common_code_cannot_recur(demo):
    question = Question("recurrence", replace(DISTRESS, code=None), replace(SPEECH, code=None))
    with pytest.raises(UserError, match="no behaviour in common"):
        demo.ask(replace(question, unseen="missing"))


def coded(*pictures: str, ids: tuple[str, ...] = ()) -> Coded:
    """A stream of codes a, b and c; c says "cannot see"."""
    names = ids or tuple(f"O{number}" for number in range(len(pictures)))
    return Coded(drawn_events(*pictures), frozenset(names), ("a", "b", "c"), frozenset("c"))


def frame(*seconds: int) -> pd.DataFrame:
    names = [f"F{number}" for number in range(len(seconds))]
    return sessions(*seconds).assign(dyad_id=names, family_id=names)


A, B = Side("s", "g", "infant", "a"), Side("s", "g", "caregiver1", "b")


def test_missing_is_never_zero():
    """Coded without a bout: no number, and why; not coded on one side: another reason. One a, never answered: 0."""
    given, target = coded("....", ".a..", "ab.."), coded("bb..", "....", "..b.", ids=("O0", "O1"))
    rows = ask(Question("contingent", A, B), given, target, frame(4, 4, 4)).rows
    assert rows["value"].tolist() == pytest.approx([np.nan, 0, np.nan], nan_ok=True)
    assert rows["outcome"].tolist() == ["the first behaviour never begins", "", NOT_CODED]
    assert rows["n"].tolist() == [0, 1, 0]


@pytest.mark.parametrize(
    ("question", "reasons"),
    [
        (
            Question("contingent", A, B, "odds_ratio"),
            ["every first behaviour was answered, or the second never begins", "the first behaviour never begins"],
        ),
        (Question("latency", A, B, "mean"), ["", "no wait was answered"]),
        (Question("latency", A, B, "rate"), ["no time was waited", "no time was waited"]),
        (Question("recurrence", A, B, "at_lag", lag=9), ["shorter than the lag", "shorter than the lag"]),
    ],
)
def test_a_missing_number_has_its_own_reason(question, reasons):
    """In the first recording a begins once and is answered the moment it ends, in the second nothing happens."""
    rows = ask(question, coded(".a..", "...."), coded("..b.", "...."), frame(4, 4)).rows
    assert rows["outcome"].tolist() == reasons


def test_what_cannot_be_seen_is_missing_in_recurrence_and_a_code_in_sequences():
    given, target = coded("aabcca"), coded("aabccb")
    whole = replace(A, code=None), replace(B, code=None)
    found = ask(Question("recurrence", *whole), given, target, frame(6))
    assert found.pooled.loc[0, "value"] == pytest.approx(100 * (3 * 2 + 1 * 2) / 36)
    kept = ask(Question("recurrence", *whole, unseen="code"), given, target, frame(6))
    assert kept.pooled.loc[0, "value"] == pytest.approx(100 * (3 * 2 + 1 * 2 + 2 * 2) / 36)
    chained = Question("transition", A, replace(A, code="b"))
    assert sequences(ask(chained, given, given, frame(6))).tests.loc[0, "n"] == 3
    seen = sequences(ask(replace(chained, unseen="missing"), given, given, frame(6)))
    assert (seen.tests.loc[0, "n"], seen.cells["given"].unique().tolist()) == (2, ["a", "b"])


def test_two_codes_recur_as_if_they_were_one():
    """The infant shows a at 2 of 4 moments, the caregiver b at 3 of 4: 6 of 16 points."""
    found = ask(Question("recurrence", A, B), coded("aa.b"), coded("bbba"), frame(4))
    assert rate(np.array([16.0, 6, 0, 0, 0])) == found.pooled.loc[0, "value"] == 37.5


def test_an_empty_selection_has_the_same_columns():
    for question in QUESTIONS:
        same = replace(question, given=A, target=replace(A, code="b") if question.within else B, surrogates=0)
        answer = ask(same, coded("ab"), coded("ba"), frame(2).iloc[:0])
        assert list(answer.rows)[: len(ROW)] == list(ROW)
        assert answer.rows.empty
        assert answer.pooled["value"].isna().all()


def test_a_recording_twice_is_refused():
    with pytest.raises(StudyError, match="stands twice"):
        ask(Question("contingent", A, B), coded("ab"), coded("ba"), pd.concat([frame(2), frame(2)]))


@pytest.mark.parametrize(
    ("question", "message"),
    [
        (Question("latencies", A, B), "Did you mean 'latency'"),
        (Question("lag", A, B, "q"), "Choose one of: share, yule_q"),
        (Question("lag", A, B, lag=0), "The lag is 0"),
        (Question("lag", A, B, basis="time-sampled", step_ms=5), "The step in ms is 5"),
        (Question("contingent", A, replace(B, code=None)), "A behaviour is missing"),
        (Question("recurrence", A, replace(B, code=None)), "One side names a behaviour"),
        (Question("transition", A, B), "same person and group"),
        (Question("grid", A, replace(A, code="b")), "two different streams"),
        (Question("transition", A, replace(A, code="b"), surrogates=9), "Choose shuffled bouts"),
        (Question("contingent", A, B, surrogates=9, surrogate="dice"), "partner, shift, shuffle"),
        (Question("contingent", A, replace(B, code="z")), "'z' is no behaviour that counts here"),
        (Question("grid", A, replace(B, code="c"), "share"), "'c' is no behaviour that counts here"),
        (Question("recurrence", A, replace(B, code="c")), "'c' is no behaviour that counts here"),
        (Question("lag", replace(A, code="c"), B, unseen="missing"), "or taken as missing"),
    ],
)
def test_questions_without_an_answer_are_refused_in_words(question, message):
    with pytest.raises(UserError, match=message):
        ask(question, coded("ab"), coded("ba"), frame(2))
