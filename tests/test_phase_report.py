"""The report of a trained classifier: every figure by a second road, on whole reports."""

from dataclasses import replace
from fractions import Fraction

import duckdb
import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
import statsmodels.stats.inter_rater as inter_rater
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from db import connect
from pipeline.errors import CatalogueError, StudyError, UserError
from pipeline.measures.agreement import ONE_CATEGORY
from pipeline.measures.agreement_method import Method
from pipeline.measures.frame_labels import frame_edges_ms, frame_labels
from pipeline.measures.phase_arms import arms
from pipeline.measures.phase_coded import class_events, classes_per_frame, inside
from pipeline.measures.phase_metrics import NONE_CODED, NONE_PREDICTED, drawn
from pipeline.measures.phase_scores import NO_FRAMES, SHOWN, ahead
from pipeline.measures.phase_segments import least_sure_first, segments
from pipeline.steps.agreement import measure, read_pairs
from pipeline.steps.agreement_pools import ALL, Drawing, pool
from pipeline.steps.phase_report import build_report, read_report, write_report
from pipeline.steps.phase_report_frames import FRAMES
from pipeline.steps.phase_report_lists import published
from pipeline.steps.phase_report_side_by_side import EVERY, TWICE
from tests import phase_example as example
from tests import studies

MAIN = ("multimodal", "lstm")
SKILLS = {MAIN: 1.9, ("audio", "linear"): 0.9, ("multimodal", "majority"): 0.0}
DRAWS = 40


@pytest.fixture(scope="module")
def made():
    """Task, sessions (5, two of one family, two coded twice), answers and the report."""
    task = example.task()
    sessions = example.coded(3, task, count=5, seconds=40, twice=2)
    sessions[4] = replace(sessions[4], family=sessions[3].family)
    table = example.answers(3, sessions, task, folds=2, skills=SKILLS)
    return task, sessions, table, build_report(table, sessions, task, MAIN, seed=5, draws=DRAWS)


def of(frame: pd.DataFrame, arm: tuple[str, str] = MAIN, **chosen) -> pd.DataFrame:
    rows = (frame["modality"] == arm[0]) & (frame["kind"] == arm[1])
    for name, value in chosen.items():
        rows &= frame[name] == value
    return frame[rows].reset_index(drop=True)


def scored(table: pd.DataFrame, arm: tuple[str, str] = MAIN) -> pd.DataFrame:
    rows = of(table, arm)
    return rows[rows["truth"] >= 0]


def square(rows: pd.DataFrame) -> np.ndarray:
    table = pd.crosstab(rows["truth"], rows["predicted"])
    return table.reindex(index=range(4), columns=range(4), fill_value=0).to_numpy(dtype=float)


# scores


STATEMENT = """
    WITH kept AS (FROM answers WHERE truth >= 0),
    cell AS (SELECT modality, kind, {fold} AS fold, truth AS c, count(*) AS support,
                    count(*) FILTER (predicted = truth) AS hit FROM kept GROUP BY ALL),
    said AS (SELECT modality, kind, {fold} AS fold, predicted AS c, count(*) AS n FROM kept GROUP BY ALL),
    class AS (SELECT cell.*, coalesce(said.n, 0) AS n, hit / support AS recall,
                     CASE WHEN said.n > 0 THEN hit / said.n ELSE 0 END AS precision,
                     2 * hit / (support + coalesce(said.n, 0)) AS f1
              FROM cell LEFT JOIN said USING (modality, kind, fold, c)),
    chance AS (SELECT modality, kind, fold, sum(cell.support * said.n) AS met
               FROM cell JOIN said USING (modality, kind, fold, c) GROUP BY ALL)
    SELECT modality, kind, fold, sum(support) AS frames, sum(hit) / sum(support) AS accuracy,
           sum(support * precision) / sum(support) AS precision, sum(support * recall) / sum(support) AS recall,
           avg(f1) AS f1_unweighted, sum(support * f1) / sum(support) AS f1_weighted,
           (sum(hit) / sum(support) - any_value(met) / sum(support) ** 2) / (1 - any_value(met) / sum(support) ** 2)
               AS kappa
    FROM class JOIN chance USING (modality, kind, fold) GROUP BY ALL ORDER BY ALL
"""


def asked(answers: pd.DataFrame, statement: str) -> pd.DataFrame:
    """The result of a statement about table `answers`."""
    with duckdb.connect() as connection:
        return connection.register("answers", answers).execute(statement).df()


