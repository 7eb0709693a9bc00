"""How far a chain of draws can be trusted: effective size and split R-hat of one chain."""

import numpy as np


def effective_size(draws: np.ndarray) -> np.ndarray:
    """Effective number of draws per column (draws x columns) of one chain: Geyer's initial positive sequence."""
    count = len(draws)
    centred = draws - draws.mean(axis=0)
    spectrum = np.fft.rfft(centred, n=2 * count, axis=0)
    covariance = np.fft.irfft(np.abs(spectrum) ** 2, axis=0)[:count] / count
    variance = covariance[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        pairs = (covariance[0 : count - 1 : 2] + covariance[1:count:2]) / variance
    positive = np.minimum.accumulate(np.where(np.cumsum(pairs <= 0, axis=0) == 0, pairs, 0.0), axis=0)
    time = np.maximum(2 * positive.sum(axis=0) - 1, 1.0 / np.log10(max(count, 10)))
    return np.where(variance > 0, count / time, np.nan)


def split_rhat(draws: np.ndarray) -> np.ndarray:
    """R-hat of the two halves of one chain, per column."""
    half = len(draws) // 2
    halves = np.stack([draws[:half], draws[-half:]])
    within = halves.var(axis=1, ddof=1).mean(axis=0)
    between = half * halves.mean(axis=1).var(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.sqrt((within * (half - 1) / half + between / half) / within)
