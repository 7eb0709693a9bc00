"""How exact the phases of a smile are, against the noise of the landmarks: measured on smiles whose phases are known.

Source: `python -m benchmarks.smile_noise` (docs/smiles.md has the whole table).
"""

REAL_NOISE = (0.011, 0.025)
"""Standard deviation of the radius from one frame to the next on real tracks, from lowest to highest (IR)."""

FRAME_NOISE = (0.0013, 0.0017, 0.0024, 0.0042, 0.0062, 0.0081, 0.0111, 0.0161, 0.0251)
"""The same of the synthetic tracks (IR)."""

WITHIN_TWO_FRAMES = {
    "raw": (1.0, 1.0, 1.0, 1.0, 0.984, 0.929, 0.815, 0.613, 0.385),
    "3": (0.935, 0.940, 0.972, 0.992, 0.998, 0.994, 0.990, 0.980, 0.925),
    "5": (0.917, 0.929, 0.958, 0.986, 0.990, 0.994, 0.984, 0.964, 0.940),
}
"""Smoothing -> share of boundaries found within two frames, at each FRAME_NOISE."""

ALL_FOUR = {
    "raw": (1.0, 1.0, 1.0, 1.0, 0.935, 0.742, 0.500, 0.137, 0.048),
    "3": (0.879, 0.895, 0.952, 0.984, 0.992, 0.976, 0.960, 0.927, 0.742),
    "5": (0.839, 0.871, 0.911, 0.968, 0.968, 0.976, 0.944, 0.871, 0.790),
}
"""Smoothing -> share of smiles all four of whose boundaries are found within two frames."""
