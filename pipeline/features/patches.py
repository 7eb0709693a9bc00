"""A picture as DINOv2 is given it: 224 x 224, cut out of the middle or whole with borders, ImageNet's mean and SD."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import UserError

if TYPE_CHECKING:
    import torch

SHORT_SIDE, SIDE = 256, 224
MEAN, SD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)
CROPS = ("centre", "letterbox")


@dataclass(frozen=True)
class Framing:
    """What becomes of a picture: `size` (height, width) it is resized to, `top`, `left` of the 224 x 224 in it
    (negative: borders), and the shares of its width and height that are seen."""

    size: tuple[int, int]
    top: int
    left: int
    width_seen: float
    height_seen: float

    @property
    def words(self) -> str:
        """How much of the picture is seen."""
        if self.width_seen == self.height_seen == 1:
            return "the whole picture is seen, with borders"
        return f"{self.width_seen:.0%} of the width and {self.height_seen:.0%} of the height are seen, the rest is cut"


def framing(height: int, width: int, crop: str) -> Framing:
    """`centre`: the shorter side becomes 256 and the middle 224 x 224 is kept. `letterbox`: the longer side becomes 224
    and borders fill the square."""
    if crop not in CROPS:
        raise UserError(f"'{crop}' is not a crop. Choose from: {', '.join(CROPS)}.")
    goal, side = (SHORT_SIDE, min(height, width)) if crop == "centre" else (SIDE, max(height, width))
    # As torchvision does: the other side is cut down to whole pixels.
    size = tuple(goal if one == side else max(int(goal * one / side), 1) for one in (height, width))
    # The middle, a half pixel rounded to even.
    top, left = (round((one - SIDE) / 2) for one in size)
    return Framing(size, top, left, min(SIDE / size[1], 1.0), min(SIDE / size[0], 1.0))


def prepared(pictures: list[np.ndarray], found: Framing, device: str = "cpu") -> "torch.Tensor":
    """Pictures (height, width, 3) of one size -> float32 (n, 3, 224, 224); borders have ImageNet's mean colour."""
    import torch
    from torch.nn import functional

    batch = torch.from_numpy(np.stack(pictures)).to(device).permute(0, 3, 1, 2)
    batch = batch.to(torch.float32) if device != "cpu" else batch
    small = functional.interpolate(batch, size=found.size, mode="bicubic", antialias=True)
    small = small.to(torch.float32).round().clamp(0, 255) / 255
    mean, sd = (torch.tensor(one, device=device).view(1, 3, 1, 1) for one in (MEAN, SD))
    normal = (small - mean) / sd
    height, width = found.size
    above, before = max(-found.top, 0), max(-found.left, 0)
    borders = (before, max(SIDE - width - before, 0), above, max(SIDE - height - above, 0))
    top, left = max(found.top, 0), max(found.left, 0)
    return functional.pad(normal, borders)[:, :, top : top + SIDE, left : left + SIDE].contiguous()
