"""A release as a whole: what is in its file, what is refused, and that the paper's families stay hidden in ours."""

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from argparse import Namespace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from db import release_file
from db.release_file import CurrentRelease
from pipeline.errors import StudyError, UserError
from pipeline.measures.describe import name_no_rare
from pipeline.measures.release_audit import audit, leaking_tables
from pipeline.selection import Selection
from pipeline.steps import (
    release_history,
    release_study,
    release_templates,
    release_views_overview,
    release_views_sample,
)
from pipeline.steps.open_release import Release, current_release, open_release
from pipeline.steps.release import ReleasedFrame, ReleaseSpec
from pipeline.steps.release_mask import View, admit, candidates, masked, offered, sums
from pipeline.steps.release_profile import Profile, profile
from pipeline.steps.release_study import ReleaseRefused, make_release
from pipeline.steps.release_tables import protect, tables
from pipeline.steps.release_views import Answer, Data, Part, Template, parts_of
from tests.release_attacks import said_families
from tests.release_parts import (
    CANARY,
    CANARY_SCORE,
    data_of,
    families_of_the_paper,
    publish,
    random_text,
    text_of,
)
from tests.studies import HOSTILE_LABEL

ROOT = Path(__file__).parents[1]
FAMILIES = 30


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Thirty families by a rule; not to be changed."""
    return publish(tmp_path_factory.mktemp("release"), text_of(FAMILIES))


@pytest.fixture(scope="module")
def said(study: Path) -> str:
    """Makes the release of the study by its command; returns what that says."""
    words = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(words):
        patch.setenv("DYADSCOPE_HOME", str(study))
        patch.setattr(release_study, "parts_of", lambda *asked: parts_of(*asked)[:5] + parts_of(*asked)[-3:])
        release_study.run_release(Namespace(threshold=5))
    return words.getvalue()


@pytest.fixture(scope="module")
def released(study: Path, said: str) -> Release:
    return open_release(current_release(study))


@pytest.fixture(scope="module", params=["EPDS", "SAPAS"])
def paper(request, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path]:
    """A questionnaire and a study of 97 families with the published counts of its table."""
    home = publish(tmp_path_factory.mktemp(request.param), families_of_the_paper(request.param))
    return request.param, home


@pytest.fixture
def own(study: Path, tmp_path: Path) -> Path:
    """The study, unreleased, in a folder of one's own."""
    shutil.copytree(study / "published", tmp_path / "published")
    return tmp_path


