"""Embeddings of sound by W2V-BERT 2.0, one per frame of the grid: each window on its own, or the session in one go.

These are two different features: the front end normalises within what it is given, and the encoder looks as far as it
is shown. Which one it was stands in the file; they are never mixed.
"""

from collections.abc import Callable, Iterator

import numpy as np

from pipeline.features.audio import Sound
from pipeline.features.choices import W2vbertChoices
from pipeline.features.encoder import Loaded
from pipeline.features.grid import Grid
from pipeline.features.log_mel import around, session_tokens, windows

FEW, MOST = 32, 1024
"""Windows that go through the encoder at a time: on a processor, and at most on a graphics card."""
STRETCH, MARGIN = 500, 50
"""Tokens of a stretch of a whole session (10 s), and those heard with it on either side (1 s) but not kept."""
ROWS_AT_A_TIME = 1_500
Seen = Callable[[float], None]


def embeddings(
    sound: Sound, grid: Grid, choices: W2vbertChoices, encoder: Loaded, seen: Seen = lambda time_s: None
) -> np.ndarray:
    """(frames, width) float16 for the rows of the grid: the mean over the tokens around each."""
    if choices.mode == "continuous":
        tokens, middles = session_tokens(sound)
        whole = np.concatenate(list(stretches(tokens, encoder, seen)))
        return around(whole, middles, grid.t_s, choices.left_ms, choices.right_ms).astype(np.float16)
    return np.concatenate(list(windowed(sound, grid, choices, encoder, seen)))


def windowed(sound: Sound, grid: Grid, choices: W2vbertChoices, encoder: Loaded, seen: Seen) -> Iterator[np.ndarray]:
    """Windows in batches, each through the encoder on its own, its tokens averaged."""
    for at in range(0, len(grid.step), ROWS_AT_A_TIME):
        steps = grid.step[at : at + ROWS_AT_A_TIME]
        every = windows(sound, steps, grid.fps, choices.left_ms, choices.right_ms)
        batch = encoder.at_a_time(every.shape[1], FEW, MOST)
        for first in range(0, len(every), batch):
            hidden = hidden_states(encoder, every[first : first + batch])
            yield hidden.mean(axis=1).astype(np.float16)
            seen(float(steps[min(first + batch, len(steps)) - 1] / grid.fps))


def stretches(tokens: np.ndarray, encoder: Loaded, seen: Seen) -> Iterator[np.ndarray]:
    """Hidden states (n, width) of all tokens, stretch by stretch, each with a margin of what is around it."""
    for first in range(0, len(tokens), STRETCH):
        begin, end = max(first - MARGIN, 0), min(first + STRETCH + MARGIN, len(tokens))
        hidden = hidden_states(encoder, tokens[None, begin:end])[0]
        yield hidden[first - begin : min(first + STRETCH, len(tokens)) - begin]
        seen(min(first + STRETCH, len(tokens)) * 0.02)


def hidden_states(encoder: Loaded, tokens: np.ndarray) -> np.ndarray:
    """(n, tokens, 160) -> (n, tokens, width) float32: the last layer."""
    import torch

    with torch.inference_mode():
        batch = torch.from_numpy(np.ascontiguousarray(tokens, dtype=np.float32)).to(encoder.device, encoder.dtype)
        return encoder.net(input_features=batch).last_hidden_state.float().cpu().numpy()
