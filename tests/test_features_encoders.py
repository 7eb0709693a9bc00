"""DINOv2 and W2V-BERT on tiny random checkpoints: loading or refusing, pictures in, tokens out, what is kept."""

import json
import shutil
import socket
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pytest

from pipeline.__main__ import main
from pipeline.errors import UserError
from pipeline.features import encoder, grid_streams, weights
from pipeline.features.choices import Dinov2Choices, W2vbertChoices
from pipeline.features.encoder import load
from pipeline.features.feature_file import described
from pipeline.features.patches import framing, prepared
from pipeline.features.stream_table import read_stream, read_sums, stream_parts, sums_file
from pipeline.features.task import Task
from pipeline.features.weights import WeightsMissing, find_weights
from pipeline.features.work import run
from pipeline.measures.pca import components, scores, sums_of
from pipeline.measures.token_scores import features, held_share, session_features
from tests.feature_clips import write_clip

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
TINY = {"num_hidden_layers": 1, "num_attention_heads": 2}


@pytest.fixture(scope="module")
def checkpoints(tmp_path_factory) -> Path:
    """Folders as `save_pretrained` writes them: dinov2-large (32 wide), w2v-bert-2.0 (16 wide), bert."""
    torch.set_num_threads(1)
    torch.manual_seed(3)
    transformers.utils.logging.disable_progress_bar()
    folder = tmp_path_factory.mktemp("models")
    vision = transformers.Dinov2Config(hidden_size=32, image_size=56, **TINY)
    transformers.Dinov2Model(vision).save_pretrained(folder / "dinov2-large")
    speech = transformers.Wav2Vec2BertConfig(hidden_size=16, intermediate_size=32, output_hidden_size=16, **TINY)
    transformers.Wav2Vec2BertModel(speech).save_pretrained(folder / "w2v-bert-2.0")
    return folder


@pytest.fixture
def damaged(checkpoints, tmp_path) -> Path:
    """A copy of the folder of DINOv2 that a test may spoil."""
    return shutil.copytree(checkpoints / "dinov2-large", tmp_path / "dinov2-large")


@pytest.fixture
def nothing_cached(tmp_path, monkeypatch):
    """No weights anywhere, and a hub that notes when it is asked."""
    asked = []

    def hub():
        def fetch(model, local_files_only=False, **options):
            asked.append((model, local_files_only))
            raise OSError("nothing here")

        return fetch

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DYADSCOPE_MODELS", raising=False)
    monkeypatch.setattr(weights, "_hub", hub)
    return asked


def noise(count: int) -> np.ndarray:
    """Sound that is as long as so many pictures."""
    return np.random.default_rng(9).normal(0, 3_000, count * 640).astype(np.int16)


def clip(folder: Path, count: int = 6, name: str = "P011.mkv") -> Path:
    rng = np.random.default_rng(6)
    pictures = [rng.integers(0, 255, (60, 90, 3)).astype(np.uint8) for _ in range(count)]
    return write_clip(folder / name, pictures, sound=noise(count))


def test_missing_weights_are_one_sentence_and_no_network_is_asked(tmp_path, nothing_cached):
    with pytest.raises(WeightsMissing) as caught:
        find_weights("dinov2", "large", tmp_path)
    words = str(caught.value)
    assert words.startswith("facebook/dinov2-large: the weights of DINOv2 are not on this computer. Looked in dinov2-")
    assert "--allow-download" in words and str(tmp_path) not in words
    assert nothing_cached == [("facebook/dinov2-large", True)]
    with pytest.raises(WeightsMissing, match="facebook/dinov2-large: the weights could not be fetched"):
        find_weights("dinov2", "large", tmp_path, allow_download=True)
    assert nothing_cached[-1] == ("facebook/dinov2-large", False)
    assert find_weights("dinov2", "base", tmp_path, allow_random=True).sha256 == "random"


