"""Writes SDIS, the language of GSEQ: timed events of each recording, subject and code in one word."""

import re
from collections.abc import Iterator

import pandas as pd

from pipeline.writers.study_events import File, StudyEvents, distinct_names, seconds

NOT_IN_A_NAME = re.compile(r"\W", re.ASCII)
NOT_IN_A_LABEL = re.compile(r"[<>/;%\r\n]+")


def write(study: StudyEvents) -> Iterator[File]:
    """One file, events.sds. In names, blanks, hyphens, slashes and every other sign become `_`; StudyError where two
    codes or two recordings would then have the same name."""
    pairs = study.events[["subject", "behaviour_group", "code"]].drop_duplicates().itertuples(index=False, name=None)
    words = {f"'{code}' of group {group} ({subject})": sdis_name(subject, code) for subject, group, code in pairs}
    distinct_names(words, "code", "SDIS")
    labels = {name: NOT_IN_A_LABEL.sub("_", name) for name, _ in study.by_observation()}
    distinct_names({f"the recording '{name}'": label for name, label in labels.items()}, "recording", "SDIS")
    parts = ["Timed <seconds>;"]
    for name, events in study.by_observation():
        parts += ["", f"<{labels[name]}>", *_events(events), "/"]
    yield "events.sds", "\r\n".join(parts) + "\r\n"


def sdis_name(subject: str, code: str) -> str:
    """'infant' and 'Look at same object/joint attention' as 'infant_Look_at_same_object_joint_attention'."""
    return NOT_IN_A_NAME.sub("_", f"{subject}_{code}")


def _events(events: pd.DataFrame) -> Iterator[str]:
    """One line per event, in the order of onsets: a state with both ends, a point with its time."""
    for event in events.sort_values(["onset_ms", "offset_ms", "subject", "code"]).itertuples(index=False):
        end = "" if event.kind == "point" else f"-{seconds(event.offset_ms)}"
        yield f"{sdis_name(event.subject, event.code)},{seconds(event.onset_ms)}{end}"
