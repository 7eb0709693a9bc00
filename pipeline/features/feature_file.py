"""Writes one Parquet file as a whole or not at all, with a description of what it is in its metadata."""

import os
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import IO

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

UNFINISHED = ".part"
STALE_S = 3600
"""An unfinished file of a killed run is removed when it is older; a younger one may be another run's."""
ROWS = 1_500
"""Rows per group: a stretch of a minute is read without the rest."""


def write_feature(
    table: pd.DataFrame | pa.Table | Iterator[pa.Table],
    path: Path,
    about: dict[str, str],
    before: Callable[[], None] = lambda: None,
) -> None:
    """Writes under another name in the same folder, then renames: `path` is complete whenever it exists.

    The same table and description give the same bytes. Missing numbers are nulls. A table in parts is never in memory
    as a whole. `before` is called when all is written, before the file has its name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{os.getpid()}{UNFINISHED}")
    try:
        with open(part, "wb") as file:
            _write(_tables(table), file, about)
            file.flush()
            os.fsync(file.fileno())
        before()
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def _tables(table: pd.DataFrame | pa.Table | Iterator[pa.Table]) -> Iterator[pa.Table]:
    """Tables of ROWS rows each, the last one shorter."""
    if isinstance(table, pd.DataFrame):
        table = pa.Table.from_pandas(table, preserve_index=False)
    waiting: list[pa.Table] = []
    for one in [table] if isinstance(table, pa.Table) else table:
        waiting.append(one)
        if sum(len(each) for each in waiting) >= ROWS:
            whole = pa.concat_tables(waiting)
            full = len(whole) // ROWS * ROWS
            yield from (whole.slice(at, ROWS) for at in range(0, full, ROWS))
            waiting = [whole.slice(full)]
    rest = pa.concat_tables(waiting)
    if len(rest) or isinstance(table, pa.Table):
        yield rest.combine_chunks()


def _write(tables: Iterator[pa.Table], file: IO[bytes], about: dict[str, str]) -> None:
    """One group of rows per table. Lists of measured numbers do not repeat: no dictionary is made of them."""
    first = next(tables)
    schema = first.schema.with_metadata(about)
    plain = [field.name for field in schema if not pa.types.is_fixed_size_list(field.type)]
    with pq.ParquetWriter(file, schema, compression="zstd", use_dictionary=plain) as writer:
        for table in chain([first], tables):
            writer.write_table(table.replace_schema_metadata(about), row_group_size=ROWS)


def remove_unfinished(folder: Path, older_than_s: float = STALE_S) -> None:
    """Removes what a killed run left half written."""
    for part in folder.glob(f".*{UNFINISHED}"):
        try:
            if time.time() - part.stat().st_mtime >= older_than_s:
                part.unlink()
        except OSError:
            continue


def remove_parts_of(folder: Path, pid: int) -> None:
    """Removes what a process that was ended had half written."""
    for part in folder.glob(f".*.{pid}{UNFINISHED}"):
        part.unlink(missing_ok=True)


def described(path: Path) -> dict[str, str]:
    """The description in a file's metadata."""
    found = pq.read_schema(path).metadata or {}
    return {key.decode(): value.decode() for key, value in found.items() if not key.startswith(b"ARROW")}
