"""Views of a release that need no study of their own: trained models, bands, correlations, and what is said of each."""

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from pipeline.measures.suppression import LEAST_WIDTH
from pipeline.steps import (
    release_views_agreement,
    release_views_dynamics,
    release_views_engagement,
    release_views_overview,
    release_views_phases,
    release_views_sample,
    release_views_scores,
    release_views_smiles,
)
from pipeline.steps.phase_report_agreement import CLASSES, DURATION, EVERY, HUMAN
from pipeline.steps.release_mask import View, admit, candidates, masked, said, shown_families
from pipeline.steps.release_profile import Profile, profile
from pipeline.steps.release_views import Data, meanings, parts_of
from tests.release_parts import data_of, publish, text_of

FAMILIES, SESSIONS = 30, 12
NAN = float("nan")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Data:
    """Thirty families by a rule."""
    return data_of(publish(tmp_path_factory.mktemp("views"), text_of(FAMILIES)))


def views_of(data: Data, templates: list, threshold: int = 5) -> dict[str, View]:
    """The whole of the protocol, key -> view."""
    parts = {"home_headcam": parts_of(data, "home_headcam")[:1]}
    views = candidates(data, templates, parts, profile(threshold))
    admit(views, data, profile(threshold))
    return {view.template.key: view for view in views}


# --- trained models


def report(data: Data) -> SimpleNamespace:
    """The first 12 recordings: 'Ipos' coded in the first four of them; two people coded the first three."""
    ids = data.observations["observation_id"].head(SESSIONS).tolist()
    arm = {"modality": "video", "kind": "lstm"}
    score = {name: 0.667 for name in release_views_phases.MEASURES}
    score |= {f"{name}_{end}": value for name in score for end, value in (("low", 0.641), ("high", 0.7))}
    common = score | {"kind": "majority", "modality": "video", "accuracy": 0.365}
    points = [arm | {"class": phase, "observation_id": id, "human_s": 3.0 * (phase == "Ineu" or place < 4)}
              for phase in ("Ineu", "Ipos") for place, id in enumerate(ids)]  # fmt: skip
    points += [{"modality": "", "kind": HUMAN, "class": "Ineu", "observation_id": id, "human_s": 1.0} for id in ids[:3]]
    kappa = {"scale": CLASSES, "method": DURATION, "kappa": 0.546, "low": 0.5, "high": 0.6, "kappa_max": 0.9,
             "agreement": 0.7, "ac1": 0.6, "sessions": SESSIONS}  # fmt: skip
    classes = {"precision": 0.7, "recall": 0.6, "f1": 0.654}
    bias = {"bias_s": 2.68, "bias_low": -2.9, "bias_high": 8.3, "human_s": 20.6, "predicted_s": 23.3, "icc": 0.617}
    both = ("Ineu", "Ipos")
    return SimpleNamespace(
        scores=pd.DataFrame([arm | score | {"fold": NAN}, common | {"fold": NAN}, arm | score | {"fold": 1.0}]),
        agreement=pd.DataFrame(
            [
                arm | kappa | {"over": EVERY},
                arm | kappa | {"over": "double-coded sessions"},
                kappa | {"modality": "", "kind": HUMAN, "over": "double-coded sessions"},
            ]
        ),
        classes=pd.DataFrame([arm | classes | {"class": one} for one in both]),
        durations=pd.DataFrame([arm | bias | {"class": one} for one in both]),
        duration_points=pd.DataFrame(points),
    )


def card(**changes: object) -> SimpleNamespace:
    about = {"id": "a" * 8, "role": "infant", "kind": "lstm", "classes": ("Ineu", "Ipos"), "may_be_coder": True}
    return SimpleNamespace(**(about | {"study_id": "hand"} | changes))


@pytest.fixture
def trained(data: Data, monkeypatch: pytest.MonkeyPatch) -> list[SimpleNamespace]:
    """The cards of the study folder, the newest first; every report is the same."""
    cards = [card(study_id=data.about["study_id"])]
    monkeypatch.setattr(release_views_phases.phase_models, "cards", lambda folder: cards)
    monkeypatch.setattr(release_views_phases.phase_models, "read_report", lambda folder: report(data))
    return cards