def test_scores_are_those_of_one_statement(made):
    *_, answers, report = made
    assert len(report.scores) == 3 * (1 + 2)
    for fold, rows in (("fold", report.scores["fold"].notna()), ("-1", report.scores["fold"].isna())):
        expected = asked(answers, STATEMENT.format(fold=fold))
        found = report.scores[rows].reset_index(drop=True)
        assert found[["modality", "kind"]].equals(expected[["modality", "kind"]])
        assert found["fold"].fillna(-1).tolist() == expected["fold"].tolist()
        for name in ("frames", *SHOWN):
            assert found[name].to_numpy(dtype=float) == pytest.approx(expected[name].to_numpy()), name
    whole = of(report.scores).iloc[0]
    folds = of(report.scores).iloc[1:]
    assert whole["f1_weighted_sd"] == pytest.approx(np.std(folds["f1_weighted"], ddof=1))
    assert (whole["sessions"], whole["families"]) == (5, 4) and folds["sessions"].sum() == 5


def test_recall_weighted_by_support_is_accuracy_everywhere(made):
    report = made[3]
    assert (report.scores["recall"] - report.scores["accuracy"]).abs().max() < 1e-12
    assert (report.published["recall"] == report.published["accuracy"]).all()


def test_intervals_are_those_of_families_drawn_one_by_one(made):
    """Each sample is written out: all frames of a family as often as it was drawn."""
    _, _, answers, report = made
    mine, other = scored(answers), scored(answers, ("audio", "linear"))
    names = sorted(mine["family"].unique())
    samples = []
    for times in drawn(len(names), 5, DRAWS):
        both = []
        for rows in (mine, other):
            again = pd.concat(
                [rows[rows["family"] == name] for name, n in zip(names, times, strict=True) for _ in range(n)]
            )
            table = square(again)
            both.append((np.trace(table) / table.sum(), inter_rater.cohens_kappa(table).kappa))
        samples.append((*both[0], both[0][0] - both[1][0], both[0][1] - both[1][1]))
    low, high = np.quantile(np.array(samples), [0.025, 0.975], axis=0)
    whole = of(report.scores).iloc[0]
    apart = of(report.ahead, ("audio", "linear")).set_index("metric")
    ends = [(whole["accuracy_low"], whole["accuracy_high"]), (whole["kappa_low"], whole["kappa_high"]),
            tuple(apart.loc["accuracy", ["low", "high"]]), tuple(apart.loc["kappa", ["low", "high"]])]  # fmt: skip
    assert np.array(ends) == pytest.approx(np.column_stack([low, high]))
    both = of(report.scores).loc[0, "kappa"] - of(report.scores, ("audio", "linear")).loc[0, "kappa"]
    assert apart.loc["kappa", "difference"] == pytest.approx(both)


def test_one_arm_is_ahead_only_on_frames_that_both_answered():
    """The other arm answered the second half alone, where the first is always wrong."""
    rows = [("s", "f", *arm, 0, frame, 0, said, 0.9, 0.9, 0.1)
            for arm, frames, said in ((MAIN, range(10), 0), (("audio", "lstm"), range(5, 10), 1))
            for frame in frames]  # fmt: skip
    columns = ["observation_id", "family", "modality", "kind", "fold", "frame", "truth", "predicted", "confidence"]
    table = pd.DataFrame(rows, columns=[*columns, "p_a", "p_b"])
    table.loc[table["frame"] >= 5, "truth"] = 1
    audio, whole = arms(table, ("a", "b"))
    found = ahead(whole, [audio], {"s": 12}).set_index("metric").loc["accuracy"]
    assert (found["difference"], found["frames"], found["families"]) == (-1, 5, 1) and np.isnan(found["low"])
    assert ahead(whole, [], {}).empty


def test_classes_confusion_and_what_does_not_exist(made):
    task, _, answers, report = made
    rows = of(report.classes, ("multimodal", "majority")).set_index("class")
    assert rows.loc["Ineg", "precision"] > 0 and rows.loc["Ineg", "recall"] == 1
    assert rows.drop("Ineg")["precision"].isna().all() and (rows.drop("Ineg")["note"] == NONE_PREDICTED).all()
    truth = scored(answers, ("multimodal", "majority"))["truth"]
    share = (truth == 0).mean()
    assert of(report.scores, ("multimodal", "majority")).loc[0, "precision"] == pytest.approx(share**2)
    cells = of(report.confusion)
    expected = pd.crosstab(scored(answers)["truth"], scored(answers)["predicted"], normalize="index")
    assert cells["share"].to_numpy() == pytest.approx(expected.to_numpy().ravel())
    assert cells["truth"].tolist() == np.repeat(task.classes, 4).tolist()
    assert cells["predicted"].tolist() == list(task.classes) * 4


