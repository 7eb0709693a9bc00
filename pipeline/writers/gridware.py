"""Writes GridWare files: per recording what infant and caregiver do together, one row per change."""

from collections.abc import Iterator

import pandas as pd

from pipeline.errors import StudyError
from pipeline.writers.study_events import File, StudyEvents, file_names, seconds

PARTNERS = ("infant", "caregiver1")
MISSING = "--"
LIST = ("ID", "Age", "Gender", "Filename")


def write(study: StudyEvents) -> Iterator[File]:
    """A list study.gwf (ID, Age in months, Gender, Filename) and one .trj per recording (Onset in s, one column per
    partner, `--` where nothing is coded, the last row being the end alone). One behaviour group, states only.

    Raises StudyError when the events are of several groups, or of one that allows several codes at a time.
    """
    group = _one_group(study.events)
    rows = study.events[(study.events["kind"] == "state") & study.events["subject"].isin(PARTNERS)]
    names = file_names(sorted(rows["observation_id"].unique()), ".trj", "GridWare")
    known = study.observations.set_index("observation_id")
    listed = ["\t".join(LIST)]
    for name, events in rows.groupby("observation_id", sort=True):
        about = known.loc[str(name)]
        age = "" if pd.isna(about["infant_age_months"]) else f"{about['infant_age_months']:g}"
        sex = "" if pd.isna(about["child_sex"]) else str(about["child_sex"])
        listed.append("\t".join((_plain(str(name)), age, sex, names[str(name)])))
        yield names[str(name)], _trajectory(events, group, int(about["start_ms"]), int(about["end_ms"]))
    yield "study.gwf", "\r\n".join(listed) + "\r\n"


def _one_group(events: pd.DataFrame) -> str:
    groups = sorted(events["behaviour_group"].unique())
    if len(groups) != 1:
        text = f"GridWare takes one behaviour group; the events are of {len(groups)} groups"
        raise StudyError(f"{text}. Choose one of them with --group: {', '.join(groups)}. Nothing was written.")
    if not events["exclusive"].all():
        text = f"GridWare takes one code at a time; the codes of {groups[0]} may overlap"
        raise StudyError(f"{text}. Choose another group with --group. Nothing was written.")
    return groups[0]


def _trajectory(events: pd.DataFrame, group: str, start: int, end: int) -> str:
    lines = ["\t".join(("Onset", *(f"{partner}_{group}" for partner in PARTNERS)))]
    lines += ["\t".join((seconds(ms), *states)) for ms, states in joint_states(events, start, end)]
    return "\r\n".join([*lines, seconds(end)]) + "\r\n"


def joint_states(events: pd.DataFrame, start: int, end: int) -> Iterator[tuple[int, tuple[str, ...]]]:
    """When (ms) the pair of states changes, and what it is from then on; from start to end of the recording."""
    changes: dict[int, dict[int, str]] = {start: {}}
    for event in events.sort_values(["onset_ms", "offset_ms"]).itertuples(index=False):
        place, onset, offset = PARTNERS.index(event.subject), max(event.onset_ms, start), min(event.offset_ms, end)
        if offset > onset:
            changes.setdefault(offset, {}).setdefault(place, MISSING)
            changes.setdefault(onset, {})[place] = _plain(event.code)
    now, before = [MISSING] * len(PARTNERS), None
    for ms in sorted(changes):
        for place, state in changes[ms].items():
            now[place] = state
        if tuple(now) != before and ms < end:
            before = tuple(now)
            yield ms, before


def _plain(text: str) -> str:
    """A word without tabs and line ends."""
    return " ".join(text.split())