@pytest.fixture
def whole(few: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of the overview without any filter."""
    monkeypatch.setattr(release_study, "parts_of", lambda *asked: parts_of(*asked)[:1])


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Views of the overview with a filter by role only, for tests that need any release."""
    monkeypatch.setattr(release_templates, "PAGES", (release_views_overview,))
    monkeypatch.setattr(release_study, "parts_of", lambda *asked: parts_of(*asked)[:3])


def made(home: Path, threshold: int) -> CurrentRelease:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYADSCOPE_HOME", str(home))
        return make_release(home, threshold).release


EXACT = Profile(5)
"""As tables of papers and reports are masked: counts are not rounded."""


def whole_tables(data: Data, rules: Profile) -> tuple[list[View], tuple]:
    """Table 1 and the same with and without each score, masked together; and its leaks."""
    parts = {"home_headcam": [Part(Selection(protocol="home_headcam"))]}
    kinds = [one for one in release_views_overview.templates(data, "home_headcam") if one.table]
    views = candidates(data, kinds, parts, rules)
    admit(views, data, rules)
    protect(views, data, rules)
    return views, audit(sums(views, data), tables(views, data, rules), rules.threshold)


@pytest.mark.parametrize("rules", [EXACT, profile(5), profile(8), profile(10)], ids=["exact", "5", "8", "10"])
def test_the_papers_families_stay_hidden_in_ours(paper: tuple[str, Path], rules: Profile) -> None:
    """97 families with the published counts: the audit passes, and what broke the paper's table finds nothing here."""
    instrument, data, threshold = paper[0], data_of(paper[1], rules.threshold), rules.threshold
    views, leaks = whole_tables(data, rules)
    assert leaks == ()
    shown = {view.template.key: masked(view, data, rules) for view in views}
    ours = shown[f"with_and_without_{instrument}"]
    counts = ours.frame[["with_score", "without_score"]]
    assert ours.masked or rules.rounded, "what cannot be protected by hiding a cell goes as a whole"
    assert (counts.isna() | (counts >= threshold) | (counts == 0)).all(axis=None)
    attack(ours, shown["table_1"], rules.rounded)


def attack(ours: ReleasedFrame, whole: ReleasedFrame, rounded: bool) -> None:
    """By percentage, by the N of the column and by the row of the whole: no hidden count comes out."""
    rows = whole.frame.set_index(["characteristic", "level"])["families"]
    for _, part in ours.frame.groupby("characteristic"):
        for count, percent in (("with_score", "percent_with"), ("without_score", "percent_without")):
            missing = part[count].isna()
            assert part.loc[missing, percent].isna().all(), "no percentage of a hidden count"
            assert missing.sum() != 1 or rounded, "alone in a column only where all is rounded"
        for row in part.itertuples():
            alone = np.isnan(row.with_score) != np.isnan(row.without_score)
            assert rounded or not (alone and np.isfinite(rows.get((row.characteristic, row.level), np.nan))), (
                "row minus the other"
            )


def test_with_one_cell_less_hidden_the_audit_fails(paper: tuple[str, Path]) -> None:
    """The audit sees our own mask broken: a complementary cell that is shown again."""
    data = data_of(paper[1])
    views, _ = whole_tables(data, EXACT)
    view = next(one for one in views if one.template.key == f"with_and_without_{paper[0]}")
    row, count = next(place for place in np.argwhere(view.hidden) if view.counts[tuple(place)] >= 5)
    view.hidden[row, count] = False
    leaks = audit(sums(views, data), tables(views, data, EXACT), 5)
    assert view.id in {leak.view for leak in leaks}


def test_the_published_counts_survive_where_they_may_be_shown(paper: tuple[str, Path]) -> None:
    """Old and new cameras of the EPDS table are 53, 20 and 13, 11: nothing small, so they are shown as published."""
    data = data_of(paper[1])
    views, _ = whole_tables(data, EXACT)
    view = next(one for one in views if one.template.key == f"with_and_without_{paper[0]}")
    camera = masked(view, data, EXACT).frame.set_index(["characteristic", "level"]).loc["Camera"]
    if paper[0] == "EPDS":
        assert camera.loc["Old", ["with_score", "without_score"]].tolist() == [53, 13]
        assert camera.loc["New", ["percent_with", "percent_without"]].tolist() == [27, 46]
    else:
        assert camera.isna().all(axis=None), "one small cell of a two by two table takes all with it"


MORE = [(seed, families, least) for seed in range(3, 9) for families in (14, 40, 100) for least in (5, 8, 10)]
SEEDS = [(2, 20, 5), *(pytest.param(*one, marks=pytest.mark.soak) for one in MORE)]


@pytest.mark.parametrize(("seed", "families", "threshold"), SEEDS)
def test_whatever_the_study_what_is_masked_passes_the_audit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int, families: int, threshold: int
) -> None:
    """Mask and audit are two roads: the audit finds nothing in what the mask leaves."""
    monkeypatch.setattr(release_templates, "PAGES", (release_views_overview,))
    data = data_of(publish(tmp_path, random_text(families, seed)), threshold)
    views, _ = release_study.collected(data, profile(threshold), release_history.History(), tmp_path)
    assert audit(sums(views, data), tables(views, data, profile(threshold)), threshold) == ()