def test_a_fold_without_a_class_has_no_f1_of_it_and_a_session_of_one_class_no_kappa(made):
    task, sessions, answers, _ = made
    table = of(answers)
    one = table["observation_id"] == "SF00"
    table.loc[one & (table["truth"] >= 0), ["truth", "predicted"]] = 2
    table.loc[table["observation_id"] == "SF01", "truth"] = -1
    table.loc[(table["fold"] == 1) & (table["truth"] == 3), "truth"] = 0
    report = build_report(table, sessions, task, MAIN, draws=DRAWS)
    rows = report.fold_classes.set_index(["fold", "class"])
    assert np.isnan(rows.loc[(1, "Ipos"), "f1"]) and rows.loc[(1, "Ipos"), "note"] == NONE_CODED
    assert np.isfinite(rows.loc[(0, "Ipos"), "f1"])
    kept = scored(table)
    later = kept[kept["fold"] == 1]
    cells = square(later)
    f1 = 2 * np.diag(cells) / (cells.sum(0) + cells.sum(1))
    expected = f1[cells.sum(1) > 0].mean()
    assert report.scores.set_index("fold").loc[1, "f1_unweighted"] == pytest.approx(expected)
    found = report.sessions.set_index("observation_id")
    assert found.loc["SF00", ["accuracy", "note"]].tolist() == [1, ONE_CATEGORY] and np.isnan(
        found.loc["SF00", "kappa"]
    )
    assert found.loc["SF01", ["frames", "note"]].tolist() == [0, NO_FRAMES] and np.isnan(found.loc["SF01", "accuracy"])
    mine = kept[kept["observation_id"] == "SF03"]
    written = inter_rater.cohens_kappa(square(mine)).kappa
    assert found.loc["SF03", "kappa"] == pytest.approx(written)
    assert (report.scores["sessions"].iloc[0], report.scores["families"].iloc[0]) == (4, 3)
    without = build_report(table[table["observation_id"] != "SF01"], sessions, task, MAIN, draws=DRAWS)
    pd.testing.assert_frame_equal(without.scores, report.scores)
    pd.testing.assert_frame_equal(without.calibration_error, report.calibration_error)


# agreement


def study(folder, task, sessions, said: pd.DataFrame) -> connect.Path:
    """The sessions as a published study, in which the main arm's predictions are a coder."""
    content = studies.tables()
    first = content["observation"].iloc[[0]].drop(columns=["observation_id", "start_ms", "end_ms"])
    length = pd.DataFrame({"observation_id": [one.observation_id for one in sessions], "start_ms": 0,
                           "end_ms": [one.end_ms for one in sessions]})  # fmt: skip
    rows = [
        frame.assign(observation_id=one.observation_id, coder_id=coder)
        for one in sessions
        for coder, frame in (*one.events.items(), ("model:1", example.predicted_events(said, one, task, MAIN)))
    ]
    event = pd.concat(rows)[["observation_id", "coder_id", "code", "onset_ms", "offset_ms"]].assign(
        subject=task.subject, behaviour_group=task.behaviour_group, modifier="", kind="state", repaired="", source_id=1,
        start_line=1,
    )  # fmt: skip
    key = ["observation_id", "coder_id", "subject", "behaviour_group"]
    coding = event.groupby(key).size().reset_index(name="events").assign(
        scheme=task.scheme, source_id=1, primary_reason="", coded_ms=1, unobservable_ms=0
    )  # fmt: skip
    names = task.codes["code"]
    codes = task.codes.assign(position=range(len(names)), kind="state", colour="#000000", description="")
    group = [(task.scheme, task.behaviour_group, "Engagement", 0, True, False, None)]
    coders = [("gold", "human", 5), ("second", "human", 2), ("model:1", "model", 5)]
    content |= {
        "observation": length.merge(first, how="cross"), "event": event,
        "coding": coding.assign(is_primary=coding["coder_id"] == "gold"), "code": codes,
        "coder": pd.DataFrame(coders, columns=["coder_id", "kind", "observations"]),
        "behaviour_group": pd.DataFrame(group, columns=content["behaviour_group"].columns),
    }  # fmt: skip
    kept = {
        name: content[name] for name in ("study", "observation", "coder", "behaviour_group", "code", "coding", "event")
    }
    return studies.publish(folder, kept)


def by_the_page(home, sessions, method: Method) -> pd.DataFrame:
    """Kappas of the study as the Agreement page computes them."""
    measured = measure(read_pairs(connect.open_reader(connect.current(home).file)), method)
    roles = pd.DataFrame({"observation_id": [one.observation_id for one in sessions], "role": "mother"})
    rows = pool(measured, roles, Drawing(draws=5)).kappas
    return rows[(rows["role"] == ALL) & (rows["first"] == "gold")].set_index("second")


def plain(task, sessions) -> list:
    """The same sessions with codes put through the map before anybody sees them."""
    return [replace(one, events={coder: class_events(rows, task.class_map) for coder, rows in one.events.items()})
            for one in sessions]  # fmt: skip