def test_a_trained_model_is_shown_where_enough_families_stand_behind(data: Data, trained: list) -> None:
    """Scores of 12 families; the phase of four families and what three coded twice are hidden; nothing of sessions."""
    views = views_of(data, list(release_views_phases.templates(data, "home_headcam", Path())))
    shown = {key.split("_")[2]: masked(view, data, profile(5)) for key, view in views.items()}
    scores, kappas, classes, durations = (shown[key].frame for key in ("scores", "kappas", "classes", "durations"))
    assert scores["value"].tolist() == [67] * 3 and scores["chance"].tolist()[0] == 36 and len(scores) == 3
    assert kappas["kappa"].notna().tolist() == [True, False, False] and kappas["agreement"][0] == 70
    assert classes["f1"].notna().tolist() == durations["value"].notna().tolist() == [True, False]
    assert durations["value"][0] == 2.7 and durations["families"][0] == 10, "12 families, rounded"
    assert {shown_families(view, data, profile(5)) for view in views.values()} == {"about 10"}


@pytest.mark.parametrize(
    "changes", [{"may_be_coder": False}, {"study_id": "another"}], ids=["random weights", "another study"]
)
def test_a_model_that_is_no_coder_of_the_study_is_not_shown(data: Data, trained: list, changes: dict) -> None:
    vars(trained[0]).update(changes)
    assert not list(release_views_phases.models(data, "home_headcam", Path()))
    trained.append(card(study_id=data.about["study_id"]))
    assert len(list(release_views_phases.models(data, "home_headcam", Path()))) == 1, "an older one is"


