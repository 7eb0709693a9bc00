"""Drafted manifests: they parse, they say what is guessed, and for real files they import as they are."""

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import duckdb
import pandas as pd
import pytest

from pipeline.catalogue.manifest import Manifest, load_manifest
from pipeline.catalogue.scheme import load_scheme
from pipeline.errors import UnreadableFile
from pipeline.readers.propose import draft, propose, write_scheme
from pipeline.steps.import_study import Outcome, import_study
from tests import nova_files as nova
from tests import track_pictures as pictures
from tests.bad_files.case import EVENT_LOG, START, STOP
from tests.reading_parts import real
from tests.test_readers_template import TEMPLATE
from tests.tiered_files import INTERACT

ROOT = Path(__file__).parents[1]
LONG = "recording,who,tier,label,start_ms,end_ms\nP1_a,Child,gaze,Away,0,1500\nP2_a,Child,gaze,Face,1500,4000\n"


def file(folder: Path, name: str, content: str) -> Path:
    path = folder / name
    path.write_text(content)
    return path


def manifest_of(text: str) -> Manifest:
    return Manifest.model_validate(tomllib.loads(text))


def test_an_event_log_with_codes_of_a_known_scheme_names_it(tmp_path):
    text = propose([file(tmp_path, "log.csv", EVENT_LOG + START + STOP)])
    manifest = manifest_of(text)
    assert (manifest.study.scheme, manifest.coded[0].format) == ("mhint", "observer_event_log")
    assert manifest.coded[0].files == ("log.csv",)
    assert manifest.coded[0].subjects == {}
    assert 'scheme = "mhint"  # GUESS: all codes found are codes of this scheme' in text


def test_a_code_the_scheme_lacks_is_said_with_its_neighbour(tmp_path):
    log = EVENT_LOG + START + STOP + START.replace("Positive", "Smile") + START.replace("Positive", "Negativ")
    text = propose([file(tmp_path, "log.csv", log)])
    assert "# The scheme has no code \"Negativ\". Did you mean 'Negative'?" in text


def test_unknown_codes_become_a_drafted_scheme(tmp_path):
    log = EVENT_LOG + START.replace("Positive", "Hop") + STOP.replace("Positive", "Hop")
    proposal = draft([file(tmp_path, "log.csv", log + "O1,Infant,Peep,Point,00:00:03.000,\n")])
    path = write_scheme(proposal, tmp_path)
    (group,) = load_scheme(path).groups
    assert [(code.label, code.kind) for code in group.codes] == [("Hop", "state"), ("Peep", "point")]
    assert not group.exclusive
    assert write_scheme(proposal, tmp_path) is None  # an existing file is left alone


def test_the_scheme_in_the_comment_is_the_scheme(tmp_path):
    log = EVENT_LOG + START.replace("Positive", 'Say ""hi""').replace("Infant,Say", 'Infant,"Say').replace(
        'i"",', 'i""",'
    )
    proposal = draft([file(tmp_path, "log.csv", log)])
    block = proposal.text.split('without "# ".\n')[1].splitlines()[1:]
    bare = "\n".join(line.removeprefix("#").removeprefix(" ") for line in block)
    assert tomllib.loads(bare) == tomllib.loads(proposal.scheme)
    assert 'Say "hi"' in proposal.scheme.replace("\\", "")


def test_a_long_table_is_guessed_by_its_column_names(tmp_path):
    text = propose([file(tmp_path, "events.csv", LONG)])
    coded = manifest_of(text).coded[0]
    assert (coded.format, coded.columns.observation, coded.columns.onset) == ("long_csv", "recording", "start_ms")
    assert (coded.columns.offset, coded.columns.duration, coded.columns.unit) == ("end_ms", None, "ms")
    assert manifest_of(text).tables.observations.pattern.startswith("^(?P<family>[A-Za-z]{0,4}")


