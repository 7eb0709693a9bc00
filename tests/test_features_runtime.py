"""Encoders as programs of OpenVINO against torch: the same numbers, and the file says what computed them."""

import importlib
import json
import sys
from pathlib import Path

import numpy as np
import pytest

from pipeline.__main__ import main
from pipeline.errors import UserError
from pipeline.features import openvino_runtime
from pipeline.features.choices import Dinov2Choices, W2vbertChoices, as_words
from pipeline.features.dinov2 import patch_tokens
from pipeline.features.encoder import Loaded, load
from pipeline.features.feature_file import described
from pipeline.features.stream_table import read_stream
from pipeline.features.task import Task
from pipeline.features.w2vbert import hidden_states
from pipeline.features.work import run
from tests.feature_clips import write_clip

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
installed = pytest.mark.skipif(
    importlib.util.find_spec("openvino") is None,
    reason="OpenVINO is an optional extra: pip install -r requirements-openvino.txt",
)
FLOAT32_APART, BFLOAT16_ALIKE = 2e-5, 0.999
"""Largest difference of tokens with mean 0 and SD 1 in float32; smallest cosine of a token in bfloat16."""


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> dict[str, Path]:
    """Two layers each, as `save_pretrained` writes them."""
    torch.set_num_threads(1)
    torch.manual_seed(4)
    transformers.utils.logging.disable_progress_bar()
    folder, size = tmp_path_factory.mktemp("models"), {"num_hidden_layers": 2, "num_attention_heads": 2}
    vision = transformers.Dinov2Config(hidden_size=32, image_size=56, **size)
    transformers.Dinov2Model(vision).save_pretrained(folder / "dinov2")
    speech = transformers.Wav2Vec2BertConfig(hidden_size=16, intermediate_size=32, output_hidden_size=16, **size)
    transformers.Wav2Vec2BertModel(speech).save_pretrained(folder / "w2vbert")
    return {name: folder / name for name in ("dinov2", "w2vbert")}


def answers(stream: str, encoder: Loaded, many: int) -> np.ndarray:
    rng = np.random.default_rng(many)
    if stream == "dinov2":
        given = torch.from_numpy(rng.normal(size=(many, 3, 224, 224)).astype(np.float32))
        return patch_tokens(encoder, given).numpy()
    return hidden_states(encoder, rng.normal(size=(many, 3 + many, 160)))


def computes_bfloat16() -> bool:
    """What OpenVINO says of this processor."""
    import openvino

    return "BF16" in openvino.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@installed
@pytest.mark.parametrize("stream", ["dinov2", "w2vbert"])
def test_the_same_numbers_as_torch_for_any_batch(checkpoints, stream):
    """One program for batches of 1, 2 and 5; windows of sound of 4, 5 and 8 tokens."""
    ours, theirs, half = (
        load(stream, stream, checkpoints[stream], precision, runtime)
        for precision, runtime in (("float32", "openvino"), ("float32", "torch"), ("bfloat16", "openvino"))
    )
    assert (ours.runtime, ours.device, ours.precision, ours.width) == ("openvino", "cpu", "float32", theirs.width)
    for many in (1, 2, 5):
        expected = answers(stream, theirs, many)
        assert np.abs(answers(stream, ours, many) - expected).max() < FLOAT32_APART
        rounded = answers(stream, half, many)
        cosine = (rounded * expected).sum(-1) / np.linalg.norm(rounded, axis=-1) / np.linalg.norm(expected, axis=-1)
        assert cosine.min() > BFLOAT16_ALIKE
    assert half.precision == ("bfloat16" if computes_bfloat16() else "float32")
    assert (np.abs(rounded - expected).max() > FLOAT32_APART) == computes_bfloat16()


@installed
def test_a_file_says_what_computed_it_and_is_the_same_each_time(checkpoints, tmp_path):
    rng = np.random.default_rng(6)
    pictures = [rng.integers(0, 255, (60, 90, 3)).astype(np.uint8) for _ in range(3)]
    video = write_clip(tmp_path / "P011.mkv", pictures)
    made = {}
    for runtime in ("openvino", "torch"):
        choices = Dinov2Choices("dinov2", components=8, precision="float32", runtime=runtime)
        outcome = run(Task(video, "dinov2", choices, tmp_path, checkpoints["dinov2"], "f00"))
        assert outcome.status == "done", outcome.error
        made[runtime] = tmp_path / outcome.file
    about = described(made["openvino"])
    assert (about["engine"], about["precision"]) == ("openvino", "float32")
    assert "openvino" in json.loads(about["libraries"]) and json.loads(about["choices"])["runtime"] == "openvino"
    assert described(made["torch"])["engine"] == "torch" and made["torch"] != made["openvino"]
    ours, theirs = (read_stream(made[one]).values.astype(float) for one in ("openvino", "torch"))
    assert ours == pytest.approx(theirs, abs=4e-3)
    before = made["openvino"].read_bytes()
    made["openvino"].unlink()
    choices = Dinov2Choices("dinov2", components=8, precision="float32", runtime="openvino")
    run(Task(video, "dinov2", choices, tmp_path, checkpoints["dinov2"], "f00"))
    assert made["openvino"].read_bytes() == before


@installed
def test_the_part_that_reports_is_never_loaded(checkpoints):
    load("w2vbert", "w2vbert", checkpoints["w2vbert"], "float32", "openvino")
    assert sys.modules["openvino_telemetry"] is None
    with pytest.raises(ImportError):
        importlib.import_module("openvino_telemetry")


def test_older_files_of_encoders_keep_their_names():
    for choices in (Dinov2Choices(), W2vbertChoices()):
        assert "runtime" not in as_words(choices)
    assert as_words(W2vbertChoices(runtime="openvino"))["runtime"] == "openvino"


def test_without_openvino_one_sentence_says_what_would_do(checkpoints, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(openvino_runtime, "find_spec", lambda name: None)
    words = "OpenVINO is not installed here. Install it with: pip install -r requirements-openvino.txt."
    with pytest.raises(UserError, match=words):
        load("dinov2", "dinov2", checkpoints["dinov2"], "float32", "openvino")
    video = write_clip(tmp_path / "P011.mkv", [np.zeros((60, 90, 3), np.uint8)] * 2)
    command = ["extract", str(video), "--streams", "dinov2", "--dinov2", str(checkpoints["dinov2"]), "--runtime"]
    assert main([*command, "openvino", "--out", str(tmp_path / "out")]) == 1
    assert words in capsys.readouterr().err
    assert main([*command, "onnx", "--out", str(tmp_path / "out")]) == 1
    assert "--runtime 'onnx': choose from openvino, torch." in capsys.readouterr().err
