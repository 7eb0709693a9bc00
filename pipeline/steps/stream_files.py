"""Stored feature streams: one Parquet file each, written once, row by row, and read in stretches.

A file has one column `values`: lists of `dim` numbers, float16 or float32, one per frame from frame 0 on; a frame that
the lab's file lacks is nan.
"""

import json
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import IO

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import StudyError

VALUES = "values"
ROWS = 1_500
"""Rows per group of a file: a stretch of a minute is read without the rest."""
ABOUT = b"rows"
"""Key of the metadata that say how the rows are read, as JSON: `fps` as a fraction, `dim`, and whether `sums` belong to
them."""
SUMS = ".sums.parquet"
"""Ending of the file beside a stored stream of scores that has its sums and axes."""
LARGEST_DENOMINATOR = 10_000
DAMAGED = (
    "features/streams/{name}: the stored frames of a stream are missing or damaged. Delete this file, if it is there, "
    "and import the study again."
)


def stream_rate(fps: float | str) -> Fraction:
    """Frames per second as a fraction: 25.0 -> 25, 29.97002997... and '30000/1001' -> 30000/1001."""
    return Fraction(fps).limit_denominator(LARGEST_DENOMINATOR)


class StoredRows:
    """A stored stream opened for reading: `frames`, `dim`, `fps`; rows come in stretches. Close it, or use `with`.

    StudyError where the file is missing, damaged or no stored stream.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        try:
            self._file = pq.ParquetFile(path, page_checksum_verification=True)
            known = json.loads((self._file.metadata.metadata or {})[ABOUT])
            self.fps, self.dim, self.sums = Fraction(known["fps"]), int(known["dim"]), bool(known.get("sums"))
        except (OSError, pa.ArrowException, ValueError, KeyError, TypeError, AttributeError):
            raise self._damaged() from None
        self.frames = self._file.metadata.num_rows

    def __enter__(self) -> "StoredRows":
        return self

    def __exit__(self, kind: type | None, fault: BaseException | None, trace: TracebackType | None) -> None:
        self._file.close()

    def between(self, first: int, last: int) -> np.ndarray:
        """Rows [first, last) as stored, of shape (last - first, dim)."""
        first, last = max(first, 0), min(last, self.frames)
        if last <= first:
            return np.empty((0, self.dim), dtype=np.float32)
        groups = list(range(first // ROWS, (last - 1) // ROWS + 1))
        try:
            lists = self._file.read_row_groups(groups, columns=[VALUES])[VALUES].combine_chunks()
            values = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(lists), self.dim)
        except (OSError, pa.ArrowException, ValueError):
            raise self._damaged() from None
        return values[first - groups[0] * ROWS : last - groups[0] * ROWS]

    def _damaged(self) -> StudyError:
        return StudyError(DAMAGED.format(name=self._path.name))


def sums_of(file: str) -> str:
    """Where the sums and axes that belong to a stored stream of scores are stored."""
    return file.removesuffix(".parquet") + SUMS


def is_whole(path: Path) -> bool:
    """Whether a stored stream is there, with its sums where it has some; its rows are not looked at."""
    try:
        with StoredRows(path) as stored:
            return not stored.sums or path.with_name(sums_of(path.name)).is_file()
    except StudyError:
        return False


def write_rows(
    handle: IO[bytes], blocks: Iterator[np.ndarray], like: tuple[int, bool], about: Callable[[], dict[bytes, str]]
) -> None:
    """Writes blocks of rows (n, dim) in groups of ROWS; never more than a few blocks are in memory.

    `like`: dim, and whether they are float16. `about`: asked when all is written, what the metadata shall say.
    """
    dim, half = like
    schema = pa.schema([(VALUES, pa.list_(pa.float16() if half else pa.float32(), dim))])
    options = {"compression": "zstd", "use_dictionary": False, "write_page_checksum": True}
    with pq.ParquetWriter(handle, schema, **options) as writer:
        for block in in_groups(blocks):
            lists = pa.FixedSizeListArray.from_arrays(pa.array(block.ravel()), type=schema.field(VALUES).type)
            writer.write_table(pa.table([lists], schema=schema), row_group_size=ROWS)
        writer.add_key_value_metadata({key.decode(): value for key, value in about().items()})


def in_groups(blocks: Iterator[np.ndarray]) -> Iterator[np.ndarray]:
    """Blocks of rows joined and cut into groups of ROWS, the last one shorter."""
    waiting: list[np.ndarray] = []
    for block in blocks:
        waiting.append(block)
        if sum(len(one) for one in waiting) >= ROWS:
            whole = np.concatenate(waiting)
            full = len(whole) // ROWS * ROWS
            yield from (whole[at : at + ROWS] for at in range(0, full, ROWS))
            waiting = [whole[full:]]
    if any(len(one) for one in waiting):
        yield np.concatenate(waiting)