def test_tracks_are_told_by_their_columns_and_import_as_drafted(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    paths = [file(tmp_path, f"mum {number}.csv", pictures.table(pictures.rows())) for number in (1, 2)]
    pd.DataFrame({"t_s": [0.0], "probability": 0.5, "energy": 0.0}).to_parquet(tmp_path / "mum 1.speech.parquet")
    pd.DataFrame({"t_s": [0.0], "probability": 0.5}).to_parquet(tmp_path / "other.parquet")
    manifest = manifest_of(text := propose([*paths, tmp_path / "mum 1.speech.parquet"]))
    assert manifest.coded == () and manifest.study.scheme is None
    assert [(entry.files, entry.format, entry.subject) for entry in manifest.tracks] == [
        (("mum 1.csv", "mum 2.csv"), "openface", "caregiver1")
    ]
    assert manifest.speech[0].files == ("mum 1.speech.parquet",)
    assert 'subject = "caregiver1"  # GUESS: whose faces these are' in text
    file(tmp_path, "STUDY.toml", text)
    said: list[str] = []
    outcome = import_study(tmp_path / "STUDY.toml", tmp_path / "home", report=said.append)
    assert (
        outcome.files_new == 2
        and said[0] == "mum 2.csv has the same content as mum 1.csv. It was not imported a second time."
    )
    both = manifest_of(propose([file(tmp_path, "events.csv", LONG), paths[0]]))
    assert (len(both.coded), len(both.tracks)) == (1, 1)


def test_the_recording_of_an_extracted_track_is_what_stands_before_its_key(tmp_path):
    paths = [tmp_path / f"mum.1.{kind}.0123456789abcdef.parquet" for kind in ("faces", "speech")]
    pd.DataFrame({"t_s": [0.0], "confidence": 1.0, "au12": 0.0}).to_parquet(paths[0])
    pd.DataFrame({"t_s": [0.0], "probability": 0.5}).to_parquet(paths[1])
    manifest = manifest_of(text := propose(paths))
    for entry, path in zip((manifest.tracks[0], manifest.speech[0]), paths, strict=True):
        assert re.fullmatch(str(entry.observation), path.stem)["observation"] == "mum.1"
    assert text.count('# 1 recordings: "mum.1"') == 2


def test_a_long_table_without_subjects_asks_for_one(tmp_path):
    text = propose([file(tmp_path, "events.csv", "recording,label,start_ms,end_ms\nP1_a,Away,0,1500\n")])
    assert manifest_of(text).coded[0].subject == "infant"
    assert 'subject = "infant"  # GUESS: the files name no subject' in text


def test_a_unit_is_never_guessed(tmp_path):
    text = propose([file(tmp_path, "events.csv", LONG.replace("_ms", ""))])
    assert 'unit = "?"  # FILL IN "ms" or "s": it is never guessed' in text
    manifest_of(text.replace('"?"', '"s"'))


def test_two_files_of_one_recording_are_two_coders(tmp_path):
    paths = [file(tmp_path, "a.csv", EVENT_LOG + START + STOP), file(tmp_path, "b.csv", EVENT_LOG + START)]
    coded = manifest_of(propose(paths)).coded
    assert [(entry.files, entry.coder) for entry in coded] == [(("a.csv",), "coder1"), (("b.csv",), "coder2")]


def test_files_of_one_kind_share_an_entry_and_odd_names_are_escaped(tmp_path):
    log = EVENT_LOG + START + STOP
    paths = [file(tmp_path, "a[1].csv", log), file(tmp_path, "b.csv", log.replace("O1", "O2"))]
    (entry,) = manifest_of(propose(paths)).coded
    assert entry.files == ("a[[]1].csv", "b.csv")


def test_tables_and_questionnaires_are_pointed_out(tmp_path):
    log = file(tmp_path, "log.csv", EVENT_LOG + START + STOP)
    scores = file(tmp_path, "scores.csv", "id,EPDS_1,EPDS_2\n1,0,3\n")
    people = file(tmp_path, "people.csv", "id,age\n1,30\n")
    text = propose([log, scores, people])
    manifest_of(text)
    assert '# scores.csv holds no coded behaviour. Its columns: "id", "EPDS_1", "EPDS_2"' in text
    assert "# It looks like a questionnaire: add [[scores]]" in text
    assert "# It may be a table of the study: add [tables.families]" in text


def test_a_template_gives_the_groups(tmp_path):
    log = file(tmp_path, "log.csv", EVENT_LOG + START.replace("Positive", "Wave") + STOP.replace("Positive", "Wave"))
    template = tmp_path / "play.otx"
    template.write_bytes(TEMPLATE.encode("utf-16"))
    proposal = draft([log, template])
    assert [group["title"] for group in tomllib.loads(proposal.scheme)["groups"]] == ["Facial expression", "ungrouped"]
    assert '# made from the template "play.otx"' in proposal.manifest


def test_files_without_coded_behaviour_are_refused(tmp_path):
    with pytest.raises(UnreadableFile, match=r"^None of the files holds coded behaviour that Dyadscope can read\."):
        propose([file(tmp_path, "people.csv", "id,age\n1,30\n")])


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("observer_event_log/classroom_event_log.csv", 1_620),
        ("boris/test.boris", 133),
        ("boris/test_export_events_tabular.tsv", 8),
        ("boris/test_export_events_tabular.xlsx", 8),
        ("boris/test_export_aggregated_events_test_full_1.tsv", 18),
        ("elan/example.eaf", 296),
    ],
)
def test_what_is_proposed_for_real_files_imports_as_it_is(tmp_path, name, rows):
    """Drafted from the file, imported without a change: every row accepted, none refused."""
    path = real(name)
    proposal = draft([path])
    (tmp_path / "STUDY.toml").write_text(proposal.manifest)
    write_scheme(proposal, tmp_path)
    outcome = import_study(tmp_path / "STUDY.toml", tmp_path / "study", path.parent, report=lambda line: None)
    assert (outcome.rows, outcome.accepted, outcome.rejected) == (rows, rows, 0)


