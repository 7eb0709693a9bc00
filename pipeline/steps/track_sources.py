"""Rows of table `source` for tracks, and the names they were read under."""

import pandas as pd

from pipeline.steps.plan import Old, Plan
from pipeline.steps.source_files import NOT_READ
from pipeline.steps.track_files import TimedFile
from pipeline.steps.tracks import Placed, Seen, Tracked, kept_ids


def sources(
    tracked: Tracked, placed: Placed, plan: Plan[TimedFile], old: Old | None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """(tracks read in this import, tracks known before); where nothing of a file was used, all its rows are refused."""
    counts = {one.source_id: _counts(one, placed) for one in tracked.seen}
    read = [one for one in tracked.seen if not one.kept]
    new = [_row(one.file, one.source_id, one.stored.dialect) | counts[one.source_id] for one in read]
    unread = [file for file, _ in tracked.faults if file.shown not in plan.known]
    nothing = dict.fromkeys(("rows", "accepted", "rejected", "blank"), 0)
    new += [_row(file, file.source_id, NOT_READ) | nothing for file in unread]
    if old is None:
        return pd.DataFrame(new), pd.DataFrame()
    known = old.sources[old.sources["source_id"].isin(kept_ids(tracked, plan))].to_dict("records")
    return pd.DataFrame(new), pd.DataFrame([row | counts.get(row["source_id"], {}) for row in known])


def _row(file: TimedFile, source_id: int, dialect: str) -> dict[str, object]:
    entry = {"source_id": source_id, "path": file.shown, "content": file.content, "format": file.entry.format}
    return entry | {"sha256": file.sha256, "import_key": file.import_key, "bytes": file.bytes, "dialect": dialect}


def _counts(one: Seen, placed: Placed) -> dict[str, int]:
    track = one.stored
    accepted = 0 if one.source_id in placed.refused else track.accepted
    return {"rows": track.rows, "accepted": accepted, "rejected": track.rows - accepted, "blank": 0}


def names(tracked: Tracked, plan: Plan[TimedFile], old: Old | None) -> pd.DataFrame:
    """Rows of table source_observation: those of files that can be read, and those of earlier versions that stay."""
    found = tracked.names
    if old is None:
        return found
    stay = set(kept_ids(tracked, plan)) - set(found["source_id"])
    before = old.names[old.names["source_id"].isin(stay)]
    return pd.concat([frame for frame in (found, before) if len(frame)] or [found], ignore_index=True)