SAME = ["kappa", "agreement", "ac1", "total"]


def test_kappas_are_those_of_the_agreement_page(made, tmp_path):
    """The page has the predictions as coder model:1; time that only one side coded is left out as its switch does."""
    task, sessions, answers, report = made
    mapped_first = by_the_page(
        study(tmp_path / "a", task, plain(task, sessions), answers), sessions, Method(drop_uncoded=True)
    )
    as_coded = by_the_page(study(tmp_path / "b", task, sessions, answers), sessions, Method())
    events = by_the_page(tmp_path / "a", sessions, Method("alignment", drop_uncoded=True))
    for scale, method, page in (("classes", "duration_kappa", mapped_first), ("codes", "duration_kappa", as_coded),
                                ("classes", "event_kappa", events)):  # fmt: skip
        own = of(report.agreement, MAIN, scale=scale, method=method, over=EVERY).iloc[0]
        people = of(report.agreement, ("", "human"), scale=scale, method=method).iloc[0]
        for row, other, count in ((own, "model:1", 5), (people, "second", 2)):
            same = [name for name in SAME if np.isfinite(page.loc[other, name]) and (name, scale) != ("ac1", "classes")]
            assert row[same].tolist() == pytest.approx(page.loc[other, same].tolist()), (scale, method)
            assert len(same) >= 3 and row["sessions"] == page.loc[other, "recordings"] == count
            assert row["differ_s"] == pytest.approx(page.loc[other, "disagreement_s"])


def test_kappas_of_time_are_those_of_a_look_at_every_millisecond(made):
    task, sessions, answers, report = made
    for over, asked in ((EVERY, sessions), (TWICE, sessions[:2])):
        table = np.zeros((4, 4))
        for one in asked:
            gold = each_ms(class_events(one.events["gold"], task.class_map), one, task)
            said = each_ms(example.predicted_events(answers, one, task, MAIN), one, task)
            np.add.at(table, (gold[both := (gold >= 0) & (said >= 0)], said[both]), 1)
        found = of(report.agreement, MAIN, method="duration_kappa", scale="classes", over=over).iloc[0]
        assert found["kappa"] == pytest.approx(inter_rater.cohens_kappa(table).kappa)
        assert found["shared_s"] == pytest.approx(table.sum() / 1000)
    frames = of(report.agreement, MAIN, method="frame_kappa", over=EVERY).iloc[0]
    whole = of(report.agreement, MAIN, method="duration_kappa", scale="classes", over=EVERY).iloc[0]
    same = of(report.scores).loc[0, ["kappa", "kappa_low", "kappa_high"]].tolist()
    assert frames[["kappa", "low", "high"]].tolist() == pytest.approx(same)
    assert whole["kappa"] == pytest.approx(frames["kappa"], abs=0.02) and whole["kappa"] != frames["kappa"]
    assert frames["shared_s"] == pytest.approx(whole["shared_s"], abs=1)


def each_ms(events: pd.DataFrame, session, task) -> np.ndarray:
    found = np.full(session.end_ms, -1)
    for row in events.itertuples():
        found[row.onset_ms : row.offset_ms] = task.classes.index(row.code)
    return found


def test_two_people_and_the_model_on_the_same_sessions(made):
    """Frames of both people by hand; without double coding there is nobody to compare with."""
    task, sessions, answers, report = made
    table = np.zeros((4, 4))
    for one in sessions[:2]:
        gold, second = (classes_per_frame(one, coder, task) for coder in ("gold", "second"))
        np.add.at(table, (gold[both := (gold >= 0) & (second >= 0)], second[both]), 1)
    people = of(report.agreement, ("", "human"))
    frames = people[people["method"] == "frame_kappa"].iloc[0]
    assert frames["kappa"] == pytest.approx(inter_rater.cohens_kappa(table).kappa)
    assert set(people["over"]) == {TWICE} and (people["sessions"] == 2).all()
    assert set(of(report.agreement)["over"]) == {EVERY, TWICE}
    alone = [replace(one, events={"gold": one.events["gold"]}) for one in sessions]
    without = build_report(answers, alone, task, MAIN, draws=DRAWS)
    for name in ("agreement", "durations", "duration_points", "bouts"):
        assert (getattr(report, name)["kind"] == "human").any() and not (
            getattr(without, name)["kind"] == "human"
        ).any()
    assert set(without.agreement["over"]) == {EVERY}
    same = of(without.agreement, scale="classes", method="event_kappa").iloc[0]
    assert same["kappa"] == of(report.agreement, scale="classes", method="event_kappa", over=EVERY).loc[0, "kappa"]


