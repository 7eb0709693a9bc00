"""How much moves in each region of a picture: the share of pixels whose grey value changes from frame to frame.

Source: frame differencing as in motion energy analysis (a pixel has changed when its grey value differs by more than
12); divided by the time between the frames, because frame rates vary. A change of most of the picture is a cut.
"""

from collections.abc import Callable

import cv2
import numpy as np
import pandas as pd

from pipeline.errors import UserError
from pipeline.features.choices import MotionChoices
from pipeline.features.video import Pictures, Times, settled

Region = tuple[str, float, float, float, float]


def motion_rows(
    pictures: Pictures, choices: MotionChoices, seen: Callable[[float], None] = lambda time_s: None
) -> tuple[pd.DataFrame, Times]:
    """`frame, t_s, region, share` (0 to 1), `share_per_s`, `cut`, in order of frame and region; and the frames' times.

    The first frame, a frame after one that was left out and a cut have no share.
    """
    raw, shares, before = [], [], None
    for time_s, picture in pictures:
        shares.append(changed(before, picture, choices))
        raw.append(time_s)
        before = picture.copy()
        seen(time_s)
    times = settled(np.array(raw), pictures.fps)
    found = np.array(shares, dtype=float).reshape(len(raw), len(choices.regions) + 1)
    return table(found, times, choices), times


def changed(before: np.ndarray | None, picture: np.ndarray, choices: MotionChoices) -> list[float]:
    """Share of pixels that changed, in the whole picture and in each region; missing without a picture before."""
    if before is None or before.shape != picture.shape:
        return [np.nan] * (len(choices.regions) + 1)
    moved = cv2.absdiff(before, picture) > choices.difference_min
    height, width = moved.shape
    return [moved.mean()] + [moved[pixels(region, height, width)].mean() for region in choices.regions]


def pixels(region: Region, height: int, width: int) -> tuple[slice, slice]:
    """Rows and columns of a region given as fractions of the picture; at least one of each."""
    _, left, top, right, bottom = region
    rows, columns = (round(top * height), round(bottom * height)), (round(left * width), round(right * width))
    return slice(rows[0], max(rows[1], rows[0] + 1)), slice(columns[0], max(columns[1], columns[0] + 1))


def table(shares: np.ndarray, times: Times, choices: MotionChoices) -> pd.DataFrame:
    """Shares (frames, 1 + regions; the whole picture first) as rows with times."""
    follows = np.r_[False, times.kept[:-1]][times.kept] if len(times.kept) else times.kept
    kept = shares[times.kept]
    cut = kept[:, 0] > choices.cut_share
    own = np.where((follows & ~cut)[:, None], kept[:, 1:], np.nan)
    steps = np.diff(times.t_s, prepend=np.nan)[: len(times.t_s)]
    frames, regions = own.shape
    columns = {
        "frame": np.repeat(np.flatnonzero(times.kept), regions).astype(np.int32),
        "t_s": np.repeat(times.t_s, regions),
        "region": [region[0] for region in choices.regions] * frames,
        "share": own.ravel(),
        "share_per_s": (own / steps[:, None]).ravel(),
        "cut": np.repeat(cut, regions),
    }
    return pd.DataFrame(columns)


def region(text: str) -> Region:
    """`NAME=LEFT,TOP,RIGHT,BOTTOM` with fractions of the picture; UserError when it is not one."""
    name, _, numbers = text.partition("=")
    try:
        left, top, right, bottom = (float(part) for part in numbers.split(","))
    except ValueError:
        left = right = top = bottom = -1.0
    if not name.strip() or not (0 <= left < right <= 1 and 0 <= top < bottom <= 1):
        words = "is not a region. Write NAME=LEFT,TOP,RIGHT,BOTTOM as fractions of the picture"
        raise UserError(f"'{text}' {words}, for example infant=0,0.5,0.5,1.")
    return name.strip(), left, top, right, bottom
