"""Rows of table `source`: every file of an import with its counted rows (rows = accepted + rejected + blank)."""

from datetime import UTC, datetime

import duckdb
import pandas as pd

from db import write
from pipeline.steps.coded import CodedFile, Loaded
from pipeline.steps.plan import Plan
from pipeline.steps.source_files import NOT_READ

NO_ROWS = {"rows": 0, "accepted": 0, "rejected": 0, "blank": 0}


def coded(connection: duckdb.DuckDBPyConnection, loaded: list[Loaded], plan: Plan[CodedFile]) -> pd.DataFrame:
    """Coded files; one that could not be read has no rows (and no row here when its earlier version was kept)."""
    counts = write.frame_of(connection, "counts").set_index("source_id").to_dict("index")
    rows = []
    for item in loaded:
        file = item.file
        if item.fault and file.shown in plan.known:
            continue
        entry = {"source_id": file.source_id, "path": file.shown, "content": "coded", "format": file.entry.format}
        entry |= {"sha256": file.sha256, "import_key": file.import_key, "bytes": file.path.stat().st_size}
        dialect = item.reading.dialect if item.reading else NOT_READ
        rows.append({**entry, "dialect": dialect, **counts.get(file.source_id, NO_ROWS)})
    return pd.DataFrame(rows)


def tables(sources: pd.DataFrame, observations: str | None, left: int) -> pd.DataFrame:
    """Table files; recordings that were `left` out count as rejected rows of the observations table."""
    frame = sources.copy()
    here = frame["path"] == observations
    frame.loc[here, "accepted"] -= left
    frame.loc[here, "rejected"] += left
    return frame


def number(
    connection: duckdb.DuckDBPyConnection, files: pd.DataFrame, others: pd.DataFrame, digest: str
) -> pd.DataFrame:
    """Both kinds as one frame; tables are numbered after all coded files."""
    taken = [] if files.empty else list(files["source_id"])
    first = write.next_source_id(connection, taken)
    numbered = others.assign(source_id=range(first, first + len(others)), content="table", import_key=digest)
    return pd.concat([files, numbered], ignore_index=True)


def stamp(sources: pd.DataFrame, generation: int) -> pd.DataFrame:
    """Adds in which generation and when (UTC) the files were read."""
    return sources.assign(generation=generation, imported_at=datetime.now(UTC).replace(tzinfo=None, microsecond=0))