def test_bouts_by_hand():
    """Gold: negative 0-4 s, neutral 4-8 s, asleep 8-9 s, positive 9-12 s. Said: negative 0-4.5, neutral 4.5-6,
    negative 6-7, neutral 7-12."""
    task = example.task()
    codes = ["Ipro", "Iwit", "Ineu", "Islp", "Ipos"]
    onsets = [0, 2000, 4000, 8000, 9000]
    gold = pd.DataFrame({"code": codes, "onset_ms": onsets, "offset_ms": [*onsets[1:], 12_000]})
    one = replace(example.coded(1, task, 1)[0], end_ms=12_000, frames=300, events={"gold": gold})
    said = np.concatenate([np.repeat(0, 113), np.repeat(1, 37), np.repeat(0, 25), np.repeat(1, 125)])
    table = pd.DataFrame({"observation_id": "SF00", "family": "F00", "modality": "video", "kind": "lstm", "fold": 0,
                          "frame": range(300), "truth": classes_per_frame(one, "gold", task), "predicted": said,
                          "confidence": 0.5} | {f"p_{name}": 0.25 for name in task.classes})  # fmt: skip
    report = build_report(table, [one], task, ("video", "lstm"), draws=DRAWS)
    found = report.bouts.set_index("class")[["human", "predicted", "paired", "human_mean_s", "predicted_mean_s"]]
    assert found.loc["Ineg"].tolist() == [1, 2, 1, 4, pytest.approx((4.52 + 1) / 2)]
    assert found.loc["Ineu"].tolist() == [1, 2, 1, 4, pytest.approx((1.48 + 5) / 2)]
    assert found.loc["Ipos"].tolist()[:3] == [1, 0, 0] and np.isnan(found.loc["Ipos", "predicted_mean_s"])
    assert len(report.agreement) == 4 and report.agreement["low"].isna().all()
    over = report.over_codes.set_index("code")
    assert over.loc["Islp", "Ineu"] == 1 and over.loc["Ipro", "Ineg"] == 2 and over.to_numpy().sum() == 12
    points = report.duration_points.set_index("class")
    assert points.loc["Ineu", ["human_s", "predicted_s", "outside_s"]].tolist() == [4, pytest.approx(6.48), 1]


def test_a_code_that_the_map_does_not_know_is_refused(made):
    task, sessions, answers, _ = made
    strange = replace(sessions[0], events={"gold": sessions[0].events["gold"].assign(code="Ixyz")})
    with pytest.raises((CatalogueError, UserError), match="Ixyz"):
        build_report(answers, [strange, *sessions[1:]], task, MAIN, draws=DRAWS)


# durations


def test_durations_are_counts_of_frames(made):
    """The statement counts answers; people's frames are counted from their events, frame by frame."""
    task, sessions, answers, report = made
    counts = asked(
        answers,
        "SELECT observation_id, predicted, count(*) / 25 AS s, count(*) FILTER (truth < 0) / 25 AS outside "
        "FROM answers WHERE modality = 'multimodal' AND kind = 'lstm' GROUP BY ALL"
    )
    points = of(report.duration_points).set_index(["observation_id", "class"])
    for row in counts.itertuples():
        found = points.loc[(row.observation_id, task.classes[row.predicted])]
        assert (found["predicted_s"], found["outside_s"]) == pytest.approx((row.s, row.outside))
    assert points["predicted_s"].sum() == pytest.approx(counts["s"].sum())
    for one in sessions:
        for name in task.classes:
            events = class_events(one.events["gold"], task.class_map)
            events = events[events["code"] == name]
            mids = [
                sum(a <= 40 * i + 20 < b for i in range(one.frames))
                for a, b in zip(events["onset_ms"], events["offset_ms"], strict=True)
            ]
            assert points.loc[(one.observation_id, name), "human_s"] == pytest.approx(sum(mids) / 25)
            exact = (events["offset_ms"] - events["onset_ms"]).sum() / 1000
            assert points.loc[(one.observation_id, name), "human_s"] == pytest.approx(
                exact, abs=0.04 * (len(events) + 1)
            )
    over = report.over_codes.set_index("code")
    outside = over.loc[["Islp", "Iusc", "uncoded"], list(task.classes)].to_numpy().sum()
    assert outside == pytest.approx(points["outside_s"].sum())
    assert over.to_numpy().sum() == pytest.approx(sum(one.frames for one in sessions) / 25)


