"""Intervals of speech from a table of the study: rows of the table speech."""

from decimal import Decimal

from pipeline.errors import listed
from pipeline.steps.cohort_log import Log
from pipeline.steps.cohort_numbers import numeric
from pipeline.steps.cohort_rows import Record, Rows, require
from pipeline.steps.cohort_values import MILLISECONDS, milliseconds

UNITS = ("ms", "s")
LONGEST_MS = 7 * 24 * 3_600_000


def gather_speech(rows: Rows, known: dict[str, Record], log: Log) -> list[dict]:
    """Rows of the table speech, with the `file` they stand in; each needs a known recording, two times and their unit.

    Raises ManifestError when a column is missing.
    """
    require(rows, "observation_id", "onset", "offset", "unit")
    found = []
    for record in rows.records:
        if not usable(record, known, log):
            continue
        onset, offset = (time_ms(record, name, rows, log) for name in ("onset", "offset"))
        if onset is None or offset is None:
            detail = "The row has no usable onset and offset."
            log.reject("unreadable_time", record.place, detail, "Correct it and import again.")
        elif offset < onset:
            log.reject("offset_before_onset", record.place, "The speech ends before it starts.", "Correct it.")
        else:
            times = {"onset_ms": onset, "offset_ms": offset}
            found.append({"observation_id": record["observation_id"], **times, "file": rows.file})
    return found


def usable(record: Record, known: dict[str, Record], log: Log) -> bool:
    """Whether a row of times names a known recording and a unit; else it is refused."""
    observation, unit = record["observation_id"], record["unit"]
    if not observation:
        log.reject("missing_id", record.place, "The row has no observation_id.", "Fill it in and import again.")
    elif observation not in known:
        detail = f"The recording '{observation}' is not known.{log.suggestion(observation, known)}"
        log.reject("unknown_observation", record.place, detail, "Correct it or add the recording.")
    elif unit not in UNITS:
        detail = f"The unit of the times is not one of: {listed(UNITS)}."
        log.reject("unknown_unit", record.place, detail, "Fill it in, or say it in the manifest (unit = '=s').")
    else:
        return True
    return False


def time_ms(record: Record, name: str, rows: Rows, log: Log) -> int | None:
    """A time of the row in ms, None where it holds no number within a week."""
    factor = MILLISECONDS[record["unit"]]
    most = float(Decimal(LONGEST_MS) / factor)
    value = numeric(record[name], record.place, name, log, rows.entry.decimal, rows.typed, -most, most)
    return None if value is None else milliseconds(value * factor)
