"""An encoder turned into a program of OpenVINO, an optional extra that is faster than torch where there is no GPU.

The torch module is traced once per worker, with the weights that torch loaded and checked. Nothing is reported: the
library's part that does so is kept from being loaded.
"""

import sys
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from types import SimpleNamespace
from typing import TYPE_CHECKING

from pipeline.errors import UserError

if TYPE_CHECKING:
    import torch

HINTS = {"float32": "f32", "bfloat16": "bf16"}
INSTALL = "pip install -r requirements-openvino.txt"


def require_openvino() -> None:
    """UserError where OpenVINO is not installed."""
    if find_spec("openvino") is None:
        raise UserError(f"OpenVINO is not installed here. Install it with: {INSTALL}. Or leave --runtime out.")


def program_of(net: "torch.nn.Module", asked: str, example: "torch.Tensor", precision: str) -> tuple[Callable, str]:
    """A function like `net` (called with `asked`=tensor, gives `last_hidden_state`), on one thread, for batches of any
    size, and the precision it really computes in. `example`: an input, which only says how many dimensions there are.
    """
    require_openvino()
    sys.modules.setdefault("openvino_telemetry", None)
    import openvino

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        graph = openvino.convert_model(_hidden(net, asked), example_input=example)
    hints = {"INFERENCE_PRECISION_HINT": HINTS[precision], "INFERENCE_NUM_THREADS": 1, "NUM_STREAMS": 1}
    compiled = openvino.Core().compile_model(graph, "CPU", hints)
    request = compiled.create_infer_request()
    computes = compiled.get_property("INFERENCE_PRECISION_HINT").to_string()
    return _called(request, asked), next(name for name, hint in HINTS.items() if hint == computes)


def _hidden(net: "torch.nn.Module", asked: str) -> "torch.nn.Module":
    """The module with one input and its last layer as the one output."""
    import torch

    class Hidden(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.net = net

        def forward(self, given: "torch.Tensor") -> "torch.Tensor":
            return self.net(**{asked: given}).last_hidden_state

    return Hidden().eval()


def _called(request: object, asked: str) -> Callable:
    import torch

    def run(**given: "torch.Tensor") -> SimpleNamespace:
        found = request.infer({0: given[asked].float().contiguous().numpy()})[0]
        return SimpleNamespace(last_hidden_state=torch.from_numpy(found))

    return run