def test_a_folder_comes_before_the_cache_and_says_what_it_holds(checkpoints, tmp_path, nothing_cached, monkeypatch):
    monkeypatch.setenv("DYADSCOPE_MODELS", str(checkpoints))
    found = find_weights("dinov2", "large", tmp_path, allow_random=True)
    assert (found.folder, found.model, nothing_cached) == (checkpoints / "dinov2-large", "facebook/dinov2-large", [])
    assert found.sha256 == weights.sha256(checkpoints / "dinov2-large" / "model.safetensors")
    named = find_weights("dinov2", str(checkpoints / "dinov2-large"), tmp_path)
    assert (named.model, named.sha256) == ("dinov2-large", found.sha256)
    snapshot = shutil.copytree(checkpoints / "dinov2-large", tmp_path / "snapshots" / "0a1b")
    assert find_weights("dinov2", str(snapshot), tmp_path).revision == "0a1b"


def test_the_local_cache_is_used_without_a_network(checkpoints, tmp_path, monkeypatch):
    """Laid out as the library lays it out; no connection is opened, neither to look nor to load."""
    from huggingface_hub import constants

    connections = []
    monkeypatch.setattr(socket.socket, "connect", lambda self, place: connections.append(place))
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DYADSCOPE_MODELS", raising=False)
    kept, revision = tmp_path / "cache" / "models--facebook--dinov2-large", "0a1b2c3d" * 5
    shutil.copytree(checkpoints / "dinov2-large", kept / "snapshots" / revision)
    (kept / "refs").mkdir()
    (kept / "refs" / "main").write_text(revision, encoding="utf-8")
    found = find_weights("dinov2", "large", tmp_path)
    assert (found.model, found.revision) == ("facebook/dinov2-large", revision)
    assert load("dinov2", found.model, found.folder, "float32").width == 32 and connections == []


def test_wrong_and_incomplete_folders_are_told(checkpoints, damaged, tmp_path):
    with pytest.raises(WeightsMissing) as caught:
        find_weights("dinov2", str(checkpoints / "w2v-bert-2.0"), tmp_path)
    assert str(caught.value) == "w2v-bert-2.0: these are weights of 'wav2vec2-bert', not of DINOv2 ('dinov2')."
    (damaged / "model.safetensors").rename(damaged / "pytorch_model.bin")
    with pytest.raises(WeightsMissing, match=r"no .safetensors file in the folder of the weights \(other kinds"):
        find_weights("dinov2", str(damaged), tmp_path)
    (damaged / "config.json").write_text("no", encoding="utf-8")
    with pytest.raises(WeightsMissing, match="dinov2-large: there is no readable config.json"):
        find_weights("dinov2", str(damaged), tmp_path)


def rewritten(folder: Path, change) -> None:
    """Changes the weights of a folder."""
    from safetensors.torch import load_file, save_file

    every = load_file(folder / "model.safetensors")
    change(every)
    save_file(every, folder / "model.safetensors", metadata={"format": "pt"})


def test_a_weight_that_is_missing_or_does_not_fit_is_refused(damaged, capfd):
    """The library alone would fill it with random numbers and go on."""
    rewritten(damaged, lambda every: every.pop("encoder.layer.0.mlp.fc1.weight"))
    with pytest.raises(WeightsMissing) as caught:
        load("dinov2", "dinov2-large", damaged)
    words = "1 are missing or of another size, the first is encoder.layer.0.mlp.fc1.weight. Nothing was computed"
    assert words in str(caught.value)
    rewritten(damaged, lambda every: every.update({"layernorm.weight": torch.zeros(5)}))
    with pytest.raises(WeightsMissing, match="2 are missing or of another size"):
        load("dinov2", "dinov2-large", damaged)
    (damaged / "model.safetensors").write_bytes(b"half")
    with pytest.raises(WeightsMissing, match="dinov2-large: the weights cannot be read .* Fetch them again"):
        load("dinov2", "dinov2-large", damaged)
    assert capfd.readouterr().err == ""


def test_a_weight_that_only_training_needs_may_be_missing(damaged):
    rewritten(damaged, lambda every: every.pop("embeddings.mask_token"))
    assert load("dinov2", "dinov2-large", damaged, "float32").width == 32


