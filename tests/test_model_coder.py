"""Predictions of trained models as one more coder: published on their own or at import, checked, never lost."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from db import publish
from db.connect import current
from pipeline.steps.import_study import import_study
from pipeline.steps.model_coder import publish_models
from tests.model_files import ID, write_annotation, write_model
from tests.tiny import CONTENT, Tiny, entry

ROOT = Path(__file__).parents[1]
CODER = f"model:{ID}"
BOTH = """
O1 Neutral 0 4000 0.6
O1 Smile 4000 10000 0.9
O2 Smile 200 20000 0.75
"""
OWN = CONTENT | {
    "confidence": "SELECT * FROM confidence",
    "episode": "SELECT * FROM episode",
    "study": "SELECT * FROM study",
    "issue": "SELECT * EXCLUDE (generation, source_id) FROM issue",
    "media": "SELECT * FROM media",
    "code": "SELECT * FROM code",
    "fit": "SELECT fit_id FROM fit",
}


def silent(line: str) -> None:
    """Says nothing."""


def tiny(folder: Path, tail: str = "") -> Tiny:
    """Three recordings; O1 and O2 are coded, O3 is not."""
    study = Tiny(folder, {"O1": 10, "O2": 20, "O3": 30}, entry("*.csv", 'coder = "anna"\n'), tail=tail)
    study.spans(
        "a.csv",
        """
        | O1 | Infant | Neutral | 0 | 5 |
        | O1 | Infant | Smile | 5 | 10 |
        | O2 | Infant | Smile | 0 | 20 |
        | O2 | Caregiver 1 | Smile | 0 | 20 |
        """,
    )
    return study


@pytest.fixture(scope="module")
def imported(tmp_path_factory) -> Path:
    """The study folder of `tiny` after one import; copied by every test that changes it."""
    folder = tmp_path_factory.mktemp("imported")
    tiny(folder).run()
    return folder


@pytest.fixture
def home(imported, tmp_path) -> Path:
    """A study folder of one's own, imported, without models."""
    shutil.copytree(imported / "home", tmp_path / "home")
    return tmp_path / "home"


def ask(home: Path, question: str) -> list[tuple]:
    """Rows of one statement on the current generation."""
    with duckdb.connect(str(current(home).file), read_only=True) as connection:
        return connection.execute(question).fetchall()


def content(home: Path) -> dict[str, list[tuple]]:
    """Everything a reader sees that does not depend on when and how it was built."""
    return {name: sorted(ask(home, question), key=repr) for name, question in OWN.items()}


def by_coder(home: Path) -> dict[str, int]:
    return dict(ask(home, "SELECT coder_id, count(*) FROM event GROUP BY ALL ORDER BY ALL"))


def test_a_model_is_published_as_one_more_coder(home):
    write_model(home, BOTH)
    write_annotation(home, "O3 Smile 1000 31000 0.5")
    said: list[str] = []
    assert publish_models(home, said.append) == 2
    assert said == [f"{CODER}: 4 events of 3 recordings.", "Generation 2 is published."]
    assert ask(
        home, f"SELECT observation_id, code, onset_ms, offset_ms, repaired FROM event WHERE coder_id = '{CODER}'"
    ) == [
        ("O1", "Neutral", 0, 4000, ""),
        ("O1", "Smile", 4000, 10000, ""),
        ("O2", "Smile", 200, 20000, ""),
        ("O3", "Smile", 1000, 30000, "clipped"),
    ]
    assert ask(home, "SELECT onset_ms, confidence FROM confidence ORDER BY ALL") == [
        (0, 0.6),
        (200, 0.75),
        (1000, 0.5),
        (4000, 0.9),
    ]
    assert ask(home, "SELECT * FROM coder ORDER BY ALL") == [("anna", "human", 2), (CODER, "model", 3)]
    assert ask(
        home, f"SELECT code, ms, bouts FROM duration WHERE coder_id = '{CODER}' AND observation_id = 'O1' ORDER BY ALL"
    ) == [
        ("Neutral", 4000, 1),
        ("Smile", 6000, 1),
    ]
    analysed = ask(home, "SELECT DISTINCT coder_id FROM coding WHERE is_primary")
    assert analysed == [("anna",)], "a model is never analysed unless a person chooses it"
    assert publish_models(home, silent) is None, "nothing has changed"


