"""What a feature stream sees of one picture: its patches or cells as colours, beside the picture of the video.

Only on demand: a stretch of one stored stream is read and one picture is decoded. Colours of patches are the first
three components of the session's own patches, from two standard deviations below the mean to two above.
"""

import json
from dataclasses import dataclass
from fractions import Fraction
from math import isqrt
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.errors import UserError
from pipeline.measures.pca import components
from pipeline.measures.token_scores import features
from pipeline.steps.feature_traces import CELLS, IMPORTED, PER_CELL, TOKENS, Stream

COLOURS = 3
REACH_SD = 2.0
WHOLE = (0.0, 0.0, 1.0, 1.0)
KINDS = (CELLS, TOKENS, IMPORTED)
"""Streams whose numbers have a place in the picture."""


@dataclass(frozen=True)
class Picture:
    """`cells` and `film`: data addresses of both pictures ('' where there is no film); `numbers`: row, column and what
    the colours are made of; `aspect`: width over height of what is seen; `note`: why there is no film.
    """

    cells: str
    film: str
    numbers: pd.DataFrame
    aspect: float = 1.0
    note: str = ""


def picturable(streams: list[Stream]) -> list[Stream]:
    """Streams that have cells or patches."""
    return [one for one in streams if one.kind in KINDS and _side(one) ** 2 * _per_cell(one) == _dim(one)]


def _dim(stream: Stream) -> int:
    return int(stream.rows["dim"].iloc[0])


def _per_cell(stream: Stream) -> int:
    """Numbers per cell or patch: the scores kept of a patch stand in the choices of the extraction."""
    if stream.kind == TOKENS:
        return int(json.loads(stream.rows["choices"].iloc[0]).get("components", PER_CELL))
    return PER_CELL


def _side(stream: Stream) -> int:
    return isqrt(_dim(stream) // _per_cell(stream))


def picture(home: Path, stream: Stream, observation: str, time_ms: int, film: Path | None, film_ms: int) -> Picture:
    """What the stream sees at a time of one recording; `film` is looked at `film_ms` after its start.

    UserError where the stream has no numbers then; a film that cannot be read is said in the note.
    """
    from pipeline.features import one_picture

    row = stream.rows[stream.rows["observation_id"] == observation]
    values = _values(home, row, time_ms)
    side = _side(stream)
    numbers, colours = _coloured(home, stream, row, values.reshape(side, side, -1))
    choices = json.loads(row["choices"].iloc[0])
    if film is None:
        return Picture(one_picture.as_cells(colours), "", numbers, note="No video belongs to this session.")
    try:
        view = tuple(choices.get("view", ("", *WHOLE))[1:])
        seen = one_picture.seen(one_picture.picture_at(film, film_ms / 1000), view, str(choices.get("crop", "")))
    except UserError as fault:
        return Picture(one_picture.as_cells(colours), "", numbers, note=fault.message)
    aspect = seen.shape[1] / seen.shape[0]
    return Picture(one_picture.as_cells(colours), one_picture.as_jpeg(seen), numbers, aspect)


def _values(home: Path, row: pd.DataFrame, time_ms: int) -> np.ndarray:
    """Numbers of the frame that holds at a time."""
    from pipeline.steps.stream_files import StoredRows

    one = row.iloc[0]
    rate = Fraction(float(one["fps"])).limit_denominator(10_000)
    frame = int(Fraction(int(time_ms + one["offset_ms"]), 1000) * rate)
    with StoredRows(home / str(one["file"])) as stored:
        found = stored.between(frame, frame + 1).astype(np.float32)
    if not len(found) or not np.isfinite(found).all():
        raise UserError(f"The stream has no numbers at {time_ms / 1000:.2f} s. Choose another moment.")
    return found[0]


def _coloured(home: Path, stream: Stream, row: pd.DataFrame, cells: np.ndarray) -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers behind the colours, one row per cell, and the colours (side, side, 3)."""
    from pipeline.features import one_picture

    if stream.kind == CELLS:
        energy = cells[:, :, 0]
        return _table({"Change of the picture": energy}), one_picture.heat(energy, _most(home, row))
    if stream.kind == TOKENS:
        from pipeline.steps.phase_features import token_store

        store = token_store(home, str(row["file"].iloc[0]))
        asked = components(store.sums, COLOURS)
        side = len(cells)
        found = features(cells.reshape(1, side * side, -1), store, asked).reshape(side, side, COLOURS)
        spread = np.sqrt(asked.variance)
    else:
        found = cells[:, :, :COLOURS]
        spread = np.maximum(found.std(axis=(0, 1)), 1e-9)
        found = found - found.mean(axis=(0, 1))
    part = np.clip(found / np.where(spread > 0, REACH_SD * spread, 1) / 2 + 0.5, 0, 1)
    names = {f"Component {place + 1}": found[:, :, place] for place in range(found.shape[2])}
    return _table(names), (255 * part).round().astype(np.uint8)


def _most(home: Path, row: pd.DataFrame) -> float:
    """The change that one cell in two hundred exceeds in the session: the brightest colour."""
    from pipeline.steps.feature_streams import session_blocks

    cells = [block[:, ::PER_CELL] for _, block in session_blocks(home, row)]
    return float(np.nanquantile(np.concatenate(cells), 0.995))


def _table(numbers: dict[str, np.ndarray]) -> pd.DataFrame:
    side = len(next(iter(numbers.values())))
    down, across = (place.ravel() + 1 for place in np.indices((side, side)))
    return pd.DataFrame({"Row": down, "Column": across} | {name: one.ravel() for name, one in numbers.items()})