def test_the_interval_of_a_bias_respects_families(made):
    """Intercept-only regression with errors clustered by family; two of the five sessions are of one family."""
    report = made[3]
    for share in (False, True):
        for name, rows in of(report.duration_points).groupby("class"):
            apart = rows["predicted_s"] - rows["human_s"]
            apart = apart / rows["session_s"] if share else apart
            groups = pd.factorize(rows["family"])[0]
            fit = sm.OLS(apart.to_numpy(), np.ones(5)).fit(cov_type="cluster", cov_kwds={"groups": groups}, use_t=True)
            found = of(report.durations, **{"class": name}).iloc[0]
            ends = ("bias_share", "bias_share_low", "bias_share_high") if share else ("bias_s", "bias_low", "bias_high")
            low, high = fit.conf_int()[0]
            assert [found[one] for one in ends] == pytest.approx([fit.params[0], low, high])
            assert found["upper_share" if share else "upper_s"] == pytest.approx(apart.mean() + 1.96 * apart.std())
    people = of(report.durations, ("", "human"))
    assert (people["sessions"] == 2).all() and (people["families"] == 2).all()


def test_what_is_left_of_differences_between_sessions(made):
    """Slope and correlation are a regression's; each sample of families is written out."""
    report = made[3]
    for name, rows in of(report.duration_points).groupby("class"):
        found = of(report.durations, **{"class": name}).iloc[0]
        line = stats.linregress(rows["human_s"], rows["predicted_s"])
        assert (found["correlation"], found["slope"]) == pytest.approx((line.rvalue, line.slope))
        apart = rows["predicted_s"] - rows["human_s"]
        assert found["noise"] == pytest.approx(apart.std() / rows["human_s"].std())
        two = rows[["human_s", "predicted_s"]].to_numpy()
        within, between = ((two - two.mean(1, keepdims=True)) ** 2).sum(), 2 * two.mean(1).var(ddof=1)
        columns = 5 * two.mean(0).var(ddof=1)
        error = (within - columns) / 4
        assert found["icc"] == pytest.approx((between - error) / (between + error + 2 / 5 * (columns - error)))
        names, lines = sorted(rows["family"].unique()), []
        for times in drawn(len(names), 5, DRAWS):
            again = pd.concat(
                [rows[rows["family"] == one] for one, n in zip(names, times, strict=True) for _ in range(n)]
            )
            if again["human_s"].std() > 1e-6 and again["predicted_s"].std() > 1e-6:
                lines.append(stats.linregress(again["human_s"], again["predicted_s"])[:3:2])
        low, high = np.quantile(np.array(lines), [0.025, 0.975], axis=0)
        assert found[["slope_low", "correlation_low"]].tolist() == pytest.approx(low)
        assert found[["slope_high", "correlation_high"]].tolist() == pytest.approx(high)
    still = of(report.durations, ("multimodal", "majority"))
    assert still["correlation"].isna().all() and (still["slope"].dropna().abs() < 1e-9).all()


def test_frames_outside_the_session_count_nowhere(made):
    """The video begins 1 s before the session and ends 2 s after it."""
    task, sessions, answers, report = made
    before, after = 25, 50
    longer = [replace(one, frames=one.frames + before + after, origin_ms=-1000) for one in sessions]
    moved = answers.assign(frame=answers["frame"] + before)
    more = [moved]
    for one in sessions:
        for edge in (range(before), range(one.frames + before, one.frames + before + after)):
            last = moved[moved["observation_id"] == one.observation_id].groupby(["modality", "kind"]).head(1)
            more += [last.assign(frame=frame, truth=-1) for frame in edge]
    again = build_report(pd.concat(more, ignore_index=True), longer, task, MAIN, seed=5, draws=DRAWS)
    assert inside(longer[0], task.fps) == slice(25, 25 + sessions[0].frames)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name))


# calibration


def test_calibration_is_that_of_one_statement(made):
    task, _, answers, report = made
    expected = asked(
        answers,
        "SELECT least(floor(confidence * 10), 9) / 10 AS low, avg(confidence) AS confidence, "
        "avg((truth = predicted)::INT) AS right_, count(*) AS frames, count(DISTINCT observation_id) AS sessions "
        "FROM answers WHERE truth >= 0 AND modality = 'multimodal' AND kind = 'lstm' GROUP BY ALL ORDER BY ALL"
    )
    found = of(report.calibration)
    columns = ["low", "confidence", "right", "frames", "sessions"]
    assert found[columns].to_numpy(dtype=float) == pytest.approx(expected.to_numpy(dtype=float))
    assert (found["high"] - found["low"]).to_numpy() == pytest.approx(0.1)
    apart = found["confidence"] - found["right"]
    error = of(report.calibration_error).iloc[0]
    assert error["error"] == pytest.approx((apart.abs() * found["frames"]).sum() / found["frames"].sum())
    mine = scored(answers)
    assert error["too_sure"] == pytest.approx(
        mine["confidence"].astype(float).mean() - (mine["truth"] == mine["predicted"]).mean()
    )
    names, samples = sorted(mine["family"].unique()), []
    for times in drawn(len(names), 5, DRAWS):
        again = pd.concat([mine[mine["family"] == one] for one, n in zip(names, times, strict=True) for _ in range(n)])
        off = again["confidence"].astype(float) - (again["truth"] == again["predicted"])
        bins = np.minimum(np.floor(again["confidence"] * 10), 9)
        samples.append(off.groupby(bins).sum().abs().sum() / len(again))
    ends = np.quantile(samples, [0.025, 0.975])
    assert [error["error_low"], error["error_high"]] == pytest.approx(ends)
    for number, name in enumerate(task.classes):
        rows = of(report.class_calibration, **{"class": name})
        assert (rows["share"] * rows["frames"]).sum() == pytest.approx((mine["truth"] == number).sum())
        assert (rows["probability"] * rows["frames"]).sum() == pytest.approx(mine[f"p_{name}"].astype(float).sum())


