"""`python -m pipeline smiles`: one row per episode, one sentence where there can be none."""

import csv
import io

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipeline.__main__ import main
from pipeline.measures.smile_features import FEATURES
from pipeline.readers.openface import read_openface
from tests.bad_files.openface import REFUSED, SPEECH
from tests.openface_tables import SMALL, changed, table
from tests.test_smiles import GOLDEN, REAL, needs_real

HEADER = (
    "episode,status,reason,onset_s,apex_s,offset_s,end_s,onset_amplitude,offset_amplitude,max_onset_speed,"
    "max_offset_speed,onset_duration_s,apex_duration_s,offset_duration_s,total_duration_s"
)
CALM = table().replace("2.00", "0.00")


@pytest.fixture
def track(tmp_path):
    """Writes a table and returns its path as text."""

    def write(content: str | bytes, name: str = "O1.csv") -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return str(tmp_path / name)

    return write


@pytest.fixture
def said(capsys):
    """Runs the command: (status, rows as dictionaries, header, what was said on the error stream)."""

    def run(*arguments: str) -> tuple[int, list[dict[str, str]], str, str]:
        status = main(["smiles", *arguments])
        out, err = capsys.readouterr()
        return status, list(csv.DictReader(io.StringIO(out))), out.split("\n")[0], err

    return run


def test_one_row_per_episode_on_the_output(track, said):
    status, rows, header, err = said(track(table()), "--margin-s", "0.5")
    assert (status, header) == (0, HEADER)
    (row,) = rows
    assert list(row.values())[:7] == ["1", "ok", "", "0.5", "0.9", "1.7", "2.0"]
    assert [float(row[name]) for name in FEATURES] == [0.7, 0.7, 2.0, 3.0, 0.4, 0.8, 0.3, 1.5]
    assert err.splitlines() == [
        "1 smile, 0 rejected episodes.",
        "Coverage: 30 of 30 frames (100.0%) have confidence of 0.8 or more.",
    ]


def test_a_rejected_episode_is_a_row_with_its_reason(track, said):
    still = "\n".join(line if number == 0 else changed(table(), number + 1, "x_48", "490.0").splitlines()[number]
                      for number, line in enumerate(table().splitlines()))  # fmt: skip
    status, rows, _, err = said(track(still))
    assert (status, len(rows)) == (0, 1) and err.startswith("0 smiles, 1 rejected episode.")
    assert list(rows[0].values()) == ["1", "rejected", "no_onset", *[""] * 12]


def test_without_smiles_there_is_a_header_and_the_reason(track, said):
    status, rows, header, err = said(track(CALM))
    assert (status, rows, header) == (0, [], HEADER)
    assert err.splitlines()[-1] == "No smiles: AU12 never reaches 1.5 in a confident frame."
    *_, err = said(track(table().replace("0.98", "0.40")))
    assert err.splitlines()[-1] == "No smiles: no frame shows a face with enough confidence."
    *_, err = said(track(changed(CALM, 9, "AU12_r", "1.50")))
    assert err.splitlines()[-1] == "No smiles: AU12 reaches 1.5 in 1 frame only, never twice within one second."


def test_the_rows_go_to_a_file_as_a_whole(track, said, tmp_path):
    status, rows, _, _ = said(track(CALM), "--csv", str(tmp_path / "out.csv"))
    assert (status, rows) == (0, []) and (tmp_path / "out.csv").read_text() == f"{HEADER}\n"
    status, _, _, err = said(track(CALM), "--csv", str(tmp_path / "none" / "out.csv"))
    assert status == 1 and err == (
        "out.csv: not written, No such file or directory. Check its folder, or name another file.\n"
    )
    assert not [path for path in tmp_path.iterdir() if "unfinished" in path.name]


@pytest.mark.parametrize("name", ["empty", "OpenFace 3", "single images", "equal times", "a damaged archive"])
def test_a_file_that_cannot_serve_is_one_sentence_and_no_row(track, said, name):
    content, sentence = REFUSED[name]
    assert said(track(content, sentence.split(":")[0])) == (1, [], "", f"{sentence}\n")


def test_a_file_without_au12_or_lips_is_refused_by_name(track, said):
    status, _, header, err = said(track(table([name for name in SMALL if name != "AU12_r"])))
    assert (status, header) == (1, "")
    assert err == "O1.csv: smiles cannot be measured: the file lacks the intensity of AU12 (column AU12_r).\n"
    *_, err = said(track(table([name for name in SMALL if name != "x_48"])))
    assert "the file lacks the 2-D landmarks of lips and nose" in err and err.count("\n") == 1