def every_value(file: Path) -> str:
    """All that the database holds, as text: names of tables and columns, comments and every cell."""
    reader = release_file.open_release(file).cursor()
    names = [name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables()").fetchall()]
    words = [str(row) for row in reader.execute("SELECT * FROM duckdb_columns() WHERE NOT internal").fetchall()]
    return "\n".join(words + [str(reader.execute(f'SELECT * FROM "{name}"').fetchall()) for name in names])


def test_no_canary_in_any_byte(study: Path, released: Release) -> None:
    """Ids of families, dyads, people and recordings, and the one strange score: in no cell and in no byte."""
    file = current_release(study).file
    raw, text = file.read_bytes(), every_value(file)
    assert str(FAMILIES).encode() and str(FAMILIES) in text, "the scan reads what is there"
    ids = [CANARY, "F001", "F029", "-M-c", "O01", "anna", "ben"]
    for word in (*ids, str(CANARY_SCORE)):
        assert word.encode() not in raw and word not in text
    assert np.float64(CANARY_SCORE).tobytes() not in raw
    assert not re.search(r"\b29\.7", text), "not as a highest value either"


def test_the_file_holds_the_contract_and_nothing_else(study: Path, released: Release) -> None:
    reader = released.connection.cursor()
    found = {name for (name,) in reader.execute("SELECT table_name FROM duckdb_tables()").fetchall()}
    other = reader.execute("SELECT count(*) FROM duckdb_views() WHERE NOT internal").fetchone()
    columns = dict(reader.execute("SELECT table_name, list(column_name) FROM duckdb_columns() GROUP BY 1").fetchall())
    ids = {view.id for view in released.views}
    assert found == {"release", "view"} | {f"{kind}_{one}" for kind in ("frame", "hidden") for one in ids}
    assert other == (0,)
    made_of = {"generation", "sha256", "threshold", "families", "created", "version", "audit"}
    assert set(released.about) == made_of | {"title", "study_id", "synthetic", "attribution"}
    assert (released.about["title"], released.about["synthetic"]) == ("Hand study", "true")
    for view in released.views:
        spec = view.spec
        allowed = {*spec.labels, *spec.counts, *(name for name, _ in (*spec.percents, *spec.statistics))}
        assert set(columns[f"frame_{view.id}"]) == set(columns[f"hidden_{view.id}"]) <= allowed
        assert not spec.individual and not spec.extremes and not {"family_id", "dyad_id"} & allowed


def test_every_view_reads_back_masked(released: Release) -> None:
    assert {"overview", "durations"} <= set(released.pages)
    filters = {view.filter for view in released.views}
    assert "" in filters and "Camera: old" in filters and not any(" and " in one for one in filters)
    for view in released.views:
        shown = released.released(view.id)
        assert isinstance(shown, ReleasedFrame) and shown.mode == "presenting" and shown.spec.threshold == 5
        counts = shown.frame[list(view.spec.counts)]
        assert (counts.isna() | (counts == 0) | (counts >= 5)).all(axis=None)
        assert shown.frame.where(shown.hidden).isna().all(axis=None), "a hidden cell holds nothing"
        assert view.title and view.question and view.note and view.alt and said_families(view.families) >= 5
        assert view.words or view.chart == "draw_groups", "something is found"


INTERNAL = re.compile(r"[a-z]_[a-z]|caregiver\d|\bnan\b|\br\b(?! =)")


def test_every_word_is_for_readers(released: Release) -> None:
    """Headings for all that is shown, counts called families, no internal names, one title once, notes short."""
    titles = [(view.page, view.options["protocol"], view.title, view.filter) for view in released.views]
    assert len(titles) == len(set(titles)), "a view is found by its title"
    for view in released.views:
        names, frame = view.options["names"], released.released(view.id).frame
        assert set(names) <= set(frame) and {*view.spec.counts, *names} == set(names)
        assert all("amilies" in names[count] for count in view.spec.counts)
        said = [view.title, view.question, view.words, view.note, view.alt, *names.values()]
        assert not [text for text in said if INTERNAL.search(text)] and len(view.note) < 300
        assert view.words.count(".") < 12 and "[c]" in view.note or not released.released(view.id).masked


def test_the_numbers_are_the_studys_own(released: Release) -> None:
    """Second road: counted from the rule that made the families."""
    table = released.released("overview_home_headcam_table_1").frame.set_index(["characteristic", "level"])["families"]
    assert table["Main caregiver of the interaction", "Father"] == 10 and table["Camera", "New"] == 5, "6, rounded"
    scores = released.released("overview_home_headcam_scores").frame.set_index(["measure", "role"])
    values = [CANARY_SCORE] + [number % 13 for number in range(1, FAMILIES) if number % 4 != 1]
    assert scores.loc[("EPDS", "All"), "mean"] == float(f"{np.mean(values):.2g}")
    assert scores.loc[("EPDS", "All"), "families"] == 20, "22 families, rounded"


def test_hostile_labels_come_through_as_text(released: Release) -> None:
    assert all(re.fullmatch(r"[a-z0-9_]+", view.id) for view in released.views)
    assert HOSTILE_LABEL not in "".join(view.id for view in released.views)


def test_rounded_profile_tells_no_exact_number(whole: None, tmp_path: Path) -> None:
    """32 families, 11 fathers: counts, N and percentages are those of multiples of five."""
    found = open_release(made(publish(tmp_path, text_of(32)), 8))
    assert found.about["families"] == "about 30"
    for view in found.views:
        counts = found.released(view.id).frame[list(view.spec.counts)]
        assert (counts.isna() | (counts % 5 == 0)).all(axis=None) and said_families(view.families) % 5 == 0
        assert "rounded to 5" in view.note
    table = found.released("overview_home_headcam_table_1").frame.set_index(["characteristic", "level"])
    father = table.loc[("Main caregiver of the interaction", "Father")]
    assert (father["families"], father["percent"]) == (10, 33)


def test_disc_a_release_that_leaks_is_refused_by_name(
    few: None, study: Path, released: Release, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mask is switched off: the audit, not the mask, stops the release, and the last one stays."""
    before = current_release(study)
    monkeypatch.setattr(release_study, "protect", lambda *_: None)
    with pytest.raises(ReleaseRefused) as refusal:
        made(study, 5)
    assert re.fullmatch(
        r"The audit failed\. view 'overview_home_headcam_\w+': \d+ hidden counts can be worked out to within 2, "
        r"\d+ of them exactly.*\. Nothing was released\.",
        str(refusal.value),
    )
    assert current_release(study) == before and not list(study.glob(".build-*"))


def test_disc_numbers_that_can_be_subtracted_are_refused(
    few: None, study: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(release_study, "admit", lambda *_: None)
    monkeypatch.setattr(release_study, "parts_of", lambda *asked: parts_of(*asked)[:5])
    with pytest.raises(ReleaseRefused, match="less another view it is a number of fewer than 5 families"):
        made(study, 5)


def test_disc_a_few_new_families_are_refused(few: None, own: Path) -> None:
    home = own
    first = made(home, 5)
    publish(home, text_of(FAMILIES + 2), 2)
    with pytest.raises(ReleaseRefused) as refusal:
        made(home, 5)
    assert str(refusal.value) == (
        "View 'overview_home_headcam_table_1': 1 to 4 families came or went since an earlier release; whoever has both "
        "releases could work out their numbers. Nothing was released, the last release stays. Release again when 5 or "
        "more have come."
    )
    assert current_release(home) == first
    publish(home, text_of(FAMILIES + 6), 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYADSCOPE_HOME", str(home))
        again = make_release(home, 5)
    assert again.release.generation == 3 and [file.name for file in (home / "released").glob("*.duckdb")] == [
        "gen-000003-T5.duckdb"
    ]
    few_apart = "it differs by 1 to 4 families from what an earlier release showed"
    left = [view for view, why in again.left_out if why == few_apart]
    assert left, "six new families are one to four of some filter"
    assert not set(left) & {view.id for view in open_release(again.release).views}
    assert CANARY not in (home / release_history.FILE).read_text(encoding="utf-8")


def test_disc_a_release_is_compared_with_every_earlier_one(whole: None, own: Path) -> None:
    """30, 36 and then 31 families: five fewer than the last, but one more than the first."""
    made(own, 5)
    made(publish(own, text_of(FAMILIES + 6), 2), 5)
    with pytest.raises(ReleaseRefused, match="1 to 4 families came or went since an earlier release"):
        made(publish(own, text_of(FAMILIES + 1), 3), 5)
    assert current_release(own).generation == 2


def test_disc_another_threshold_is_refused(whole: None, own: Path, capsys: pytest.CaptureFixture) -> None:
    """What 5 and 8 hide can be told from both together; the same again, or afresh, is fine."""
    made(own, 5)
    with pytest.raises(ReleaseRefused) as refusal:
        made(own, 8)
    assert str(refusal.value) == (
        "These families were released with threshold 5 before: whoever has that release could work out from one with 8 "
        "what either hides. Nothing was released. Stay with threshold 5; or, if nobody has seen that release, delete "
        "the folder released and release_history.json and release again."
    )
    assert made(own, 5).threshold == 5
    shutil.rmtree(own / "released")
    assert command(own, capsys, 8).startswith("Release of generation 1, threshold 5: "), "as strict as it was"
    shutil.rmtree(own / "released")
    (own / release_history.FILE).unlink()
    assert made(own, 8).threshold == 8


def test_disc_a_filter_that_changed_is_left_out_of_every_view(few: None, study: Path, tmp_path: Path) -> None:
    """Also of views that were not shown before: another view of the filter said how many families it has."""
    data, history = data_of(study), release_history.History()
    fathers = data.observations.loc[data.observations["role"] == "father", "family_id"].tolist()
    history.keep("home_headcam|Caregiver|father", fathers[1:], 5)
    views, left = release_study.collected(data, profile(5), history, tmp_path)
    gone = {view for view, why in left if "an earlier release" in why}
    assert gone and all("caregiver_father" in view for view in gone)
    assert views and not [view for view in views if "caregiver_father" in view.id]


def test_a_history_knows_every_release(tmp_path: Path) -> None:
    """Each set of families once, however often it was released, and the larger of two thresholds."""
    history, many = release_history.History(), [f"F{number:03}" for number in range(50)]
    for families, threshold in ((30, 5), (36, 5), (30, 5)):
        history.keep("v", many[:families], threshold)
    release_history.write(tmp_path, history)
    found = release_history.read(tmp_path)
    assert found == history and len(found.views["v"]) == 2
    assert "F001" not in (tmp_path / release_history.FILE).read_text(encoding="utf-8")
    changed = [families for families in range(20, 50) if found.changed("v", many[:families], 5)]
    assert changed == [26, 27, 28, 29, 31, 32, 33, 34, 35, 37, 38, 39, 40]
    assert not found.changed("v", many[:43], 5) and found.changed("v", many[:43], 8)
    found.keep("v", many[:36], 10)
    assert found.changed("v", many[:43], 5), "released with 10 before"
    assert found.thresholds(many[33:]) == [5, 10] and found.thresholds(many[36:]) == [] and found.threshold == 10


def test_a_history_of_sets_alone_is_read(whole: None, own: Path) -> None:
    """One set per view, as it was written once: of the threshold of the release that is there."""
    made(own, 8)
    history = release_history.read(own)
    names = sorted(history.views["overview_home_headcam_table_1"][0].families)
    old = {"salt": history.salt, "families": names, "views": {"overview_home_headcam_table_1": list(range(len(names)))}}
    (own / release_history.FILE).write_text(json.dumps(old), encoding="utf-8")
    found = release_history.read(own).views
    assert found == {"overview_home_headcam_table_1": [release_history.Shown(frozenset(names), 8)]}
    with pytest.raises(ReleaseRefused, match="Stay with threshold 8"):
        made(own, 5)
    with pytest.raises(ReleaseRefused, match="1 to 7 families came or went since an earlier release"):
        made(publish(own, text_of(FAMILIES + 7), 2), 8)
    (own / "released" / "CURRENT.json").unlink()
    assert release_history.read(own).threshold == 0


def test_disc_a_few_new_scores_leave_a_view_out(whole: None, tmp_path: Path) -> None:
    """The same 32 families; three more have EPDS: who they are could be read off families with and without it."""
    home = publish(tmp_path, text_of(32))
    assert "overview_home_headcam_with_and_without_epds" in {view.id for view in open_release(made(home, 5)).views}
    lines = [line.split() for line in text_of(32).splitlines()]
    more = [" ".join([*words[:12], "3" if words[0] in ("F001", "F005", "F009") else words[12], *words[13:]])
            for words in lines]  # fmt: skip
    publish(home, "\n".join(more), 2)
    ids = {view.id for view in open_release(made(home, 5)).views}
    assert "overview_home_headcam_table_1" in ids and "overview_home_headcam_with_and_without_epds" not in ids


@pytest.mark.parametrize(
    ("families", "threshold", "words"),
    [
        (4, 5, "The study has fewer than 5 families. Nothing can be released."),
        (FAMILIES, 7, "7 is not a threshold of a release. Choose one of: 10, 5, 8."),
    ],
)
def test_disc_what_cannot_be_released(tmp_path: Path, families: int, threshold: int, words: str) -> None:
    with pytest.raises(UserError, match=f"^{re.escape(words)}$"):
        made(publish(tmp_path, text_of(families)), threshold)
    assert not (tmp_path / "released").exists()


def test_disc_a_damaged_history_is_refused(whole: None, tmp_path: Path) -> None:
    home = publish(tmp_path, text_of(8))
    (home / release_history.FILE).write_text("{", encoding="utf-8")
    with pytest.raises(StudyError, match="what earlier releases showed is not known. Nothing was released"):
        made(home, 5)


def test_disc_single_people_and_extremes_are_never_written(study: Path) -> None:
    data = data_of(study)
    for spec in (ReleaseSpec(counts=("n",), individual=True), ReleaseSpec(counts=("n",), extremes=("low",))):
        view = view_of(data, spec, pd.DataFrame({"n": [9]}))
        with pytest.raises(TypeError, match="never part of a release"):
            masked(view, data, profile(5))


def view_of(data: Data, spec: ReleaseSpec, frame: pd.DataFrame, top2: np.ndarray | None = None) -> View:
    behind = np.ones((len(frame), 1, len(data.observations)), dtype=bool)
    template = Template("k", "overview", "home_headcam", "t", "q", "table", spec, lambda selected: None, {})
    part = parts_of(data, "home_headcam")[0]
    return View("v", template, part, Answer(frame, behind, top2), behind[0, 0], np.zeros((len(frame), 1), dtype=bool))


def test_a_hidden_number_beside_a_mean_goes_with_its_filter(study: Path) -> None:
    """17 families are shown as 15, two levels of 8 as 10 each: the third level can only be of one, so all three go."""
    data = data_of(study)
    spec = ReleaseSpec(labels=("code",), counts=("n",), statistics=(("mean", "n"),))
    views = []
    for level, (first, last) in {"": (0, 17), "a": (0, 8), "b": (8, 16), "c": (16, 17)}.items():
        view = view_of(data, spec, pd.DataFrame({"code": ["x"], "n": [last - first], "mean": [0.5]}))
        view.answer.behind[0, 0] = (np.arange(FAMILIES) >= first) & (np.arange(FAMILIES) < last)
        view.part, view.id = Part(Selection(), "visit" if level else "", level), f"v{level}"
        view.hidden[:] = last - first < 5
        views.append(view)
    assert [leak.view for leak in leaking_tables(tables(views, data, profile(5)), 5)] == ["vc"]
    protect(views, data, profile(5))
    assert [len(view.hidden) for view in views] == [1, 0, 0, 0]
    assert not leaking_tables(tables(views, data, profile(5)), 5)


def of_cameras(roles: str, cameras: str) -> str:
    """One recording per family: 'm' or 'f' in front of it, camera 'o', 'n' or '.'."""
    words = {"m": "mother", "f": "father", "o": "old", "n": "new", ".": "."}
    return "\n".join(
        f"F{n:02} F{n:02}-M {words[role]} . first home_headcam feeding v1 5 {words[camera]} 2 7.0 3 1 low 12"
        for n, (role, camera) in enumerate(zip(roles, cameras, strict=True))
    )


def test_what_a_few_have_is_neither_named_nor_a_filter(tmp_path: Path) -> None:
    """9 old, 12 new, 4 of another make: that is no name to show, and the filter 'new' would tell the four."""
    text = of_cameras("m" * 25, "o" * 9 + "n" * 12 + "." * 4).replace(" 5 . 2 ", " 5 made-4711 2 ")
    data = data_of(publish(tmp_path, text))
    said = release_views_sample.merged(data, "home_headcam")["Camera"]
    assert said.value_counts().to_dict() == {"old": 9, "new or other": 16}
    assert [part.level for part in parts_of(data, "home_headcam")] == ["", "old"]


@settings(max_examples=50, deadline=None)
@given(answers=st.lists(st.sampled_from(["a", "b", "c", "d", "Other", None]), min_size=1), least=st.integers(2, 6))
def test_no_undeclared_level_of_a_few_keeps_its_name(answers: list[str | None], least: int) -> None:
    """Counted by hand: declared names may stay with a few, of the others only those that many have."""
    values = pd.Series(answers, dtype="object")
    words, order = name_no_rare(values, ("b", "a"), least)
    counts = values.value_counts()
    named = {one for word in words.dropna() for one in word.split(" or ")}
    assert named - {"a", "b"} <= {"other", "Other"} | {name for name in counts.index if counts[name] >= least}
    assert (words.isna() == values.isna()).all() and words.value_counts().iloc[1:].ge(least).all()
    assert order[:2] == ("b", "a") and order[-1].casefold() == "other"
    assert len({name.casefold() for name in order}) == len(order), "one 'Other'"
    for level in named & set(counts[counts >= least].index) - {"Other"}:
        assert words[values == level].nunique() == 1


def filters(home: Path) -> list[str]:
    data = data_of(home)
    return [part.words for part in offered(data, parts_of(data, "home_headcam"))]


def test_filters_that_leave_a_few_families_are_not_offered(tmp_path: Path) -> None:
    """10 old, 8 new, 2 not known: whole less both levels is two families, so only one of them is offered. And of
    mothers (0-9) and old cameras (0-11) only one: old less mothers is two families."""
    unknown = publish(tmp_path / "a", of_cameras("m" * 20, "o" * 10 + "n" * 8 + ".."))
    assert [part.level for part in parts_of(data_of(unknown), "home_headcam")] == ["", "old"]
    both = filters(publish(tmp_path / "b", of_cameras("m" * 10 + "f" * 10, "o" * 12 + "n" * 8)))
    assert both == ["", "Caregiver: father", "Caregiver: mother"]


def test_a_mean_that_two_families_make_is_hidden(study: Path) -> None:
    spec = ReleaseSpec(labels=("code",), counts=("n",), statistics=(("mean", "n"),))
    frame = pd.DataFrame({"code": ["a", "b"], "n": [20, 20], "mean": [0.1234, 0.5678]})
    shown = masked(view_of(data_of(study), spec, frame, np.array([0.91, 0.90])), data_of(study), profile(5))
    assert shown.hidden["mean"].tolist() == [True, False] and shown.frame["mean"].tolist()[1] == 0.57


@pytest.mark.parametrize(
    "point",
    [
        pytest.param("release_built", marks=pytest.mark.soak),
        pytest.param("release_before_file", marks=pytest.mark.soak),
        "release_before_pointer",
    ],
)
def test_killed_at_any_point_the_release_is_the_old_or_the_new(tmp_path: Path, point: str) -> None:
    """The history may know more than was published, never less; the next release sweeps and comes through."""
    home = publish(tmp_path, text_of(8))
    environment = os.environ | {"DYADSCOPE_HOME": str(home), "DYADSCOPE_FAILPOINT": point}
    command = [sys.executable, "-m", "pipeline", "release", "--threshold", "5"]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, timeout=120)
    assert done.returncode == 137
    assert current_release(home) is None
    assert (home / release_history.FILE).exists() == (point != "release_built")
    assert open_release(made(home, 5)).views and not list(home.glob(".build-*"))


def test_the_command_says_what_it_made(said: str, released: Release) -> None:
    assert said.startswith(f"Release of generation 1, threshold 5: {len(released.views)} views.\n")
    assert "The audit passed" in said and CANARY not in said


def command(home: Path, capsys: pytest.CaptureFixture, threshold: int = 5) -> str:
    """What `release --if-missing` says."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DYADSCOPE_HOME", str(home))
        release_study.run_release(Namespace(threshold=threshold, if_missing=True))
    return capsys.readouterr().out


def test_if_missing_leaves_what_is_there(
    study: Path, released: Release, capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = current_release(study)
    said = command(study, capsys, 8)
    assert said == "There is a release of generation 1 already, threshold 5. Nothing was changed.\n"
    assert current_release(study) == before
    monkeypatch.setattr(release_study, "VERSION", "another")
    monkeypatch.setattr(release_study, "make_release", lambda folder, threshold: f"made with {threshold}")
    monkeypatch.setattr(release_study, "tell", print)
    assert command(study, capsys, 8) == "made with 5\n", "made anew by another version, as strict as it was"


def test_if_missing_makes_what_is_missing_or_damaged(
    whole: None, tmp_path: Path, capsys: pytest.CaptureFixture
) -> None:
    home = publish(tmp_path, text_of(8))
    assert command(home, capsys).startswith("Release of generation 1, threshold 5: ")
    current_release(home).file.write_bytes(b"no database")
    assert command(home, capsys).startswith("Release of generation 1, threshold 5: ")
    publish(home, text_of(10), 2)
    said = command(home, capsys)
    assert "1 to 4 families came or went" in said and said.endswith("What is shown is the release of generation 1.\n")


def test_without_a_study_there_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path))
    with pytest.raises(
        StudyError, match=r"^There is no study yet, so there is nothing to release: import one first\.$"
    ):
        release_study.run_release(Namespace(threshold=5, if_missing=True))


def test_a_missing_or_damaged_release_is_a_sentence(tmp_path: Path) -> None:
    assert current_release(tmp_path) is None
    folder = tmp_path / release_file.FOLDER
    folder.mkdir()
    (folder / "CURRENT.json").write_text('{"gen": 1}', encoding="utf-8")
    with pytest.raises(StudyError, match="this file is damaged. Make one with"):
        current_release(tmp_path)
    gone = CurrentRelease(1, 5, folder / "gen-000001-T5.duckdb", "", "")
    with pytest.raises(StudyError, match=r"^gen-000001-T5\.duckdb: this file is missing"):
        open_release(gone)
    gone.file.write_bytes(b"no database")
    with pytest.raises(StudyError, match="damaged, or not a release"):
        open_release(gone)
