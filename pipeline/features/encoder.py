"""An encoder in memory: loaded whole or refused, on the device and in the precision that this computer is good at."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline.device import Device, chosen_device
from pipeline.errors import UserError
from pipeline.features.openvino_runtime import program_of, require_openvino
from pipeline.features.weights import ENCODERS, Encoder, WeightsMissing, be_quiet

if TYPE_CHECKING:
    import torch

SEED = 1
"""Of random weights."""
UNUSED = ("embeddings.mask_token", "masked_spec_embed")
"""Only used while an encoder is trained: may be missing."""
RUNTIMES = ("torch", "openvino")
ROOM = 64
"""Bytes that one number of a token takes on a graphics card while it goes through the layers, at most."""
INPUTS = {"dinov2": ("pixel_values", (1, 3, 224, 224)), "w2vbert": ("input_features", (2, 6, 160))}
"""What an encoder is called with, and the shape of an example."""


@dataclass(frozen=True)
class Loaded:
    """`net`: the encoder, ready to be called; `width` of its tokens; `where` it runs and in which precision; `runtime`:
    torch | openvino."""

    net: Callable[..., object]
    width: int
    where: Device
    runtime: str = "torch"

    @property
    def device(self) -> str:
        """Where tensors are to be."""
        return self.where.name

    @property
    def precision(self) -> str:
        """What is computed in."""
        return self.where.precision

    @property
    def dtype(self) -> "torch.dtype":
        """What inputs are to be in; OpenVINO rounds them itself."""
        import torch

        return torch.float32 if self.runtime == "openvino" else getattr(torch, self.precision)

    def at_a_time(self, tokens: int, few: int, most: int) -> int:
        """How many inputs of so many tokens go through at a time, by the device's memory."""
        return self.where.at_a_time(tokens * self.width * ROOM, few, most)


def load(stream: str, model: str, folder: Path | None, precision: str = "auto", runtime: str = "torch") -> Loaded:
    """Loads an encoder from a folder (None: random weights of the size that the id stands for)."""
    be_quiet()
    if runtime == "openvino":
        require_openvino()
    import torch

    torch.set_num_threads(1)
    encoder = ENCODERS[stream]
    where = chosen_device(precision, "auto" if runtime == "torch" else "cpu")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        net = _random(encoder, model) if folder is None else _from_folder(encoder, model, folder)
    net, width = net.eval(), net.config.hidden_size
    if runtime == "openvino":
        asked, shape = INPUTS[stream]
        program, computes = program_of(net, asked, torch.zeros(shape), where.precision)
        return Loaded(program, width, Device("cpu", computes), runtime)
    net = net.to(device=where.name, dtype=getattr(torch, where.precision))
    if where.name == "cpu" and stream == "dinov2":
        # For 257 tokens plain products of matrices are a tenth faster on a processor than the fused attention.
        net.set_attn_implementation("eager")
    return Loaded(net, width, where)


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
