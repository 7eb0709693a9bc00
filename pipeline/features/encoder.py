"""An encoder in memory: loaded whole or refused, on the device and in the precision that this computer is good at."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.errors import UserError
from pipeline.features.weights import ENCODERS, Encoder, WeightsMissing, be_quiet

if TYPE_CHECKING:
    import torch

SEED = 1
"""Of random weights."""
UNUSED = ("embeddings.mask_token", "masked_spec_embed")
"""Only used while an encoder is trained: may be missing."""


@dataclass(frozen=True)
class Loaded:
    """`net`: the encoder, ready to be called; `width` of its tokens; `device`, `precision` it runs in."""

    net: Callable[..., object]
    width: int
    patch: int
    device: str
    precision: str

    @property
    def dtype(self) -> "torch.dtype":
        """The precision as torch names it."""
        import torch

        return getattr(torch, self.precision)


def load(stream: str, model: str, folder: Path | None, precision: str = "auto") -> Loaded:
    """Loads an encoder from a folder (None: random weights of the size that the id stands for)."""
    be_quiet()
    import torch

    torch.set_num_threads(1)
    encoder, device = ENCODERS[stream], "cuda" if torch.cuda.is_available() else "cpu"
    chosen = best_precision(device) if precision == "auto" else precision
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = _random(encoder, model) if folder is None else _from_folder(encoder, model, folder)
    net = net.to(device=device, dtype=getattr(torch, chosen)).eval()
    if device == "cpu" and encoder is ENCODERS["dinov2"]:
        # For 257 tokens plain products of matrices are a tenth faster on a processor than the fused attention.
        net.set_attn_implementation("eager")
    return Loaded(net, net.config.hidden_size, getattr(net.config, "patch_size", 0), device, chosen)


def best_precision(device: str) -> str:
    """bfloat16 on a GPU and on processors that compute in it; float32 elsewhere, where it would be slow."""
    import torch

    if device == "cuda":
        return "bfloat16"
    able = any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return "bfloat16" if able else "float32"


def _classes(encoder: Encoder) -> tuple[type, type]:
    import transformers

    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    if encoder.model_type == "dinov2":
        return transformers.Dinov2Model, transformers.Dinov2Config
    return transformers.Wav2Vec2BertModel, transformers.Wav2Vec2BertConfig


def _random(encoder: Encoder, model: str) -> object:
    import torch

    if model not in encoder.sizes:
        known = ", ".join(sorted(encoder.sizes))
        raise UserError(f"{model}: random weights can only be made for {known}.")
    net, config = _classes(encoder)
    torch.manual_seed(SEED)
    return net(config(**encoder.sizes[model]))


def _from_folder(encoder: Encoder, model: str, folder: Path) -> object:
    """WeightsMissing when one weight is missing, of another size or unreadable."""
    net, _ = _classes(encoder)
    options = {"local_files_only": True, "use_safetensors": True, "ignore_mismatched_sizes": True}
    try:
        found, report = net.from_pretrained(folder, output_loading_info=True, **options)
    except Exception as fault:
        text = f"{model}: the weights cannot be read ({type(fault).__name__}): a file is damaged or missing."
        raise WeightsMissing(f"{text} Fetch them again.") from None
    wrong = sorted(name for name in report["missing_keys"] if name not in UNUSED)
    wrong += sorted(one[0] if isinstance(one, tuple) else one for one in report["mismatched_keys"])
    if wrong or report.get("error_msgs"):
        count, first = len(wrong), f", the first is {wrong[0]}" if wrong else ""
        text = f"{model}: the weights are incomplete: {count} are missing or of another size{first}."
        raise WeightsMissing(f"{text} Nothing was computed with them. Fetch them again.")
    return found