def test_nothing_is_reported_to_anyone(monkeypatch):
    for name in weights.QUIET:
        monkeypatch.delenv(name, raising=False)
    weights.be_quiet()
    assert weights.os.environ["HF_HUB_DISABLE_TELEMETRY"] == "1" and weights.os.environ["DO_NOT_TRACK"] == "1"


def test_how_much_of_a_picture_is_seen():
    """A 720 x 480 picture becomes 384 x 256: 224 of 384 are 58 % of its width, 224 of 256 are 88 % of its height."""
    cut = framing(480, 720, "centre")
    assert (cut.size, cut.top, cut.left) == ((256, 384), 16, 80)
    assert cut.words == "58% of the width and 88% of the height are seen, the rest is cut"
    whole = framing(480, 720, "letterbox")
    assert (whole.size, whole.top, whole.left) == ((149, 224), -38, 0)
    assert whole.words == "the whole picture is seen, with borders"
    with pytest.raises(UserError, match="'wide' is not a crop"):
        framing(480, 720, "wide")


def test_pictures_are_prepared_as_the_library_does():
    """Its own processor (bicubic, centre crop, ImageNet's mean and SD), to about one grey value in 255."""
    rng = np.random.default_rng(1)
    picture = np.kron(rng.integers(0, 255, (30, 45, 3)), np.ones((12, 12, 1))).astype(np.uint8)
    settings = {"size": {"shortest_edge": 256}, "crop_size": {"height": 224, "width": 224}, "resample": 3}
    settings |= {"image_mean": [0.485, 0.456, 0.406], "image_std": [0.229, 0.224, 0.225], "do_convert_rgb": True}
    processor = transformers.BitImageProcessorPil(**settings)
    theirs = processor(picture, return_tensors="np")["pixel_values"][0]
    ours = prepared([picture], framing(360, 540, "centre"))[0].numpy()
    assert ours.shape == (3, 224, 224) and ours.dtype == np.float32
    apart = np.abs(ours - theirs) * 255 * 0.225
    assert np.quantile(apart, 0.99) < 1.5 and apart.mean() < 0.5


def test_a_letterbox_shows_all_of_the_picture_with_borders():
    picture = np.zeros((90, 180, 3), np.uint8)
    picture[:, :2] = 255
    ours = prepared([picture], framing(90, 180, "letterbox"))[0, 0].numpy()
    assert (
        not ours[:56].any() and not ours[168:].any() and (ours[60:160, 0] > 2).all() and (ours[60:160, 50] < -2).all()
    )


@pytest.fixture(scope="module")
def dino(checkpoints, tmp_path_factory):
    """A run over six pictures, two of them shown twice (120 ms), and every token of it by the library alone."""
    out = tmp_path_factory.mktemp("dino")
    rng = np.random.default_rng(6)
    pictures = [rng.integers(0, 255, (60, 90, 3)).astype(np.uint8) for _ in range(6)]
    path = write_clip(out / "P011.mkv", pictures, [0, 0.04, 0.12, 0.16, 0.24, 0.28])
    choices = Dinov2Choices("dinov2-large", components=24, precision="float32")
    task = Task(path, "dinov2", choices, out, checkpoints / "dinov2-large", "f00")
    outcome = run(task)
    net = transformers.Dinov2Model.from_pretrained(checkpoints / "dinov2-large").eval()
    with torch.inference_mode():
        batch = prepared(pictures, framing(60, 90, "centre"))
        tokens = net(pixel_values=batch).last_hidden_state[:, 1:].numpy()
    return task, outcome, tokens


