"""Drafts manifest entries for face tracks and speech tracks, told by their columns."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UserError
from pipeline.readers.archive import gunzip
from pipeline.readers.guesses import some
from pipeline.readers.scheme_text import quoted
from pipeline.readers.survey import Survey
from pipeline.readers.text import sniff

HEADER_WITHIN = 50
TRACKS = ("openface", "faces", "speech")
"""Formats that are not coded behaviour but measured over time."""
EXTRACTED = re.compile(r"(?P<observation>.+)[.](faces|speech)[.][0-9a-f]+")
"""The name, without its ending, of a file that `extract` wrote."""


def track_survey(path: Path) -> Survey | None:
    """What a track is, by its columns; None for any other file."""
    parquet = path.suffix.casefold() == ".parquet"
    columns = _parquet_columns(path) if parquet else _text_columns(path)
    kind = _kind(columns, parquet)
    if not kind:
        return None
    dialect = f"{len(columns)} columns"
    return Survey(path, kind, columns=columns, dialect=dialect, names=Counter({_recording(path): 1}))


def _stem(path: Path) -> str:
    """The name without its ending, and without .gz."""
    name = path.name[: -len(".gz")] if path.name.casefold().endswith(".gz") else path.name
    return name.rpartition(".")[0]


def _recording(path: Path) -> str:
    """The name of the recording: what stands before `.faces.KEY` where `extract` wrote the file."""
    extracted = EXTRACTED.fullmatch(_stem(path))
    return extracted["observation"] if extracted else _stem(path)


def _kind(columns: Sequence[str], parquet: bool) -> str:
    if parquet and {"t_s", "au12", "confidence"} <= set(columns):
        return "faces"
    if parquet and {"t_s", "probability"} <= set(columns):
        return "speech"
    measured = any(name in columns for name in ("AU12_r", "x_48"))
    return "openface" if measured and {"timestamp", "confidence"} <= set(columns) and not parquet else ""


def _parquet_columns(path: Path) -> tuple[str, ...]:
    try:
        return tuple(pq.read_schema(path).names)
    except (OSError, pa.ArrowException):
        return ()


def _text_columns(path: Path) -> tuple[str, ...]:
    """Names of the first line that holds `confidence`."""
    try:
        with TemporaryDirectory() as folder:
            text = sniff(gunzip(path, Path(folder)) if path.suffix.casefold() == ".gz" else path)
    except UserError:
        return ()
    for line in text.head.split("\n")[:HEADER_WITHIN]:
        names = tuple(cell.strip().strip('"') for cell in line.split(text.delimiter))
        if "confidence" in names:
            return names
    return ()


def track_entries(tracks: Sequence[Survey], shown: Callable[[Path], str]) -> Iterator[str]:
    """One entry per format; `shown` writes a path as the manifest does."""
    for kind in TRACKS:
        group = [each for each in tracks if each.format == kind]
        if not group:
            continue
        yield "[[speech]]" if kind == "speech" else "[[tracks]]"
        yield f"files = [{', '.join(quoted(shown(each.path)) for each in group)}]"
        yield f"format = {quoted(kind)}  # read as: {group[0].dialect}"
        names = sorted(set().union(*(each.names for each in group)))
        yield f"# {len(names)} recordings: {some(names)}"
        yield _observation(kind, [_stem(each.path) for each in group])
        if kind != "speech":
            yield 'subject = "caregiver1"  # GUESS: whose faces these are; infant, caregiver1, caregiver2 or sibling'
        yield ""


def _observation(kind: str, stems: Sequence[str]) -> str:
    """The line that says which part of a file's name is the recording."""
    if all(EXTRACTED.fullmatch(stem) for stem in stems):
        return rf"observation = '^(?P<observation>.+)\.{kind}\.[0-9a-f]+$'  # what stands before .{kind}.KEY"
    return "# The name of a file, without its ending, is the recording; observation = '...' takes a part of it."