# ---- speech ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("speech", "reason"),
    [
        ("onset,offset,unit\n1900,2500,ms\n", "speech"),
        ("onset,offset,unit\n1.9,2.5,s\n", "speech"),
        ("onset,offset\n1.9,2.5\n", "speech"),
        ("onset_s,offset_s\n2.1,2.5\n", ""),
        ("onset_ms,offset_ms\n0,600\n", "speech"),
        ("observation_id,onset,offset,unit\nO2,0,9,s\nO1,5,9,s\n", ""),
        ("observation_id,onset,offset,unit\nO2,5,9,s\nO1,0,9,s\n", "speech"),
        ("observation_id,onset,offset,unit\nwhatever,0,9,s\n", "speech"),
        ("onset,offset,unit\n", ""),
    ],
)
def test_smiles_that_meet_speech_are_rejected(track, said, speech, reason):
    where = track(speech, "speech.csv")
    status, rows, _, _ = said(track(table()), "--margin-s", "0.5", "--speech", where)
    assert (status, [row["reason"] for row in rows]) == (0, [reason])
    assert rows[0]["status"] == ("rejected" if reason else "ok") and rows[0]["total_duration_s"] == "1.5"


@pytest.mark.parametrize(("speech", "sentence"), SPEECH)
def test_speech_that_cannot_be_used_is_one_sentence(track, said, speech, sentence):
    assert said(track(table()), "--speech", track(speech, "speech.csv")) == (1, [], "", f"{sentence}\n")


def test_a_track_of_probabilities_is_cut_at_the_threshold(track, said, tmp_path):
    t_s = [number * 0.032 for number in range(100)]
    probable = pd.DataFrame({"t_s": t_s, "probability": [0.6 if 1.9 < t < 2.3 else 0.1 for t in t_s]})
    where = str(tmp_path / "O1.speech.parquet")
    pq.write_table(pa.Table.from_pandas(probable), where)
    for threshold, reason in (("0.5", "speech"), ("0.7", "")):
        chosen = ["--speech", where, "--speech-threshold", threshold]
        _, rows, _, _ = said(track(table()), "--margin-s", "0.5", *chosen)
        assert [row["reason"] for row in rows] == [reason]
    loud = probable.assign(energy=[-30.0 if 1.9 < t < 2.3 else -80.0 for t in t_s], probability=0.0)
    pq.write_table(pa.Table.from_pandas(loud), where)
    for method, reason in (("energy", "speech"), ("silero", "")):
        _, rows, _, _ = said(track(table()), "--margin-s", "0.5", "--speech", where, "--speech-method", method)
        assert [row["reason"] for row in rows] == [reason]
    pq.write_table(pa.Table.from_pandas(probable[["t_s"]]), where)
    assert said(track(table()), "--speech", where)[3].startswith("O1.speech.parquet: this is no speech track: it lacks")


# ---- faces, choices -------------------------------------------------------------------------------------------------


def test_the_face_is_a_choice_and_what_is_taken_is_said(track, said):
    path = track(table(faces=2))
    *_, err = said(path)
    assert "Face 0 of 2 was followed (--face N)." in err.splitlines()
    assert said(path, "--face", "1")[1][0]["status"] == "ok"
    assert said(path, "--face", "7")[3] == "O1.csv: there is no face 7. Faces in the file: 0, 1.\n"


def test_a_track_of_extract_is_read_and_named_a_proxy(track, said, tmp_path):
    path = tmp_path / "O1.parquet"
    stored = pa.Table.from_pandas(read_openface(tmp_path / track(table())).frame)
    pq.write_table(stored.replace_schema_metadata({b"au12_source": b"blendshape"}), path)
    status, rows, _, err = said(str(path), "--margin-s", "0.5")
    assert (status, rows[0]["total_duration_s"]) == (0, "1.5")
    assert "AU12 is a proxy from blendshapes here, not calibrated against OpenFace." in err
    whose = track("observation_id,onset,offset\nO1.x,0,9\nO1,5,9\nO,0,9\n", "speech.csv")
    longer = path.rename(tmp_path / "O1.faces.ab12.parquet")
    assert said(str(longer), "--margin-s", "0.5", "--speech", whose)[1][0]["reason"] == ""
    pq.write_table(stored.slice(0, 0), path)
    _, rows, header, err = said(str(path))
    assert (rows, header) == ([], HEADER)
    assert "No smiles: no frame shows a face with enough confidence." in err.splitlines()


@pytest.mark.parametrize(
    ("option", "value", "sentence"),
    [
        ("--corner", "50", "--corner: input should be 48 or 54.\n"),
        ("--smoothing", "4", "--smoothing: input should be 'raw', '3' or '5'.\n"),
        ("--au12-min", "9", "--au12-min: input should be less than or equal to 5.\n"),
        ("--gate-frames", "0", "--gate-frames: input should be greater than or equal to 1.\n"),
    ],
)  # fmt: skip
def test_a_choice_that_cannot_be_is_one_sentence(track, said, option, value, sentence):
    assert said(track(table()), option, value) == (1, [], "", sentence)


@needs_real
@pytest.mark.parametrize("smoothing", GOLDEN)
def test_a_real_face_on_the_command_line(said, smoothing):
    status, (row,), header, err = said(str(REAL), "--smoothing", smoothing)
    _, values = GOLDEN[smoothing]
    assert (status, header, row["status"]) == (0, HEADER, "ok")
    assert [float(row[name]) for name in (*FEATURES[4:], *FEATURES[:4])] == pytest.approx(values, abs=5e-4)
    assert "The head's distance to the camera varies by more than 10%." in err.splitlines()