def test_a_run_keeps_scores_and_exact_sums(dino):
    task, outcome, tokens = dino
    assert (outcome.status, outcome.frames) == ("done", 8), outcome.error
    assert "256 patches x 24 scores for 8 frames, 58% of the width" in outcome.said
    path = task.out / outcome.file
    stored, store = read_stream(path), read_sums(sums_file(path))
    assert stored.values.shape == (8, 256 * 24) and stored.values.dtype == np.float16
    assert stored.held.tolist() == [False, False, True, False, False, True, False, False]
    assert stored.source_s.tolist() == [0, 0.04, 0.04, 0.12, 0.16, 0.16, 0.24, 0.28]
    whole = sums_of(tokens.reshape(-1, 32).astype(np.float64))
    assert store.sums.n == whole.n == 6 * 256
    assert store.sums.mean == pytest.approx(whole.mean, abs=1e-4)
    assert store.sums.covariance == pytest.approx(whole.covariance, abs=1e-4)
    shown = tokens[[0, 1, 1, 2, 3, 3, 4, 5]]
    expected = scores(shown, components(sums_of(tokens[:1].reshape(-1, 32).astype(np.float64)), 24))
    assert stored.values.astype(float) == pytest.approx(expected.reshape(8, -1), abs=2e-2)


def test_components_of_any_session_come_from_what_is_stored(dino):
    """The session's own four, and those of another session, against the tokens themselves."""
    task, outcome, tokens = dino
    path = task.out / outcome.file
    store, rows = read_sums(sums_file(path)), read_stream(path).values.reshape(8, 256, 24)
    own = components(sums_of(tokens.reshape(-1, 32).astype(np.float64)), 4)
    other = components(sums_of(np.roll(tokens, 3, axis=2).reshape(-1, 32).astype(np.float64)), 4)
    for found, asked in ((session_features(rows, store), own), (features(rows, store, other), other)):
        direct = scores(tokens, asked).reshape(6, 256, 4)[[0, 1, 1, 2, 3, 3, 4, 5]]
        missed = ((found.reshape(direct.shape) - direct) ** 2).mean(axis=(0, 1)) / direct.var(axis=(0, 1))
        assert found.shape == (8, 1024) and missed == pytest.approx(1 - held_share(store, asked), abs=5e-3)
    assert (held_share(store, own) > 0.99).all()


def test_a_file_says_which_weights_and_what_was_cut(dino):
    task, outcome, _ = dino
    about = described(task.out / outcome.file)
    assert about["model"] == "dinov2-large" and about["random_weights"] == "false" and about["model_sha256"] == "f00"
    assert (about["crop"], about["fps"], about["dim"], about["tokens"]) == ("centre", "25", str(256 * 24), "256")
    assert about["pca_scope"].startswith("open") and about["precision"] == "float32" and "deviation" not in about
    assert about["width_seen"] == "0.5833" and about["frames_held"] == "2" and "transformers" in about["libraries"]
    beside = sums_file(task.out / outcome.file)
    assert described(beside)["n"] == "1536" and float(described(beside)["variance_held"]) > 0.9
    assert run(task).status == "present"


def test_the_database_reads_wide_streams(dino):
    task, outcome, _ = dino
    path, rows = task.out / outcome.file, read_stream(task.out / outcome.file)
    statement = "SELECT count(*), len(values), sum(values[5]) FROM read_parquet(?) GROUP BY len(values)"
    ((count, width, total),) = duckdb.execute(statement, [str(path)]).fetchall()
    assert (count, width) == (8, 256 * 24) and total == pytest.approx(rows.values[:, 4].astype(float).sum(), abs=1e-3)


def test_fewer_pictures_per_second_are_a_deviation_that_is_told(dino):
    task, _, _ = dino
    outcome = run(replace(task, choices=replace(task.choices, sample_fps=5)))
    path = task.out / outcome.file
    assert described(path)["deviation"] == "pictures looked at: 5 per second, held in between"
    assert described(sums_file(path))["pictures"] == "2" and read_stream(path).held.sum() == 6


def test_a_long_stream_is_written_and_read_in_parts(dino, monkeypatch):
    from pipeline.features import feature_file

    task, outcome, _ = dino
    monkeypatch.setattr(feature_file, "ROWS", 3)
    again = run(replace(task, model_sha256="f01"))
    parts = list(stream_parts(task.out / again.file))
    assert [len(part.t_s) for part in parts] == [3, 3, 2]
    assert np.array_equal(np.concatenate([part.values for part in parts]), read_stream(task.out / outcome.file).values)


