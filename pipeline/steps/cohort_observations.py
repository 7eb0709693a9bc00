"""Recordings of a study and their videos: rows of the tables observation and media."""

from decimal import Decimal
from pathlib import Path

from pipeline.catalogue.manifest import Study
from pipeline.errors import ManifestError, listed
from pipeline.steps.cohort_log import Log
from pipeline.steps.cohort_numbers import numeric
from pipeline.steps.cohort_people import age
from pipeline.steps.cohort_rows import Record, Rows, require, unique
from pipeline.steps.cohort_values import MILLISECONDS, milliseconds

LENGTHS = {"length_ms": "ms", "length_s": "s"}
STARTS = {"start_ms": "ms", "start_s": "s"}
OFFSETS = {"offset_ms": "ms", "offset_s": "s"}
LONGEST_MS = 7 * 24 * 3_600_000


def gather_observations(
    rows: Rows, dyads: dict[str, dict], study: Study, log: Log
) -> tuple[list[dict], dict[str, Record]]:
    """(rows of the table observation, their records by identifier); recordings of unknown dyads are refused.

    `end_ms` is None where no length is given. Raises ManifestError when nothing gives the protocol.
    """
    require(rows, "observation_id", "dyad_id")
    if "protocol" not in rows.given and study.protocol is None:
        text = "[study] protocol is missing: no column of the recordings gives the protocol."
        raise ManifestError(f"{text} Add for example protocol = 'home_headcam'.", column="protocol")
    found, kept = [], {}
    for name, record in unique(rows, "observation_id", log).items():
        if record["dyad_id"] not in dyads:
            _reject_unknown(record, dyads, log)
        elif protocol := record["protocol"] or study.protocol:
            found.append(_observation(name, protocol, record, rows, log))
            kept[name] = record
        else:
            log.reject("missing_protocol", record.place, "The recording has no protocol.", "Fill it in.")
    return found, kept


def _reject_unknown(record: Record, dyads: dict[str, dict], log: Log) -> None:
    dyad = record["dyad_id"]
    if not dyad:
        log.reject("missing_id", record.place, "The row has no dyad_id.", "Fill it in and import again.")
        return
    detail = f"The dyad '{dyad}' is not known.{log.suggestion(dyad, dyads)}"
    log.reject("unknown_dyad", record.place, detail, "Correct it or add the dyad.")


def _observation(name: str, protocol: str, record: Record, rows: Rows, log: Log) -> dict:
    start = _time(record, rows, STARTS, log) or 0
    length = _length(record, rows, log)
    return {
        "observation_id": name,
        "dyad_id": record["dyad_id"],
        "protocol": protocol,
        "activity": record["activity"] or None,
        "visit": record["visit"] or None,
        "start_ms": start,
        "end_ms": None if length is None else start + length,
        "camera": record["camera"] or None,
        "camera_count": _camera_count(record, rows, log),
        "infant_age_months": age(record, "infant_age_months", rows, log),
    }


def _length(record: Record, rows: Rows, log: Log) -> int | None:
    """Length in ms, None when none is given; one that is not above zero is an issue and left out."""
    length = _time(record, rows, LENGTHS | _declared_length(rows), log)
    if length is None or length > 0:
        return length
    detail, action = "The length of the recording is not above zero.", "The end of the coded data is used instead."
    log.issue("out_of_range", "warning", record.place, detail, action)
    return None


def _declared_length(rows: Rows) -> dict[str, str]:
    """The field `length` counts only with a declared unit: it is never guessed."""
    unit = rows.entry.units.get("length")
    if unit is None and "length" in rows.entry.columns:
        text = f"[tables.{rows.name}] units.length is missing: the unit of the length is never guessed."
        raise ManifestError(f"{text} Choose one of: {listed(MILLISECONDS)}.", column="units.length")
    if unit is not None and unit not in MILLISECONDS:
        text = f"[tables.{rows.name}] units.length: '{unit}' is not a known unit."
        raise ManifestError(f"{text} Choose one of: {listed(MILLISECONDS)}.", column="units.length", value=unit)
    return {} if unit is None else {"length": unit}


def _time(record: Record, rows: Rows, units: dict[str, str], log: Log, low: float | None = 0) -> int | None:
    """The first of the fields that has a value, in whole ms."""
    for name, unit in units.items():
        declared = rows.entry.units.get(name, unit)
        if declared not in MILLISECONDS:
            text = f"[tables.{rows.name}] units.{name}: '{declared}' is not a known unit."
            raise ManifestError(f"{text} Choose one of: {listed(MILLISECONDS)}.", column=name, value=declared)
        factor = MILLISECONDS[declared]
        high = float(Decimal(LONGEST_MS) / factor)
        low = -high if low is None else low
        value = numeric(record[name], record.place, name, log, rows.entry.decimal, rows.typed, low, high)
        if value is not None:
            return milliseconds(value * factor)
    return None


def _camera_count(record: Record, rows: Rows, log: Log) -> int | None:
    value = numeric(record["camera_count"], record.place, "camera_count", log, rows.entry.decimal, rows.typed, 1, 2)
    return None if value is None else int(value)


def gather_media(rows: Rows, known: dict[str, Record], log: Log) -> list[dict]:
    """Rows of the table media; videos of unknown recordings and second videos of one view are refused.

    `path` becomes absolute; a video that is not there is kept, with an issue.
    """
    require(rows, "observation_id", "view", "path")
    found: dict[tuple[str, str], dict] = {}
    for record in rows.records:
        if _usable_video(record, known, found, log):
            path = (log.folder / Path(record["path"])).resolve()
            if not path.is_file():
                detail = f"The video of recording '{record['observation_id']}' ({record['view']}) is not there."
                log.issue("media_missing", "warning", record.place, detail, "The row was kept. Check its path.")
            row = {"observation_id": record["observation_id"], "view": record["view"], "path": str(path)}
            found[row["observation_id"], row["view"]] = row | {
                "offset_ms": _time(record, rows, OFFSETS, log, None) or 0
            }
    return list(found.values())


def _usable_video(record: Record, known: dict[str, Record], found: dict, log: Log) -> bool:
    observation, view = record["observation_id"], record["view"]
    for name in ("observation_id", "view", "path"):
        if not record[name]:
            log.reject("missing_id", record.place, f"The row has no {name}.", "Fill it in and import again.")
            return False
    if observation not in known:
        detail = f"The recording '{observation}' is not known.{log.suggestion(observation, known)}"
        log.reject("unknown_observation", record.place, detail, "Correct it or add the recording.")
        return False
    if (observation, view) in found:
        detail = f"Recording '{observation}' has a video of view '{view}' already."
        log.reject("duplicate_id", record.place, detail, "The first row counts. Give the second another view.")
        return False
    return True
