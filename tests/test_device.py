"""Where torch computes: cards and processors that are not here, made up."""

import pytest

from pipeline.device import Device, chosen_device
from pipeline.features.encoder import Loaded

torch = pytest.importorskip("torch")
GIB = 2**30


@pytest.fixture
def computer(monkeypatch):
    """A computer with a card of so much free memory (None: no card), whose card or processor knows bfloat16 or not."""

    def made_up(free: int | None, knows_bfloat16: bool) -> None:
        monkeypatch.setattr(torch.cuda, "is_available", lambda: free is not None)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda: (free, 2 * free))
        monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: knows_bfloat16)
        monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: knows_bfloat16, raising=False)
        monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: False, raising=False)

    return made_up


@pytest.mark.parametrize(
    ("free", "knows", "expected"),
    [
        (None, True, Device("cpu", "bfloat16")),
        (None, False, Device("cpu", "float32")),
        (8 * GIB, True, Device("cuda", "bfloat16", 8 * GIB)),
        (8 * GIB, False, Device("cuda", "float16", 8 * GIB)),
    ],
)
def test_the_best_that_is_there(computer, free, knows, expected):
    computer(free, knows)
    assert chosen_device() == expected
    assert chosen_device("float32").precision == "float32" and chosen_device("float32").name == expected.name
    assert chosen_device(name="cpu").name == "cpu"


def test_as_many_at_a_time_as_fit():
    """A picture of DINOv2 large takes 257 tokens x 1,024 numbers x 64 bytes = 16 MiB: in half of 1 GiB fit 31."""
    sizes = {free: Loaded(None, 1024, Device("cuda", "bfloat16", free)).at_a_time(257, 8, 256) for free in (0, GIB)}
    assert sizes == {0: 8, GIB: 16}
    large = Loaded(None, 1024, Device("cuda", "bfloat16", 80 * GIB))
    assert large.at_a_time(257, 8, 256) == 256 and large.at_a_time(4, 32, 1024) == 1024
    assert Loaded(None, 1024, Device("cpu", "bfloat16")).at_a_time(257, 8, 256) == 8