def imported(folder: Path, path: Path) -> tuple[Manifest, Outcome]:
    """The file imported as its draft says, and the draft."""
    proposal = draft([path])
    (folder / "STUDY.toml").write_text(proposal.manifest)
    write_scheme(proposal, folder)
    outcome = import_study(folder / "STUDY.toml", folder / "study", path.parent, report=lambda line: None)
    return load_manifest(folder / "STUDY.toml"), outcome


def test_what_is_proposed_for_a_datavyu_project_imports_as_it_is(tmp_path):
    """50 + 50 cells, 4 of them empty; the columns say themselves who is meant."""
    manifest, outcome = imported(tmp_path, real("datavyu/dyad1.opf"))
    assert (outcome.rows, outcome.accepted, outcome.rejected, outcome.blank) == (100, 96, 0, 4)
    assert (manifest.coded[0].format, manifest.coded[0].tiers) == ("datavyu", {})
    scheme = load_scheme(tmp_path / "codebook.toml")
    assert scheme.subjects == {"childhands": "infant", "parenthands": "caregiver1"}
    assert sorted((group.name, len(group.codes)) for group in scheme.groups) == [("hand", 3), ("look", 2)]


def test_what_is_proposed_for_datavyu_cells_imports_as_it_is(tmp_path):
    manifest, outcome = imported(tmp_path, real("datavyu/childhands__dyad2.csv"))
    assert (manifest.coded[0].format, outcome.rows, outcome.rejected) == ("datavyu_csv", 33, 0)


def test_what_is_proposed_for_interact_events_imports_as_it_is(tmp_path):
    rows = "2,DataSet,1,100,110,10,,\n3,Event,1,100,104,4,Smile,\n3,Event,2,104,110,6,,Hum\n"
    manifest, outcome = imported(tmp_path, file(tmp_path, "P1.csv", INTERACT + rows))
    assert (manifest.coded[0].format, outcome.accepted, outcome.blank) == ("interact_csv", 2, 1)
    assert [group.title for group in load_scheme(tmp_path / "codebook.toml").groups] == ["Face", "Voice"]


