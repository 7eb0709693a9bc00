"""Where torch computes: on a graphics card where there is one, else on the processor; in which precision, how much at a
time. The one place that decides it.
"""

from dataclasses import dataclass

USED_SHARE = 0.5
"""Of the graphics card's free memory that one batch may take; the rest is for what the libraries need."""


@dataclass(frozen=True)
class Device:
    """`name`: cpu | cuda. `precision`: float32 | bfloat16 | float16. `memory`: free bytes of the graphics card (0: on
    the processor).
    """

    name: str = "cpu"
    precision: str = "float32"
    memory: int = 0

    def at_a_time(self, bytes_each: int, few: int, most: int) -> int:
        """How many go through at a time: `few` on a processor, where more gain nothing; on a graphics card as many as
        fit, a power of two times `few`, at most `most`.
        """
        fit, found = int(self.memory * USED_SHARE) // bytes_each, few
        while found * 2 <= min(fit, most):
            found *= 2
        return found


def chosen_device(precision: str = "auto", name: str = "auto") -> Device:
    """The device of this computer (or the one named), with the precision it is fast in (or the one named)."""
    import torch

    chosen = ("cuda" if torch.cuda.is_available() else "cpu") if name == "auto" else name
    memory = int(torch.cuda.mem_get_info()[0]) if chosen == "cuda" else 0
    return Device(chosen, fast_precision(chosen) if precision == "auto" else precision, memory)


def fast_precision(name: str) -> str:
    """bfloat16 where it is computed and not imitated; else float16 on a graphics card, float32 on a processor."""
    import torch

    if name == "cuda":
        return "bfloat16" if torch.cuda.is_bf16_supported(including_emulation=False) else "float16"
    able = any(getattr(torch.cpu, name, bool)() for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
    return "bfloat16" if able else "float32"
