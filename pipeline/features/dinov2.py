"""Patch tokens of DINOv2 for the pictures of the grid, kept as scores on 64 axes beside the exact sums of all tokens.

A picture has 256 patches of up to 1,024 numbers: too much to store. The axes are the components of one picture per
second; on a second way through the video every picture's tokens go into the sums (n, mean, covariance) and become
scores. From both, the components of any set of training sessions are applied later (`pipeline.measures.token_scores`).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.choices import Dinov2Choices
from pipeline.features.encoder import Loaded
from pipeline.features.grid import Grid, shown_pictures, thinned
from pipeline.features.motion import pixels
from pipeline.features.patches import Framing, framing, prepared
from pipeline.features.video import Pictures
from pipeline.measures.pca import Components, Sums, components, merged, no_rows

if TYPE_CHECKING:
    import torch

FEW, MOST = 8, 256
"""Pictures that go through the encoder at a time: on a processor, and at most on a graphics card."""
PATCHES = 257
"""Tokens of a picture, with that of the whole."""
BASIS_FPS = 1
"""Pictures per second that the stored axes are fitted on."""
Seen = Callable[[float], None]


@dataclass
class TokenRun:
    """One way through a video; complete when `scored` has been gone through: `kept` axes, `sums` of all tokens."""

    path: Path
    grid: Grid
    choices: Dinov2Choices
    encoder: Loaded
    framing: Framing | None = None
    kept: Components | None = None
    sums: Sums | None = None
    pictures: Pictures | None = None
    tokens: int = 0
    looked_at: int = field(default=0)

    def fit_axes(self) -> None:
        """The axes that scores are stored on."""
        sums = no_rows(self.encoder.width)
        for _, _, tokens in self._tokens(thinned(self.grid, BASIS_FPS)):
            sums = merged(sums, token_sums(tokens))
            self.tokens = tokens.shape[1]
        self.kept = components(sums, self.choices.components)

    def scored(self, seen: Seen = lambda time_s: None) -> Iterator[tuple[int, int, np.ndarray]]:
        """Scores (patches, kept) float16 of each picture with its first row and the row after its last."""
        import torch

        axes = torch.from_numpy(self.kept.axes).float().to(self.encoder.device)
        mean = torch.from_numpy(self.kept.mean).float().to(self.encoder.device)
        self.sums = no_rows(self.encoder.width)
        for firsts, lasts, tokens in self._tokens(self.grid):
            self.sums = merged(self.sums, token_sums(tokens))
            numbers = ((tokens - mean) @ axes).half().cpu().numpy()
            self.looked_at += len(numbers)
            yield from zip(firsts, lasts, numbers, strict=True)
            seen(float(self.grid.source_s[firsts[-1]]))

    def _tokens(self, grid: Grid) -> Iterator[tuple[tuple[int, ...], tuple[int, ...], "torch.Tensor"]]:
        """Batches: first rows, rows after the last, float32 tokens (n, patches, width) on the encoder's device."""
        self.pictures = Pictures(self.path, "rgb24")
        shown = ((first, last, self._view(one)) for first, last, one in shown_pictures(self.pictures, grid))
        together = self.encoder.at_a_time(PATCHES, FEW, MOST)
        while batch := list(islice(shown, together)):
            firsts, lasts, pictures = zip(*batch, strict=True)
            self.framing = self.framing or framing(*pictures[0].shape[:2], self.choices.crop)
            if len({picture.shape for picture in pictures}) > 1:
                text = f"{file_name(self.path)}: the size of the picture changes within the video."
                raise UnreadableFile(f"{text} Convert it to MP4 with one size.")
            yield firsts, lasts, patch_tokens(self.encoder, prepared(list(pictures), self.framing, self.encoder.device))

    def _view(self, picture: np.ndarray) -> np.ndarray:
        """A copy of the part that is looked at: the picture itself is used again for the next one."""
        return picture[pixels(self.choices.view, *picture.shape[:2])].copy()


def patch_tokens(encoder: Loaded, batch: "torch.Tensor") -> "torch.Tensor":
    """(n, 3, 224, 224) -> (n, 256, width) float32: the last layer after its normalisation, without the class token."""
    import torch

    with torch.inference_mode():
        return encoder.net(pixel_values=batch.to(encoder.dtype)).last_hidden_state[:, 1:].float()


def token_sums(tokens: "torch.Tensor") -> Sums:
    """Sums of tokens (n, patches, width), multiplied where they are; as `pipeline.measures.pca.sums_of`."""
    rows = tokens.reshape(-1, tokens.shape[-1])
    mean = rows.double().mean(dim=0)
    centred = rows - mean.float()
    rest = centred.double().mean(dim=0)
    scatter = (centred.T @ centred).double().cpu().numpy()
    rest, used = rest.cpu().numpy(), mean.float().double().cpu().numpy()
    return Sums(len(rows), used + rest, scatter - len(rows) * np.outer(rest, rest))
