"""BORIS exports (two generations of event tables, aggregated events), a BORIS project, and a plain long table.

BORIS ends a state of an exclusive set 1 ms before the next one starts; the event tables here do so too.
"""

import json
from pathlib import Path

import pandas as pd

from pipeline.demo.marks import Mark

FPS = 25.0
DATE = "2021-03-01 10:30:00"
SUBJECTS = {"infant": "Baby", "caregiver1": "Parent", "caregiver2": "Caregiver 2", "sibling": "Sibling"}
AGGREGATED = (
    *("Observation id", "Observation date", "Description", "Media file", "Total length", "FPS", "Subject", "Behavior"),
    *("Behavioral category", "Modifiers", "Behavior type", "Start (s)", "Stop (s)", "Duration (s)"),
    *("Comment start", "Comment stop"),
)
FLAT = (
    *("Observation id", "Observation date", "Description", "Observation duration", "Observation type", "Source"),
    *("Time offset (s)", "Media duration (s)", "FPS", "Subject", "Behavior", "Behavioral category", "Modifier #1"),
    *("Behavior type", "Time", "Media file name", "Image index", "Image file path", "Comment"),
)
EARLY = (
    *("Time", "Media file path", "Total length", "FPS", "Subject", "Behavior", "Behavioral category", "Modifier 1"),
    *("Comment", "Status"),
)
LONG = ("recording", "rater", "who", "group", "code", "modifier", "onset_ms", "offset_ms")


def exclusive_stops(events: pd.DataFrame) -> pd.DataFrame:
    """The events with every stop 1 ms before the next start of the same stream."""
    ordered = events.sort_values(["observation_id", "subject", "behaviour_group", "onset_ms"])
    stream = ordered.groupby(["observation_id", "subject", "behaviour_group"])
    inner = stream["onset_ms"].shift(-1).notna()
    return ordered.assign(offset_ms=ordered["offset_ms"] - inner.astype("int64"))


def _media(name: str) -> str:
    return f"{name}.mp4"


def write_aggregated(path: Path, events: pd.DataFrame, length_ms: dict[str, int]) -> int:
    """Aggregated events of several observations, tab-separated; the header stands on line 1."""
    rows = ["\t".join(AGGREGATED)]
    for event in events.sort_values(["observation_id", "onset_ms", "subject"], kind="stable").itertuples():
        times = [f"{ms / 1000:.3f}" for ms in (event.onset_ms, event.offset_ms, event.offset_ms - event.onset_ms)]
        name = event.observation_id
        about = [name, DATE, "", _media(name), f"{length_ms[name] / 1000:.3f}", f"{FPS}"]
        what = [SUBJECTS[event.subject], event.code, event.behaviour_group, event.modifier, "STATE"]
        rows.append("\t".join([*about, *what, *times, "", ""]))
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8", newline="")
    return 1


def write_flat(path: Path, marks: list[Mark], length_ms: dict[str, int]) -> int:
    """Event table of current versions: one row per START and STOP, all observations one after the other."""
    rows = ["\t".join(FLAT)]
    for mark in marks:
        length = f"{length_ms[mark.observation] / 1000:.3f}"
        source = f"player #1:{_media(mark.observation)}"
        about = [mark.observation, DATE, "", length, "Media file(s)", source, "0.0", length, f"{FPS}"]
        what = [mark.subject, mark.code, mark.group, mark.modifier, mark.word.upper()]
        rows.append("\t".join([*about, *what, f"{mark.time_ms / 1000:.3f}", _media(mark.observation), "NA", "NA", ""]))
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return 1


def write_first_generation(path: Path, marks: list[Mark], length_ms: int) -> int:
    """Event table of old versions: one observation, a preamble, then the rows; returns the line of the header."""
    name = marks[0].observation
    blank = "\t" * 9
    about = {"Observation id": name, "Media file(s)": "", "Player #1": _media(name), "Observation date": DATE}
    about |= {"Description": "", "Time offset (s)": "0.0"}
    rows = [line for key, value in about.items() for line in (f"{key}\t{value}" + "\t" * 8, blank)]
    rows.append("\t".join(EARLY))
    header = len(rows)
    for mark in marks:
        when = [f"{mark.time_ms / 1000:.3f}", _media(name), f"{length_ms / 1000:.3f}", f"{FPS}"]
        rows.append("\t".join([*when, mark.subject, mark.code, mark.group, mark.modifier, "", mark.word.upper()]))
    path.write_text("\r\n".join(rows) + "\r\n", encoding="utf-8", newline="")
    return header


def write_project(path: Path, marks: dict[str, list[Mark]], length_ms: dict[str, int]) -> None:
    """A project file: states toggle, first START then STOP, without a word that says which."""
    every = [mark for rows in marks.values() for mark in rows]
    codes = sorted({(mark.code, mark.group) for mark in every})
    subjects = sorted({mark.subject for mark in every})
    blank = {"type": "State event", "key": "", "description": "", "modifiers": {}, "excluded": "", "coding map": ""}
    behaviours = {str(place): blank | {"code": code, "category": group} for place, (code, group) in enumerate(codes)}
    project = {
        "time_format": "hh:mm:ss",
        "project_name": "Home recordings (synthetic)",
        "project_date": DATE.replace(" ", "T"),
        "project_format_version": "7.0",
        "project_description": "",
        "behavioral_categories": sorted({group for _, group in codes}),
        "behaviors_conf": behaviours,
        "subjects_conf": {str(n): {"key": "", "name": name, "description": ""} for n, name in enumerate(subjects)},
        "independent_variables": {},
        "coding_map": {},
        "observations": {name: _observation(name, rows, length_ms[name]) for name, rows in marks.items()},
    }
    path.write_text(json.dumps(project, indent=1), encoding="utf-8")


def _observation(name: str, marks: list[Mark], length_ms: int) -> dict:
    media = _media(name)
    return {
        "date": DATE.replace(" ", "T"),
        "type": "MEDIA",
        "description": "",
        "time offset": 0.0,
        "file": {"1": [media]},
        "media_info": {
            "length": {media: length_ms / 1000},
            "fps": {media: FPS},
            "hasVideo": {media: True},
            "hasAudio": {media: True},
            "offset": {"1": 0.0},
        },
        "independent_variables": {},
        "close_behaviors_between_videos": False,
        "events": [[mark.time_ms / 1000, mark.subject, mark.code, mark.modifier, ""] for mark in marks],
    }


def write_long(path: Path, rows: list[tuple[object, ...]]) -> int:
    """A plain long table (columns `LONG`), semicolon-separated."""
    lines = [";".join(LONG), *(";".join(str(cell) for cell in row) for row in rows)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return 1
