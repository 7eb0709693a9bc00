"""Looks through coded files for what a study manifest needs to know: recordings, subjects, codes, columns."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from pipeline.catalogue.manifest import Coded
from pipeline.errors import UnreadableFile, UserError
from pipeline.readers.flat import open_flat
from pipeline.readers.header import Fields, find_columns
from pipeline.readers.reading import CHUNK_ROWS, Reading
from pipeline.readers.registry import format_of, read_coded

CHUNKS = 20
"""Of a huge file only the first 4 million rows are looked at, and that is said."""

TABLE_FORMATS = (
    "observer_sampled",
    "observer_event_log",
    "boris_aggregated",
    "boris_events",
    "interact_csv",
    "datavyu_csv",
)
BY_ENDING = {
    ".boris": "boris_project",
    ".boris.gz": "boris_project",
    ".eaf": "elan",
    ".opf": "datavyu",
    ".annotation": "nova",
    ".odf": "observer_text",
}
TEXT_FROM = 20
"""A tier with more different words than this, and hardly any of them twice, is taken for running text."""
TEXT_CODE = "annotated"

LONG_NAMES: Fields = {
    "observation": (
        "observation",
        "observationid",
        "observationname",
        "recording",
        "video",
        "session",
        "file",
        "media",
    ),
    "code": ("code", "behavior", "behaviour", "label", "event", "annotation"),
    "onset": ("onset", "onsetms", "onsets", "start", "startms", "starts", "starttime", "begin", "begintime", "from"),
    "offset": ("offset", "offsetms", "offsets", "stop", "stopms", "end", "endms", "ends", "endtime", "stoptime", "to"),
    "duration": ("duration", "durationms", "durations", "length"),
    "subject": ("subject", "participant", "person", "actor", "who"),
    "behaviour_group": ("behaviourgroup", "behaviorgroup", "group", "tier", "channel", "category", "track"),
    "coder": ("coder", "rater", "annotator", "observer"),
    "comment": ("comment", "comments", "note", "notes"),
}


@dataclass
class Survey:
    """What was found in one file. `format` is '' for a table that is not coded behaviour (`columns` are its names).

    `codes` counts (channel, code) and `points` those of point events; `channel` is the position in a sampled export,
    the behaviour group of a long table or of a tier, else ''. `gaps`: channels that are blank at times. `entry`: what
    reading took. `tiers`: names of all tiers (columns, classes) -> True where one holds text instead of codes.
    """

    path: Path
    format: str = ""
    entry: dict = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    dialect: str = ""
    fault: str = ""
    names: Counter = field(default_factory=Counter)
    subjects: Counter = field(default_factory=Counter)
    coders: Counter = field(default_factory=Counter)
    codes: Counter = field(default_factory=Counter)
    points: Counter = field(default_factory=Counter)
    gaps: set = field(default_factory=set)
    channels: int = 0
    tiers: dict[str, bool] = field(default_factory=dict)
    whole: bool = True

    @property
    def labels(self) -> list[str]:
        """Distinct codes, the most frequent first."""
        totals: Counter = Counter()
        for (_, code), number in self.codes.items():
            totals[code] += number
        return [code for code, _ in totals.most_common()]


def survey(path: Path) -> Survey:
    """Tries the known formats on a file and looks through its rows; one that fits none keeps its columns or fault."""
    with TemporaryDirectory() as folder:
        for ending, format_name in BY_ENDING.items():
            if path.name.casefold().endswith(ending):
                return _of_kind(path, format_name, Path(folder))
        fault = ""
        for number, (format_name, entry) in enumerate(_attempts()):
            scratch = Path(folder) / str(number)
            scratch.mkdir()
            try:
                return _of_format(path, format_name, entry, scratch)
            except UserError as refusal:
                fault = fault or str(refusal)
        return _other_table(path, Path(folder), fault)


def _of_kind(path: Path, format_name: str, folder: Path) -> Survey:
    """A file whose ending says what it is; one of a set of many may be refused without hiding the others."""
    try:
        return _of_format(path, format_name, {}, folder)
    except UserError as refusal:
        if not format_of(format_name).beside:
            raise
        return Survey(path, fault=str(refusal))


def _attempts() -> Iterator[tuple[str, dict]]:
    yield from ((name, {}) for name in TABLE_FORMATS)
    yield from ((name, {"subject": "infant"}) for name in TABLE_FORMATS[1:])


def _of_format(path: Path, format_name: str, entry: dict, scratch: Path) -> Survey:
    coded = Coded(files=(path.name,), format=format_name, **entry)
    reading = read_coded(path, coded, scratch)
    found = Survey(path, format_name, entry, dialect=reading.dialect, channels=len(reading.cells.channels))
    _count(reading, found)
    return found


def _other_table(path: Path, scratch: Path, fault: str) -> Survey:
    """A long table of events where the column names allow it, else a table of something else."""
    coded = Coded(files=(path.name,), format="observer_event_log")
    try:
        flat = open_flat(path, coded, scratch, lambda cells: sum(map(bool, cells)) > 1, "a row of column names.")
    except UnreadableFile as refusal:
        return Survey(path, fault=str(refusal))
    at = find_columns(flat.names, LONG_NAMES)
    if not {"observation", "code", "onset"} <= at.keys() or not {"offset", "duration"} & at.keys():
        return Survey(path, columns=flat.names, dialect=flat.dialect, fault=fault)
    columns = {ours: flat.names[position] for ours, position in at.items()}
    if "offset" in columns:
        columns.pop("duration", None)
    folder = scratch / "long"
    folder.mkdir()
    entry = {"columns": {**columns, "unit": "s"}} | ({} if "subject" in columns else {"subject": "infant"})
    return _of_format(path, "long_csv", entry, folder)


def _count(reading: Reading, found: Survey) -> None:
    if reading.layout == "cells":
        _count_events(reading, found)
        return
    chunks = reading.chunks()
    for chunk in islice(chunks, CHUNKS):
        for _, cells in chunk:
            _count_row(reading, cells, found)
    found.whole = next(chunks, None) is None


def _count_row(reading: Reading, cells: list[str], found: Survey) -> None:
    at = reading.cells
    name = reading.observation_name if at.observation is None else cells[at.observation].strip()
    if not name and not any(cells):
        return
    found.names[name or ""] += 1
    if at.coder is not None:
        found.coders[cells[at.coder].strip()] += 1
    if reading.layout == "samples":
        _count_channels(reading, cells, found)
        return
    channel = cells[at.behaviour_group].strip() if at.behaviour_group is not None else ""
    code = cells[at.code].strip() if at.code is not None else ""
    if at.subject is not None:
        found.subjects[cells[at.subject].strip()] += 1
    if code:
        found.codes[(channel, code)] += 1
        found.points[(channel, code)] += _is_point(reading, cells)


def _count_events(reading: Reading, found: Survey) -> None:
    """Words of each tier; those of a tier that holds text are counted as one code."""
    words: dict[str, Counter] = {}
    at_once: Counter = Counter()
    groups: dict[str, str] = {}
    for event in islice(reading.events(), CHUNKS * CHUNK_ROWS):
        found.names[event.observation.strip()] += 1
        found.subjects[event.subject.strip()] += 1
        of_column = found.format.startswith("datavyu")
        tier = f"{event.subject}.{event.behaviour_group}" if of_column else event.behaviour_group
        groups[tier] = event.behaviour_group
        if not event.code.strip():
            continue
        words.setdefault(tier, Counter())[event.code.strip()] += 1
        at_once[(tier, event.code.strip())] += event.onset == event.offset
    if reading.observation_name and not found.names:
        found.names[reading.observation_name] += 0
    for tier, counted in words.items():
        found.tiers[tier] = len(counted) > TEXT_FROM and 2 * len(counted) > counted.total()
        for code, number in counted.items():
            key = (groups[tier], TEXT_CODE if found.tiers[tier] else code)
            found.codes[key] += number
            found.points[key] += at_once[(tier, code)]


def _is_point(reading: Reading, cells: list[str]) -> bool:
    at = reading.cells
    if at.mark is not None:
        return reading.marks.get(cells[at.mark].strip().casefold()) == "point"
    return at.offset is not None and cells[at.offset] == cells[at.onset or 0]


def _count_channels(reading: Reading, cells: list[str], found: Survey) -> None:
    for number, channel in enumerate(reading.cells.channels):
        subject, code = cells[channel.subject].strip(), cells[channel.code].strip()
        if code:
            found.subjects[subject] += 1
            found.codes[(number, code)] += 1
        else:
            found.gaps.add(number)