def test_a_tier_of_text_is_drafted_as_one_code(tmp_path):
    """FA1 holds what a mother says: 91 annotations, hardly two of them alike. Nobody wants 79 codes of it."""
    text = draft([real("elan/example.eaf")]).manifest
    tiers = manifest_of(text).coded[0].tiers
    assert (tiers["FA1"].behaviour_group, tiers["FA1"].code, tiers["CHI"].code) == ("fa1", "annotated", None)
    assert 'code = "annotated"  # GUESS: its words differ too much to be codes' in text


def test_what_is_proposed_for_the_play_data_imports_as_it_is(tmp_path):
    """The first 3,000 rows of the sampled export; all of it is imported by the test of the play study."""
    import gzip
    from itertools import islice

    with gzip.open(real("play_interactions_15hz/observer_sampled_15hz.csv.gz"), "rt") as source:
        part = file(tmp_path, "part.csv", "".join(islice(source, 3_001)))
    proposal = draft([part])
    (tmp_path / "STUDY.toml").write_text(proposal.manifest)
    write_scheme(proposal, tmp_path)
    outcome = import_study(tmp_path / "STUDY.toml", tmp_path / "study", tmp_path, report=lambda line: None)
    assert (outcome.rows, outcome.accepted) == (3_000, 3_000)
    assert load_manifest(tmp_path / "STUDY.toml").coded[0].channels[0] == "channel_1"
    with duckdb.connect(str(outcome.generation.file), read_only=True) as connection:
        count = connection.execute("SELECT count(DISTINCT behaviour_group) FROM coding").fetchone()[0]
    assert count == 4


def test_the_command_prints_a_manifest_that_imports(tmp_path):
    file(tmp_path, "log.csv", EVENT_LOG + START.replace("Positive", "Hop") + STOP.replace("Positive", "Hop"))
    command = [sys.executable, "-m", "pipeline"]
    settings = {**os.environ, "PYTHONPATH": str(ROOT), "DYADSCOPE_HOME": str(tmp_path / "study")}
    run = subprocess.run([*command, "propose", "log.csv"], cwd=tmp_path, env=settings, capture_output=True, text=True)
    assert run.stderr == "codebook.toml was written here: the coding scheme, drafted from the codes found.\n"
    (tmp_path / "STUDY.toml").write_text(run.stdout)
    done = subprocess.run(
        [*command, "import", "STUDY.toml"], cwd=tmp_path, env=settings, capture_output=True, text=True
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_nova_annotations_of_many_sessions_and_coders_are_one_entry(tmp_path):
    """Their names say who was coded by whom, capitals are its own; data files are not listed, graphs are left out."""
    for session in ("NP001", "NP002"):
        for coder in ("gold", "berta"):
            content = nova.head("INEG IPOS", scheme="InfantEngagement", meta="")
            nova.pair(tmp_path / session, f"infant.InfantEngagement.{coder}.annotation", content, "0;4;0;1\n")
    content = nova.head(kind='type="CONTINUOUS" num="3"')
    nova.pair(tmp_path / "NP002", "infant.graph.gold.annotation", content, "")
    manifest = manifest_of(text := propose(sorted(path for path in tmp_path.rglob("*") if path.is_file())))
    assert manifest.study.scheme == "icepr" and "all codes found are codes of this scheme" in text
    (entry,) = manifest.coded
    assert (entry.format, len(entry.files), entry.coder, entry.subject) == ("nova", 4, None, None)
    assert "infant.graph.gold.annotation was left out." in text and "~" not in text
    study = import_study(file(tmp_path, "STUDY.toml", text), tmp_path / "home", report=lambda line: None)
    with duckdb.connect(str(study.generation.file), read_only=True) as connection:
        codings = connection.execute("SELECT observation_id, coder_id FROM coding ORDER BY ALL").fetchall()
    assert codings == [("NP001", "berta"), ("NP001", "gold"), ("NP002", "berta"), ("NP002", "gold")]