def test_a_model_of_few_families_or_of_other_recordings_is_not_shown(
    data: Data, trained: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    few, gone = report(data), report(data)
    ids = data.observations["observation_id"].head(4)
    few.duration_points = few.duration_points[few.duration_points["observation_id"].isin(ids)]
    gone.duration_points.loc[0, "observation_id"] = "nowhere"
    for one in (few, gone):
        monkeypatch.setattr(release_views_phases.phase_models, "read_report", lambda folder, one=one: one)
        assert not list(release_views_phases.models(data, "home_headcam", Path()))
    assert not list(release_views_phases.models(data, "free_play", Path()))


def test_what_is_said_of_a_trained_model() -> None:
    scores = pd.DataFrame({"label": ["Frames"], "value": [67.0], "chance": [37.0]})
    assert release_views_phases.scores_say(scores, "infant") == (
        "A program names the infant's phase rightly in 67 % of the frames; always naming the commonest would be right "
        "in 37 %."
    )
    assert release_views_phases.scores_say(scores.assign(value=NAN), "infant") == ""
    kappas = pd.DataFrame({"behaviour": "By time", "who": ["Program and person", "Two people"], "kappa": [0.55, 0.7]})
    said = release_views_phases.kappas_say(kappas)
    assert said == "By time, program and person agree with kappa 0.55; two people with 0.7."
    assert release_views_phases.kappas_say(kappas.tail(1)) == ""
    durations = pd.DataFrame({"label": ["a", "b", "c"], "icc": [0.75, 0.74, NAN]})
    assert release_views_phases.durations_say(durations) == (
        "Program and person agree on durations (ICC 0.75 or more) only for a."
    )
    assert "for no phase shown" in release_views_phases.durations_say(durations.tail(2))
    classes = pd.DataFrame({"label": ["a", "b", "c"], "f1": [70.0, 60.0, NAN]})
    assert release_views_phases.classes_say(classes) == "The program finds best a (F1 70 %), and worst b (F1 60 %)."


# --- the overview


def test_correlations_are_of_families_with_both_scores(data: Data) -> None:
    """Second road: by the rule that made the families; EPDS of all but every fourth, SAPAS of all."""
    view = views_of(data, list(release_views_overview.templates(data, "home_headcam")))["correlations"]
    frame = masked(view, data, profile(5)).frame.set_index(["x", "y"])
    pairs = [(number % 13, number % 5) for number in range(FAMILIES) if number % 4 != 1]
    pairs[0] = (29.73125, 0)
    expected = np.corrcoef(np.array(pairs).T)[0, 1]
    assert len(pairs) == 22 and frame.loc[("EPDS", "SAPAS"), "families"] == 20
    assert frame.loc[("EPDS", "SAPAS"), "r"] == float(f"{expected:.2g}")
    assert view.answer.behind[0].sum() == 22 and view.template.spec.statistics == tuple(
        (name, "families") for name in ("r", "low", "high")
    )


def test_a_pair_of_four_families_is_hidden(tmp_path: Path) -> None:
    lines = [line.replace(" 29.73125 ", " 2 ") for line in text_of(16).splitlines()]
    lines = [
        line if number < 6 else " ".join([*line.split()[:12], ".", *line.split()[13:]])
        for number, line in enumerate(lines)
    ]
    data = data_of(publish(tmp_path, "\n".join(lines)))
    view = views_of(data, list(release_views_overview.templates(data, "home_headcam")))["correlations"]
    shown = masked(view, data, profile(5))
    small = view.counts[:, 0] < 5
    assert small.any() and not small.all() and shown.hidden["r"].tolist() == small.tolist()
    assert shown.frame.loc[small, ["r", "low", "high", "families"]].isna().all(axis=None)


def test_bands_stand_in_one_view_only(data: Data, monkeypatch: pytest.MonkeyPatch) -> None:
    """The rows of Table 1 that are bands are drawn as bars, in their order, and are no longer in the table."""
    bands = pd.DataFrame(
        {"instrument": "EPDS", "band": ["low", "high"], "low": [0, 6], "high": [5, 30], "position": [0, 1]}
    )
    banded = SimpleNamespace(**(vars(data) | {"bands": bands, "families": data.families, "mask": data.mask}))
    views = views_of(banded, list(release_views_overview.templates(banded, "home_headcam")))
    drawn, table = views["bands"], views["table_1"]
    assert drawn.template.chart == "draw_bands" and set(drawn.lines) == {"EPDS band"}
    assert "EPDS band" not in table.lines and "Camera" in table.lines
    assert drawn.template.options["order"] == {"EPDS band": ["Low", "High", "Not recorded"]}
    counts = dict(zip(drawn.answer.frame["level"], drawn.counts[:, 0], strict=True))
    assert counts == {"Low": 10, "High": 12, "Not recorded": 8}


# --- what is said, of shown cells only


def test_findings_of_tables() -> None:
    names = ["Sex", "Sex", "Band band", "Band band", "One"]
    percent, level = [54, 46, NAN, 30, 100], ["Male", "Female", "Low", "High", "All"]
    table = pd.DataFrame({"characteristic": names, "percent": percent, "level": level})
    assert release_views_sample.largest_groups(table) == "Largest groups shown: Sex, male (54 %); Band, high (30 %)."
    sides = pd.DataFrame({"characteristic": "Sex", "level": ["Male", "Female"], "percent_with": [59.0, NAN],
                          "percent_without": [38.0, 90.0]})  # fmt: skip
    assert release_views_sample.differences(sides, "EPDS") == (
        "Largest difference shown: Sex, male: 59 % of families with EPDS, 38 % of those without."
    )
    assert release_views_sample.differences(sides.tail(1), "EPDS") == ""
    pairs = pd.DataFrame({"x": ["a", "b"], "y": "c", "r": [0.36, -0.9], "low": [0.12, NAN], "high": [0.56, NAN]})
    assert release_views_scores.strongest(pairs) == (
        "a and c rise together most clearly (r = 0.36, 95 % interval 0.12 to 0.56). Clear: 1 of 2 correlations."
    )
    assert release_views_scores.strongest(pairs.tail(1)) == "Nothing is clear: the interval includes 0."
    bins = pd.DataFrame(
        {"pair": "A and B", "x": ["0 to 6", "not recorded"], "y": ["0 to 1", "not recorded"], "families": [18, 36]}
    )
    assert release_views_scores.commonest(bins) == "Largest group shown: A 0 to 6 with B 0 to 1 (18 families)."


def test_findings_of_figures() -> None:
    kappas = pd.DataFrame({"compared": ["Two people"] * 3 + ["Person and model"], "role": ["", "", "Father", ""],
                           "kappa": [0.77, 0.92, 0.1, 0.43]})  # fmt: skip
    assert release_views_agreement.finding(kappas) == (
        "Two people agree with kappa 0.77 to 0.92; person and model with kappa 0.43 (0 is chance, 1 perfect)."
    )
    answers = pd.DataFrame(
        {"label": ["After x: y", "After y: x"], "value": [6.4, 2.0], "low": [2.8, 0.5], "chance": 1.1}
    )
    assert release_views_dynamics.finding(answers) == (
        "1 of 2 answers is clearly above chance: after x, y (6.4 %, 1.1 % by chance)."
    )
    assert release_views_dynamics.finding(answers.tail(1)) == "No answer is clearly more frequent than by chance."
    means = pd.DataFrame(
        {
            "name": ["p", "p", "n", "n", "h"],
            "episode": ["Play", "Still face"] * 2 + ["Play"],
            "mean": [22, 5.2, 9.4, 29, 90],
        }
    )
    assert (
        release_views_engagement.means_say(means)
        == "From play to still face, p falls from 22 to 5.2 % and n rises from 9.4 to 29 %."
    )
    ends = {"mean": [-17.0, 19.0, 1.0], "low": [-30.0, 2.1, -9.0], "high": [-3.5, 37.0, 9.0]}
    changes = pd.DataFrame({"name": ["p", "n", "o"], "first": "Play", "second": "Still face"} | ends)
    assert (
        release_views_engagement.changes_say(changes)
        == "From play to still face, in percentage points: p \u221217 and n +19."
    )
    later = changes.assign(first="Still face", second="Reunion")
    assert release_views_engagement.changes_say(later).startswith("From still face to reunion, in percentage points: p")
    later = means.assign(episode=means["episode"].replace({"Play": "Reunion"}))
    assert (
        release_views_engagement.means_say(later)
        == "From still face to reunion, n falls from 29 to 9.4 % and p rises from 5.2 to 22 %."
    )
    assert release_views_engagement.changes_say(changes.tail(1)) == "Nothing clearly changes from play to still face."
    features = pd.DataFrame({"title": ["a", "a", "b", "b"], "low": [1.0, 3, 1, 1], "high": [2.0, 4, 2, 2],
                             "group": ["1", "2"] * 2, "kind": ""})  # fmt: skip
    assert release_views_smiles.means_say(features) == "1 of 2 features differs clearly (the intervals lie apart): a."
    assert (
        release_views_smiles.means_say(features.tail(2))
        == "No clear difference: the intervals overlap in every feature."
    )
    bands = features.assign(kind=["low", "high"] * 2)
    assert release_views_smiles.means_say(bands) == "", "bands of different visits are not compared"
    bands = bands.assign(group="1")
    assert release_views_smiles.means_say(bands) == "1 of 2 features differs clearly (the intervals lie apart): a."
    only = release_views_smiles.means_say(features.assign(kind="Low"))
    assert only == "Only one band is shown: low."
    counts = pd.DataFrame({"visit": ["All visits", "1"], "mean": [5.2, 4], "per_minute": [1.7, 2]})
    assert release_views_smiles.counts_say(counts) == "Mothers smile 5.2 times per recording, 1.7 times a minute."
    links = pd.DataFrame({"mixed_low": [0.1, -0.1, NAN], "mixed_high": [0.4, 0.3, NAN]})
    assert release_views_smiles.links_say(links, "EPDS") == (
        "1 of 2 correlations with EPDS is clear when the smiles of a mother are taken together "
        "(about 0.1 by chance alone)."
    )


def test_codes_that_are_abbreviations_are_said_with_their_meaning() -> None:
    codes = pd.DataFrame({"code": ["Ipos", "Iusc"], "description": ["Social positive engagement.", None]})
    data = SimpleNamespace(codes=codes)
    assert meanings(data, ["Ipos", "Iusc"]) == {"Ipos": "Ipos (social positive engagement)", "Iusc": "Iusc"}
    assert meanings(data, ["Ipos", "Smile"]) == {"Ipos": "Ipos", "Smile": "Smile"}


def test_the_number_of_families_above_a_view_gives_none_away(data: Data) -> None:
    """97 families of which 95 stand behind: 'about 95', which is 93 to 97."""
    assert said(97, Profile(5)) == "97" and said(97, profile(5)) == said(97, profile(8)) == "about 95"
    view = views_of(data, list(release_views_overview.templates(data, "home_headcam")))["correlations"]
    assert shown_families(view, data, Profile(5)) == "30"
    view.columns = (view.base & (np.arange(len(view.base)) >= 2))[None]
    assert shown_families(view, data, Profile(5)) == "about 30" and 2 * profile(5).half >= LEAST_WIDTH