@pytest.mark.parametrize("mode", ["windowed", "continuous"])
def test_sound_is_embedded(checkpoints, tmp_path, mode):
    """Each window through the library's own front end and encoder alone; the session in one go differs."""
    path = clip(tmp_path)
    choices = W2vbertChoices("w2v-bert-2.0", mode=mode, precision="float32")
    outcome = run(Task(path, "w2vbert", choices, tmp_path, checkpoints / "w2v-bert-2.0", "f00"))
    assert outcome.status == "done", outcome.error
    rows, about = read_stream(tmp_path / outcome.file), described(tmp_path / outcome.file)
    assert rows.values.shape == (6, 16) and rows.t_s.tolist() == [0, 0.04, 0.08, 0.12, 0.16, 0.2]
    assert about["context"] == "50 ms before to 50 ms after the time of the frame"
    assert json.loads(about["choices"])["mode"] == mode
    net = transformers.Wav2Vec2BertModel.from_pretrained(checkpoints / "w2v-bert-2.0").eval()
    extractor = transformers.SeamlessM4TFeatureExtractor()
    # Step 3 is at 120 ms: 70 to 170 ms; of the session's tokens (middles at 17.5, 37.5, ... ms) numbers 3 to 7.
    wave = noise(6)[1120:2720] if mode == "windowed" else noise(6)
    given = extractor(wave.astype(np.float32) / 32_768, sampling_rate=16_000, return_tensors="pt")
    with torch.inference_mode():
        hidden = net(**given).last_hidden_state[0].numpy()
    expected = hidden.mean(axis=0) if mode == "windowed" else hidden[3:8].mean(axis=0)
    assert rows.values[3].astype(float) == pytest.approx(expected, abs=4e-3)


def test_stretches_of_a_session_join_without_a_seam(checkpoints, monkeypatch):
    from pipeline.features import w2vbert

    net = load("w2vbert", "w2v-bert-2.0", checkpoints / "w2v-bert-2.0", "float32")
    tokens = np.random.default_rng(2).normal(size=(30, 160)).astype(np.float32)
    (whole,) = w2vbert.stretches(tokens, net, lambda time_s: None)
    monkeypatch.setattr(w2vbert, "STRETCH", 8)
    monkeypatch.setattr(w2vbert, "MARGIN", 30)
    parts = list(w2vbert.stretches(tokens, net, lambda time_s: None))
    assert [len(part) for part in parts] == [8, 8, 8, 6] and np.concatenate(parts) == pytest.approx(whole, abs=1e-4)


def test_random_weights_are_marked_in_the_file(tmp_path, nothing_cached, monkeypatch, capsys):
    """The command: refused without the option; with it, in name and description."""
    small = {"facebook/dinov2-large": {"hidden_size": 16, "image_size": 56, **TINY}}
    monkeypatch.setitem(encoder.ENCODERS, "dinov2", replace(weights.DINOV2, sizes=small))
    grid_streams._loaded.cache_clear()
    monkeypatch.setattr("pipeline.steps.extract.on_pool", lambda tasks, jobs, progress: (run(task) for task in tasks))
    monkeypatch.setenv("DYADSCOPE_HOME", str(tmp_path / "home"))
    words = ["extract", str(clip(tmp_path, 3)), "--streams", "dinov2", "--out", str(tmp_path / "out"), "--crop"]
    assert main([*words, "letterbox"]) == 1
    assert "are not on this computer" in capsys.readouterr().err
    assert main([*words, "letterbox", "--allow-random-weights"]) == 0
    assert "the whole picture is seen, with borders" in capsys.readouterr().err
    (path,) = (tmp_path / "out").glob("*.dinov2.*.parquet")
    about = described(path)
    assert (about["random_weights"], about["model_sha256"], about["crop"]) == ("true", "random", "letterbox")
    assert main([*words, "wide"]) == 1 and "--crop 'wide': choose from" in capsys.readouterr().err
    grid_streams._loaded.cache_clear()
