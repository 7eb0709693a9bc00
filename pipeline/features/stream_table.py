"""Files of streams: what their columns are, written and read back.

A wide stream has `t_s` (k / 25), `source_s` (time of the picture shown then), `held`, further flags, and `values`, a
list of `dim` float16. A narrow one has named float32 columns instead of `values`; their names stand in the file.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.features.choices import WHOLE, Choices, Dinov2Choices, View
from pipeline.features.feature_file import described
from pipeline.features.grid import Grid
from pipeline.measures.pca import Components, Sums
from pipeline.measures.token_scores import TokenStore

VALUES = "values"
COLUMNS = "columns"
"""Key of the names of a narrow stream's columns."""
SUMS = "sums"
"""What stands after the stream's name in the name of the file with its sums."""


@dataclass(frozen=True)
class StreamRows:
    """Rows of a stream: `t_s`, `source_s` (frames,), `held` (frames,), `values` (frames, dim) as stored."""

    t_s: np.ndarray
    source_s: np.ndarray
    held: np.ndarray
    values: np.ndarray


def wide_table(grid: Grid, values: np.ndarray, **flags: np.ndarray) -> pa.Table:
    """Rows of a grid with `values` (frames, dim) float16 and flags (frames,)."""
    lists = pa.FixedSizeListArray.from_arrays(pa.array(values.ravel()), values.shape[1])
    return pa.table(_times(grid) | {name: pa.array(flag) for name, flag in flags.items()} | {VALUES: lists})


def narrow_table(grid: Grid, values: pd.DataFrame) -> pa.Table:
    """Rows of a grid with one float32 column each; a missing number is a null."""
    columns = {name: pa.array(values[name].to_numpy(np.float32), from_pandas=True) for name in values}
    return pa.table(_times(grid) | columns)


def _times(grid: Grid) -> dict[str, pa.Array]:
    return {"t_s": pa.array(grid.t_s), "source_s": pa.array(grid.source_s), "held": pa.array(grid.held)}


def about_stream(dim: int, choices: Choices) -> dict[str, str]:
    """What every stream says of itself; components are not fitted yet where a scope can still be chosen."""
    scope = "none" if not isinstance(choices, Dinov2Choices) else "open: train_fold, session or frame"
    crop = {"crop": choices.crop} if isinstance(choices, Dinov2Choices) else {}
    view = {"view": view_words(choices.view)} if hasattr(choices, "view") else {}
    return {"fps": str(choices.fps), "dim": str(dim), "random_weights": "false", "pca_scope": scope} | crop | view


def view_words(view: View) -> str:
    """A view as it is written on the command line; '' for the whole picture."""
    return "" if view == WHOLE else f"{view[0]}={','.join(f'{side:g}' for side in view[1:])}"


def sums_table(sums: Sums, kept: Components) -> pa.Table:
    """One row per dimension of the tokens: means, the row of the covariance, and the row of the axes."""
    covariance = pa.array(sums.covariance.astype(np.float32).ravel())
    return pa.table(
        {
            "dimension": pa.array(np.arange(len(sums.mean), dtype=np.int32)),
            "mean": pa.array(sums.mean),
            "kept_mean": pa.array(kept.mean),
            "kept_axes": pa.FixedSizeListArray.from_arrays(pa.array(kept.axes.ravel()), kept.axes.shape[1]),
            "covariance": pa.FixedSizeListArray.from_arrays(covariance, len(sums.mean)),
        }
    )


def read_stream(path: Path) -> StreamRows:
    """All rows of a stream; missing numbers are nan."""
    return joined(list(stream_parts(path)))


def stream_parts(path: Path) -> Iterator[StreamRows]:
    """The rows of a stream, group by group (about a minute each), so that a long one need not fit into memory."""
    names = json.loads(described(path).get(COLUMNS, "[]"))
    with pq.ParquetFile(path) as file:
        for group in range(file.num_row_groups):
            yield _rows(file.read_row_group(group), names)


def _rows(table: pa.Table, names: list[str]) -> StreamRows:
    if names:
        values = np.column_stack([table[name].to_numpy() for name in names])
    else:
        lists = table[VALUES].combine_chunks()
        values = lists.flatten().to_numpy(zero_copy_only=False).reshape(len(lists), -1)
    return StreamRows(*(table[name].to_numpy() for name in ("t_s", "source_s", "held")), values)


def joined(parts: list[StreamRows]) -> StreamRows:
    """Parts of one stream one after the other."""
    names = ("t_s", "source_s", "held", "values")
    return StreamRows(*(np.concatenate([getattr(part, name) for part in parts]) for name in names))


def sums_file(path: Path) -> Path:
    """Where the sums that belong to a stream of scores stand."""
    name, stream, key, ending = path.name.rsplit(".", 3)
    return path.with_name(f"{name}.{stream}_{SUMS}.{key}.{ending}")


def read_sums(beside: Path) -> TokenStore:
    """Sums and axes in the file that has them."""
    table, n = pq.read_table(beside), int(described(beside)["n"])
    mean, kept_mean = (table[name].to_numpy() for name in ("mean", "kept_mean"))
    axes, covariance = (_matrix(table[name]) for name in ("kept_axes", "covariance"))
    return TokenStore(Components(kept_mean, axes, np.full(axes.shape[1], np.nan)), Sums(n, mean, covariance * n))


def _matrix(column: pa.ChunkedArray) -> np.ndarray:
    return column.combine_chunks().flatten().to_numpy().reshape(len(column), -1).astype(np.float64)