# segments


def test_segments_to_review_first_by_hand():
    """Two segments are equally sure; the longer one comes first. 0.4 s can hardly be judged and comes last."""
    said = np.repeat([0, 1, -1, 1, 0], [30, 10, 5, 50, 30])
    sure = np.repeat([0.75, 0.25, np.nan, 0.5, 0.375, 0.625], [30, 10, 5, 50, 15, 15])
    found = segments(said, sure, ("a", "b"), Fraction(25), 1000)
    assert found["onset_ms"].tolist() == [1000, 2200, 2800, 4800]
    assert found["offset_ms"].tolist() == [2200, 2600, 4800, 6000]
    assert found["confidence"].tolist() == [0.75, 0.25, 0.5, 0.5]
    assert found["doubt_s"].tolist() == [0.3, 0.3, 1.0, 0.6]
    ordered = least_sure_first(found[::-1])
    assert ordered["onset_ms"].tolist() == [2800, 4800, 1000, 2200]


def test_unsure_segments_are_the_predictions(made):
    task, sessions, answers, report = made
    for one in sessions:
        rows = report.unsure[report.unsure["observation_id"] == one.observation_id].sort_values("onset_ms")
        events = example.predicted_events(answers, one, task, MAIN)
        assert (
            rows[["code", "onset_ms", "offset_ms"]].to_numpy().tolist()
            == events[["code", "onset_ms", "offset_ms"]].to_numpy().tolist()
        )
        own = (
            of(answers)[of(answers)["observation_id"] == one.observation_id]
            .set_index("frame")["confidence"]
            .astype(float)
        )
        first = rows.iloc[0]
        assert first["confidence"] == pytest.approx(
            own.loc[first["onset_ms"] // 40 : first["offset_ms"] // 40 - 1].mean()
        )
        assert rows["doubt_s"].sum() == pytest.approx((1 - own).sum() / 25)
    length = report.unsure["offset_ms"] - report.unsure["onset_ms"]
    long = report.unsure[length >= 1000]
    assert long["confidence"].is_monotonic_increasing and long.index.tolist() == list(range(len(long)))


@settings(max_examples=40)
@given(st.integers(0, 10**6), st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(16), Fraction(400)]))
def test_edges_of_frames_are_rounded_half_to_even(frame, fps):
    assert frame_edges_ms(np.array([frame]), fps, 7).tolist() == [7 + round(Fraction(1000 * frame) / fps)]


# counts, published figures, files


def test_counts_before_and_after_the_map(made):
    task, sessions, _, report = made
    rows = report.counts.set_index(["level", "name"])
    labels = {
        one.observation_id: frame_labels(one.events["gold"], tuple(task.codes["code"]), one.frames, task.fps)
        for one in sessions
    }
    for number, name in enumerate(task.codes["code"]):
        expected = (
            sum((one == number).sum() for one in labels.values()),
            sum((one == number).any() for one in labels.values()),
        )
        assert tuple(rows.loc[("code", name), ["frames", "sessions"]]) == expected
    before = report.counts[report.counts["level"] == "code"].groupby("class")["frames"].sum()
    after = report.counts[report.counts["level"] == "class"].set_index("class")["frames"]
    assert before.to_dict() == after.to_dict() and rows.loc[("code", "Islp"), "class"] == ""
    assert rows.loc["code"]["frames"].sum() == sum(one.frames for one in sessions)


def test_published_figures_are_the_papers(made):
    rows = made[3].published.set_index(["modality", "kind"])
    assert rows.loc[("video", "lstm")].tolist()[:5] == [0.66, 0.72, 0.66, 0.57, 0.66]
    assert "Published, other data" in rows["caption"].iloc[0] and len(rows) == 6
    other = published("caregiver").set_index(["modality", "kind"])
    assert other.loc[("audio", "linear"), ["accuracy", "f1_unweighted"]].tolist() == [0.81, 0.56]
    assert published("father").empty and list(published("father")) == list(made[3].published)


