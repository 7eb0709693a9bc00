"""Episodes of still-face sessions from a table of the study: rows of the table episode."""

from pipeline.catalogue.episodes import EPISODES, episode_named
from pipeline.errors import listed
from pipeline.steps.cohort_log import Log
from pipeline.steps.cohort_rows import Record, Rows, require
from pipeline.steps.cohort_speech import time_ms, usable

Span = tuple[int, int]


def gather_episodes(rows: Rows, known: dict[str, Record], log: Log) -> list[dict]:
    """Rows of the table episode; each needs a known recording, the name of an episode, two times and their unit.

    Of two episodes that overlap the one that stands later in the table is refused. Raises ManifestError when a column
    is missing.
    """
    require(rows, "observation_id", "episode", "onset", "offset", "unit")
    found: list[dict] = []
    spans: dict[str, list[Span]] = {}
    for record in rows.records:
        name = episode_named(record["episode"])
        if not usable(record, known, log):
            continue
        if name is None:
            detail = f"The episode '{record['episode']}' is not one of: {listed(tuple(EPISODES))}."
            log.reject("unknown_episode", record.place, detail, "Correct it, or map it in the manifest (values).")
            continue
        span = _span(record, rows, log)
        if span is not None and _is_free(span, spans.setdefault(record["observation_id"], []), record, log):
            times = {"onset_ms": span[0], "offset_ms": span[1]}
            found.append({"observation_id": record["observation_id"], "episode": name, **times})
    return found


def _span(record: Record, rows: Rows, log: Log) -> Span | None:
    onset, offset = (time_ms(record, name, rows, log) for name in ("onset", "offset"))
    if onset is None or offset is None:
        detail = "The row has no usable onset and offset."
        log.reject("unreadable_time", record.place, detail, "Correct it and import again.")
    elif offset <= onset:
        log.reject("offset_before_onset", record.place, "The episode ends before it starts.", "Correct it.")
    else:
        return onset, offset
    return None


def _is_free(span: Span, taken: list[Span], record: Record, log: Log) -> bool:
    """Whether no other episode of the recording holds at the time, which is taken from now on."""
    if any(span[0] < stop and start < span[1] for start, stop in taken):
        detail = "The episode overlaps another one of the recording."
        log.reject("episodes_overlap", record.place, detail, "Correct one of the two.")
        return False
    taken.append(span)
    return True