def test_every_line_of_a_prediction_can_be_followed_back(home):
    write_model(
        home,
        BOTH + "O1 Grin 1 2 0.5\nO9 Smile 0 10 0.5\nO9 Smile 20 30 0.5\nO2 Smile 5000 6000 0.5\nO1 Smile 9 9 0.5\n"
        "O1 Smile 10000 12000 0.5\n",
    )
    publish_models(home, silent)
    assert ask(home, "SELECT path, format, rows, accepted, rejected FROM source WHERE content = 'model'") == [
        (f"phase_models/{ID}", "phase model", 9, 3, 6)
    ]
    raw = ask(
        home,
        "SELECT line, outcome, reason, raw FROM raw_row JOIN source USING (source_id) WHERE content = 'model'"
        " ORDER BY line",
    )
    assert raw[1] == (2, "accepted", "", "O1;infant;face;Smile;4.000;10.000;0.900")
    assert [(line, reason) for line, outcome, reason, _ in raw if outcome == "rejected"] == [
        (4, "prediction_unknown_code"),
        (5, "prediction_without_recording"),
        (6, "prediction_without_recording"),
        (7, "prediction_overlaps"),
        (8, "prediction_unusable"),
        (9, "prediction_past_end"),
    ]
    said = ask(home, "SELECT kind, count, detail FROM issue WHERE kind LIKE 'prediction%' ORDER BY kind")
    assert [row[:2] for row in said] == [
        ("prediction_overlaps", 1),
        ("prediction_past_end", 1),
        ("prediction_unknown_code", 1),
        ("prediction_unusable", 1),
        ("prediction_without_recording", 2),
    ]
    assert said[4][2] == f"{ID}: predictions of recordings that this study does not have (any more): O9."
    assert said[2][2].endswith("for this person: Grin.")
    start = ask(home, f"SELECT start_line FROM event WHERE coder_id = '{CODER}' ORDER BY start_line")
    assert start == [(1,), (2,), (3,)]


def test_publishing_alone_and_importing_again_give_the_same_study(tmp_path):
    """The second road: the same folder of models, once added to a generation, once taken in by a whole import."""
    choice = f'\n[primary.coders]\nO1 = "{CODER}"\nO3 = "nobody"\n'
    one, two = tiny(tmp_path / "one", choice), tiny(tmp_path / "two", choice)
    one.run()
    for study in (one, two):
        write_model(study.folder / "home", BOTH + "O9 Smile 0 10 0.5")
    publish_models(one.folder / "home", silent)
    two.run()
    found, afresh = content(one.folder / "home"), content(two.folder / "home")
    assert {name: found[name] == afresh[name] for name in OWN} == dict.fromkeys(OWN, True)
    assert len(found["confidence"]) == 3


def test_an_import_with_nothing_new_but_a_model_publishes(home):
    study = tiny(home.parent)
    write_model(home, BOTH)
    taken = study.run().outcome
    assert taken.new and (taken.files_new, taken.files_unchanged, taken.rows) == (1, 1, 3 + 3), "tables are read again"
    assert by_coder(home) == {"anna": 4, CODER: 3}
    assert not study.run().outcome.new
    study.spans("b.csv", "| O3 | Infant | Smile | 0 | 5 |")
    later = study.run().outcome
    assert (later.files_new, later.files_unchanged, later.rows) == (1, 2, 3 + 1)
    assert by_coder(home) == {"anna": 5, CODER: 3}
    shutil.rmtree(home / "phase_models" / ID)
    assert study.run().outcome.new
    assert by_coder(home) == {"anna": 5}


def test_a_model_trained_again_replaces_its_events_and_the_old_generation_stays(home):
    write_model(home, BOTH)
    write_model(home, "O1 Smile 0 10000 0.5", id="00000001")
    publish_models(home, silent)
    before = content(home)
    write_model(home, "O2 Neutral 0 5000 0.5")
    assert publish_models(home, silent) == 3
    assert by_coder(home) == {"anna": 4, CODER: 1, "model:00000001": 1}
    kept = ask(home, "SELECT path, generation FROM source WHERE content = 'model' ORDER BY path")
    assert kept == [("phase_models/00000001", 2), (f"phase_models/{ID}", 3)]
    publish.restore(home, 2)
    assert content(home) == before
    assert publish_models(home, silent) == 4 and by_coder(home)[CODER] == 1


@pytest.mark.parametrize("changes", [{"compat": ("no_refit",)}, {"random": True}, {"study_id": "other"}])
def test_who_may_not_be_a_coder(home, changes):
    if changes.pop("random", False):
        changes = {"streams": ({"stream": "dinov2", "dim": 4, "fps": 25.0, "random_weights": True},)}
    write_model(home, BOTH, **changes)
    write_model(home, "O1 Smile 0 10000 0.5", id="00000001")
    publish_models(home, silent)
    assert set(by_coder(home)) == {"anna", "model:00000001"}
    said = ask(home, "SELECT detail FROM issue WHERE kind = 'model_of_other_study'")
    assert said == ([(f"{ID}: this model was trained on the study 'other'.",)] if "study_id" in changes else [])


@pytest.mark.parametrize("file", ["card.json", "predictions.parquet", "annotations/O3.parquet"])
def test_a_damaged_model_is_left_out_with_an_issue(home, file):
    """Also when it was whole before, and when the whole study is imported."""
    folder = write_model(home, BOTH)
    write_annotation(home, "O3 Smile 0 5000 0.5")
    write_model(home, "O1 Smile 0 10000 0.5", id="00000001")
    first = file == "card.json"
    if first:
        publish_models(home, silent)
    (folder / file).write_bytes(b"{torn")
    for taken in (lambda: publish_models(home, silent), tiny(home.parent).run)[: 1 + first]:
        taken()
        assert set(by_coder(home)) == {"anna", "model:00000001"}
        issues = ask(home, "SELECT severity, file FROM issue WHERE kind = 'damaged_model'")
        assert issues == [("error", f"phase_models/{ID}")]