def test_a_report_survives_its_files(made, tmp_path):
    report = made[3]
    write_report(report, tmp_path / "report")
    again = read_report(tmp_path / "report")
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name), check_dtype=False)
    assert again.scores["fold"].isna().sum() == 3
    (tmp_path / "report" / "bouts.parquet").write_bytes(b"PAR1")
    with pytest.raises(StudyError, match="Train the model again"):
        read_report(tmp_path / "report")


# golden properties


def test_no_order_of_rows_or_sessions_matters(made):
    task, sessions, answers, report = made
    shuffled = answers.sample(frac=1, random_state=1, ignore_index=True)
    again = build_report(shuffled, sessions[::-1], task, MAIN, seed=5, draws=DRAWS)
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name), rtol=1e-12)


SCORED = ("scores", "classes", "fold_classes", "confusion", "sessions", "ahead", "calibration", "class_calibration",
          "calibration_error", "published")  # fmt: skip


def test_video_that_nobody_coded_changes_no_score(made):
    """30 s more of each session, answered at random; only durations and segments see them."""
    task, sessions, answers, report = made
    longer = [replace(one, frames=one.frames + 750, end_ms=one.end_ms + 30_000) for one in sessions]
    rng = np.random.default_rng(1)
    more = answers[answers["frame"] < 100].copy()
    more["frame"] += rng.permutation(8)[0] * 0 + sessions[0].frames
    more = more.assign(truth=-1, predicted=rng.integers(0, 4, len(more)), confidence=rng.random(len(more)))
    again = build_report(pd.concat([answers, more]), longer, task, MAIN, seed=5, draws=DRAWS)
    for name in SCORED:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name))
    rows = [one.agreement.query("scale == 'classes'").reset_index(drop=True) for one in (again, report)]
    pd.testing.assert_frame_equal(*rows)
    assert (again.durations["predicted_s"] > report.durations["predicted_s"]).any()


def test_codes_merged_before_or_after_give_one_report(made):
    """Files with protest and withdrawal, and files already coded as negative."""
    task, sessions, answers, report = made
    named = {"Ipro": "Ineg", "Iwit": "Ineg"}
    merged = [
        replace(one, events={coder: rows.replace({"code": named}) for coder, rows in one.events.items()})
        for one in sessions
    ]
    again = build_report(answers, merged, task, MAIN, seed=5, draws=DRAWS)
    for name in set(FRAMES) - {"agreement", "counts", "over_codes"}:
        pd.testing.assert_frame_equal(getattr(again, name), getattr(report, name))
    rows = [one.agreement.query("scale == 'classes'") for one in (again, report)]
    pd.testing.assert_frame_equal(*rows)
    after = [one.counts.query("level == 'class'") for one in (again, report)]
    pd.testing.assert_frame_equal(*after)
    assert (again.agreement["kappa"] > report.agreement["kappa"]).any(), "as coded, protest is not negative"


def test_right_answers_and_shuffled_ones(made):
    """The person's own labels are perfect in every frame of the report; shuffled within the session they are worth
    nothing, although every duration is still right.
    """
    task, sessions, answers, _ = made
    table = of(answers)
    table = table[table["truth"] >= 0].reset_index(drop=True)
    mixed = table.groupby("observation_id")["truth"].transform(lambda one: np.random.default_rng(1).permutation(one))
    reports = []
    for said in (table["truth"], mixed):
        sure = {f"p_{name}": (said == place).astype(np.float32) for place, name in enumerate(task.classes)}
        reports.append(
            build_report(table.assign(predicted=said, confidence=1.0, **sure), sessions, task, MAIN, draws=200)
        )
    right, shuffled = reports
    assert (right.scores[list(SHOWN)] == 1).all(axis=None) and (right.calibration_error["error"] == 0).all()
    kappas = right.agreement.query("scale == 'classes' and method != 'event_kappa' and kind == 'lstm'")
    assert (kappas["kappa"] > 0.98).all()
    whole = shuffled.scores.iloc[0]
    truth = table.groupby("observation_id")["truth"]
    chance = np.concatenate([one.value_counts(normalize=True).loc[one].to_numpy() for _, one in truth]).mean()
    assert (
        whole["accuracy"] == pytest.approx(chance, abs=0.03)
        and whole["accuracy_low"] <= chance <= whole["accuracy_high"]
    )
    columns = ["human_s", "predicted_s", "outside_s"]
    pd.testing.assert_frame_equal(shuffled.duration_points[columns], right.duration_points[columns])
    bouts = shuffled.bouts.query("kind == 'lstm' and over == @EVERY")
    assert (bouts["predicted"] > 20 * bouts["human"]).all() and (bouts["predicted_mean_s"] < 0.5).all()
