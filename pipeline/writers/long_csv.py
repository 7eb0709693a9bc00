"""Writes a long table: one row per event, times in milliseconds."""

from collections.abc import Iterator

from pipeline.writers.study_events import File, StudyEvents, table

COLUMNS = (
    "observation",
    "coder",
    "subject",
    "behaviour_group",
    "code",
    "modifier",
    "kind",
    "onset_ms",
    "offset_ms",
)
FIELDS = ("observation_id", "coder_id", *COLUMNS[2:])


def write(study: StudyEvents) -> Iterator[File]:
    """One file, events.csv (UTF-8, comma); format "long_csv" reads it back with unit = "ms"."""
    rows = study.events[list(FIELDS)].itertuples(index=False, name=None)
    yield "events.csv", table(COLUMNS, rows, ",")