def test_a_recording_with_out_of_fold_predictions_keeps_those_only(home):
    write_model(home, BOTH)
    write_annotation(home, "O1 Smile 0 10000 0.99")
    publish_models(home, silent)
    assert (0.99,) not in ask(home, "SELECT confidence FROM confidence")
    assert by_coder(home)[CODER] == 3


def test_a_prediction_of_a_recording_coded_since_is_left_out_where_its_family_taught(home):
    """O2 was annotated by the last network, which its own family taught, and is coded now: beside that coding the
    prediction would look better than any of a family that the network never saw."""
    folder = write_model(home, "O1 Smile 0 5000 0.5")
    write_annotation(home, "O2 Smile 0 9000 0.8")
    write_annotation(home, "O3 Smile 0 7000 0.7")
    families = dict(ask(home, "SELECT observation_id, family_id FROM observation JOIN dyad USING (dyad_id)"))
    for taught, entered in ((["O1"], 3), (["O1", "O2", "O3"], 2)):
        answers = pd.DataFrame({"family": [families[name] for name in taught]})
        answers.to_parquet(folder / "answers.parquet", index=False)
        write_annotation(home, f"O3 Smile 0 {len(taught)}000 0.7")
        publish_models(home, silent)
        assert by_coder(home)[CODER] == entered
    assert ask(home, f"SELECT DISTINCT observation_id FROM event WHERE coder_id = '{CODER}' ORDER BY ALL") == [
        ("O1",),
        ("O3",),
    ], "O3 is coded by nobody"
    assert ask(home, "SELECT kind, count FROM issue WHERE kind LIKE 'prediction%'") == [("prediction_by_relatives", 1)]


def test_a_person_chooses_a_model_in_the_manifest(home):
    """It is analysed where it predicted, also when it is published without the manifest at hand."""
    tiny(home.parent, f'\n[primary.coders]\nO1 = "{CODER}"\n').run()
    assert [row[0] for row in ask(home, "SELECT kind FROM issue")].count("chosen_coder_absent") == 1
    write_model(home, BOTH)
    publish_models(home, silent)
    chosen = "SELECT observation_id, coder_id FROM coding WHERE is_primary AND subject = 'infant' ORDER BY ALL"
    assert ask(home, chosen) == [("O1", CODER), ("O2", "anna")]
    assert ask(home, "SELECT kind FROM issue WHERE kind = 'chosen_coder_absent'") == []
    tiny(home.parent, f'\n[primary]\nprefer = ["{CODER}"]\n').run()
    assert ask(home, chosen) == [("O1", CODER), ("O2", CODER)]


def test_a_coded_file_under_a_models_name_does_not_mix_with_its_predictions(tmp_path):
    study, home = tiny(tmp_path), tmp_path / "home"
    study.coded += entry("x/*.csv", f'coder = "{CODER}"\n')
    study.spans("x/c.csv", "| O1 | Infant | Smile | 0 | 10 |")
    write_model(home, BOTH)
    study.run()
    mine = f"SELECT observation_id, code, onset_ms FROM event WHERE coder_id = '{CODER}' ORDER BY ALL"
    assert ask(home, mine) == [("O1", "Smile", 0), ("O2", "Smile", 200)]
    (said,) = ask(home, "SELECT detail, count FROM issue WHERE kind = 'predicted_and_coded'")
    assert said[1] == 2 and "O1" in said[0]


@pytest.mark.parametrize("point", ["built", "before_pointer"])
def test_killed_while_a_model_is_published_the_study_is_old_or_new(home, point):
    old = by_coder(home)
    write_model(home, BOTH)
    code = "import pathlib, sys, pipeline.steps.model_coder as step; step.publish_models(pathlib.Path(sys.argv[1]))"
    environment = {**os.environ, "DYADSCOPE_FAILPOINT": point}
    done = subprocess.run(
        [sys.executable, "-c", code, str(home)], cwd=ROOT, env=environment, capture_output=True, timeout=60
    )
    assert done.returncode == 137
    assert by_coder(home) in (old, {**old, CODER: 3})
    publish_models(home, silent)
    assert by_coder(home) == {**old, CODER: 3}
    assert not list(home.glob(".build-*"))
    lines = (home / "published" / "manifest.jsonl").read_text().splitlines()
    assert current(home).number in [json.loads(line)["generation"] for line in lines]


def test_nothing_to_publish_is_no_fault(tmp_path):
    assert publish_models(tmp_path / "home", silent) is None
    write_model(tmp_path / "home", BOTH)
    assert publish_models(tmp_path / "home", silent) is None, "no study yet: the first import takes it in"


def test_while_an_import_runs_the_next_one_takes_the_predictions_in(home):
    study, said = tiny(home.parent), []
    write_model(home, BOTH)
    with publish.lock(home):
        assert publish_models(home, said.append, wait_s=0.3) is None
    assert said == ["Another import is running: the predictions enter the study at the next import."]
    import_study(study.manifest(), home, report=silent)
    assert by_coder(home)[CODER] == 3
