"""Weights of an encoder: a local folder, then the local cache, then a hub where the user allows it; nothing else.

Only safetensors files are read. A checkpoint of another kind, with missing or ill-fitting weights, is refused: the
library would fill the holes with random numbers and go on. Nothing is reported to anybody.
"""

import hashlib
import json
import os
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UserError
from pipeline.features.model_file import FOLDER_VARIABLE, model_folders, sha256

QUIET = {
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_DISABLE_PROGRESS_BARS": "1",
    "TRANSFORMERS_VERBOSITY": "error",
    "DISABLE_SAFETENSORS_CONVERSION": "1",
    "TOKENIZERS_PARALLELISM": "false",
}
"""Set before the library is loaded."""
FILES = ("config.json", "*.safetensors", "*.safetensors.index.json")
"""What is fetched of a model; never a pickle."""


class WeightsMissing(UserError):
    """Weights are not there, are incomplete, or belong to another model."""


@dataclass(frozen=True)
class Encoder:
    """A kind of model: `model_type` of its description, words for people, ids by short name, and how large each is."""

    model_type: str
    words: str
    ids: dict[str, str]
    sizes: dict[str, dict[str, int]]


def _vit(width: int, layers: int, heads: int) -> dict[str, int]:
    return {"hidden_size": width, "num_hidden_layers": layers, "num_attention_heads": heads, "image_size": 518}


DINOV2 = Encoder(
    "dinov2",
    "DINOv2",
    {name: f"facebook/dinov2-{name}" for name in ("small", "base", "large")},
    {
        "facebook/dinov2-small": _vit(384, 12, 6),
        "facebook/dinov2-base": _vit(768, 12, 12),
        "facebook/dinov2-large": _vit(1024, 24, 16),
    },
)
W2VBERT = Encoder("wav2vec2-bert", "W2V-BERT 2.0", {"2.0": "facebook/w2v-bert-2.0"}, {"facebook/w2v-bert-2.0": {}})
ENCODERS = {"dinov2": DINOV2, "w2vbert": W2VBERT}


@dataclass(frozen=True)
class Weights:
    """Where weights were found: `folder` (None: random ones), `model` (id or the folder's name), `revision` ('' where
    unknown), `sha256` of the weights and of the description."""

    folder: Path | None
    model: str
    revision: str = ""
    sha256: str = ""
    config_sha256: str = ""


def find_weights(
    stream: str, asked: str, home: Path, allow_download: bool = False, allow_random: bool = False
) -> Weights:
    """The weights asked for (short name, id or folder); WeightsMissing names the id, where it was looked for and what
    would do. Random ones only where allowed and where there are no others."""
    encoder = ENCODERS[stream]
    model = encoder.ids.get(asked, asked)
    folder = _folder(model, home) or _cached(model) or (_fetched(model) if allow_download else None)
    if folder is not None:
        return _checked(folder, encoder, model)
    if allow_random:
        return Weights(None, model, sha256="random")
    raise WeightsMissing(_missing(encoder, model))


def _folder(model: str, home: Path) -> Path | None:
    """The folder named, or one of the model's name among the folders for models."""
    places = [Path(model), *(folder / model.rsplit("/", 1)[-1] for folder in model_folders(home))]
    return next((place for place in places if place.is_dir()), None)


def _cached(model: str) -> Path | None:
    """The model in the local cache of the library; no network."""
    snapshot_download = _hub()
    try:
        found = Path(snapshot_download(model, local_files_only=True, allow_patterns=list(FILES)))
    except (OSError, ValueError):
        return None
    return found if (found / "config.json").exists() else None


def _fetched(model: str) -> Path:
    """The model from the hub, as the user allowed."""
    snapshot_download = _hub()
    try:
        return Path(snapshot_download(model, allow_patterns=list(FILES)))
    except Exception as fault:
        text = f"{model}: the weights could not be fetched ({type(fault).__name__}). Check the id and the network, or "
        raise WeightsMissing(f"{text}fetch them on another computer and name the folder.") from None


def _hub() -> object:
    """The hub's own function to fetch a model, loaded now."""
    be_quiet()
    from huggingface_hub import snapshot_download

    return snapshot_download


def be_quiet() -> None:
    """Nothing about the use is sent to anyone."""
    for name, value in QUIET.items():
        os.environ.setdefault(name, value)


def _missing(encoder: Encoder, model: str) -> str:
    place = f"{model.rsplit('/', 1)[-1]} of the folder models" + (
        " (that of the study, the one here" + (f", or {FOLDER_VARIABLE})" if os.environ.get(FOLDER_VARIABLE) else ")")
    )
    return (
        f"{model}: the weights of {encoder.words} are not on this computer. Looked in {place} and in the local cache "
        "of Hugging Face. Put config.json and model.safetensors into that folder, or allow the download once with "
        "--allow-download."
    )


def _checked(folder: Path, encoder: Encoder, model: str) -> Weights:
    """A folder's files, by what they say of themselves."""
    name = model if not Path(model).is_dir() else folder.resolve().name
    try:
        kind = json.loads((folder / "config.json").read_text(encoding="utf-8"))["model_type"]
    except (OSError, ValueError, KeyError, TypeError):
        text = f"{name}: there is no readable config.json in the folder of the weights. Copy it there as well."
        raise WeightsMissing(text) from None
    if kind != encoder.model_type:
        raise WeightsMissing(f"{name}: these are weights of '{kind}', not of {encoder.words} ('{encoder.model_type}').")
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        text = f"{name}: there is no .safetensors file in the folder of the weights (other kinds are not read)."
        raise WeightsMissing(f"{text} Copy model.safetensors there.")
    revision = folder.name if folder.parent.name == "snapshots" else ""
    return Weights(folder, name, revision, _sum_of(files), sha256(folder / "config.json"))


def _sum_of(files: list[Path]) -> str:
    """Checksum of the one file, or of the list of checksums of several."""
    sums = [sha256(file) for file in files]
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()
