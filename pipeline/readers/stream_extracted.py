"""Reads feature streams that `extract` wrote: Parquet, one row per frame, with a description in the file."""

import json
import re
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.errors import UnreadableFile
from pipeline.readers.feature_stream import HIGHEST_FPS, MOST_NUMBERS, StreamFile, Subject, refused
from pipeline.readers.reading import Note

NAME = re.compile(r"(?P<observation>.+)[.](?P<stream>\w+)(-\w+)?[.][0-9a-f]{8,64}[.]parquet")
SUMS = "_sums"
"""What stands after the stream's name in the name of a file with its sums and axes."""
VALUES, COLUMNS, TIME, MEASURED = "values", "columns", "t_s", "measured"
OTHER_FILES = {"au12": "a face track: name it under [[tracks]]", "probability": "speech: name it under [[speech]]"}
VIEWS: dict[str, Subject] = {
    "": "",
    "infant": "infant",
    "caregiver": "caregiver1",
    "caretaker": "caregiver1",
    "caregiver1": "caregiver1",
    "caregiver2": "caregiver2",
}
"""Names of a view (extract --view NAME=...) that say whom it shows."""
OFF_GRID = 0.1
"""A time may lie so many frames beside its frame."""
RATE = re.compile(r"\d{1,4}([.]\d{1,9})?", re.ASCII)
FAULTS = (pa.ArrowException, OSError, ValueError, KeyError, IndexError, OverflowError, MemoryError)
"""What the library raises for a damaged file."""
DAMAGED = "the file is damaged or no Parquet file. Extract the stream again."
FOREIGN = "Choose a file that extract wrote with --streams."


def read_extracted(path: Path) -> tuple[StreamFile, ...]:
    """The one stream of a file; UnreadableFile where it is none, is damaged or contradicts itself."""
    try:
        schema = pq.read_schema(path)
    except FileNotFoundError:
        raise refused(path, "there is no such file. Check its name.") from None
    except FAULTS:
        raise refused(path, DAMAGED) from None
    about = {key: value.decode(errors="replace") for key, value in (schema.metadata or {}).items()}
    names = _columns(path, schema, about)
    fps, choices = _rate(path, about), _choices(path, about)
    dim = len(names) or schema.field(VALUES).type.list_size
    _check_dim(path, about, dim)
    half = not names and pa.types.is_float16(schema.field(VALUES).type.value_type)
    beside = sums_beside(path)
    there = beside is not None and beside.is_file()
    stream = about[b"stream"]
    return (
        StreamFile(
            path,
            stream,
            _subject(choices),
            fps,
            dim,
            lambda: _parts(path, schema, names, dim, fps),
            json.dumps(choices, sort_keys=True),
            half,
            "true" in (about.get(b"random_weights"), str(choices.get("random_weights")).lower()),
            json.dumps([about.get(key, "") for key in (b"version", b"model_sha256", b"model", b"revision")]),
            f"Parquet, {dim} numbers",
            _notes(about, there),
            beside if there else None,
        ),
    )


def sums_beside(path: Path) -> Path | None:
    """Where the sums that belong to a stream of scores stand; None where its name is not one that `extract` gives."""
    parts = path.name.rsplit(".", 3)
    return path.with_name(f"{parts[0]}.{parts[1]}{SUMS}.{parts[2]}.{parts[3]}") if len(parts) == 4 else None


def is_sums(path: Path) -> bool:
    """Whether a file holds the sums that belong to a stream, by its name."""
    found = NAME.fullmatch(path.name)
    return found is not None and found["stream"].endswith(SUMS)


def _columns(path: Path, schema: pa.Schema, about: dict[bytes, str]) -> tuple[str, ...]:
    """Names of a narrow stream's columns, () for a wide one; UnreadableFile for any other file."""
    for column, words in OTHER_FILES.items():
        if column in schema.names:
            raise refused(path, f"this is {words} in the manifest.")
    if not about.get(b"stream") or TIME not in schema.names:
        lacks = f"it lacks the column {TIME}" if TIME not in schema.names else "it does not say which one"
        raise refused(path, f"this is no feature stream: {lacks}. {FOREIGN}")
    if not pa.types.is_floating(schema.field(TIME).type):
        raise refused(path, f"its column {TIME} does not hold times in seconds. {FOREIGN}")
    names = _named(path, about)
    wanted = names or (VALUES,)
    if missing := [name for name in wanted if name not in schema.names]:
        raise refused(path, f"this is no feature stream: it lacks the column {missing[0]}. {FOREIGN}")
    kind = schema.field(VALUES).type if not names else None
    numbers = [kind.value_type] if isinstance(kind, pa.FixedSizeListType) else []
    numbers = numbers if kind is not None else [schema.field(name).type for name in names]
    if not numbers or not all(pa.types.is_floating(one) for one in numbers):
        raise refused(path, f"its column {wanted[0]} does not hold numbers for each frame. {FOREIGN}")
    return names


def _named(path: Path, about: dict[bytes, str]) -> tuple[str, ...]:
    try:
        names = json.loads(about.get(COLUMNS.encode(), "[]"))
    except ValueError:
        names = None
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise refused(path, f"its description (columns) cannot be read. {FOREIGN}")
    return tuple(names)


def _rate(path: Path, about: dict[bytes, str]) -> Fraction:
    text = about.get(b"fps", "")
    rate = Fraction(text) if RATE.fullmatch(text) else Fraction(0)
    if not 0 < rate <= HIGHEST_FPS:
        raise refused(path, f"the file does not say how many frames per second it has. {FOREIGN}")
    return rate


def _choices(path: Path, about: dict[bytes, str]) -> dict[str, object]:
    try:
        found = json.loads(about.get(b"choices", "{}"))
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise refused(path, f"its description (choices) cannot be read. {FOREIGN}")
    return found


def _check_dim(path: Path, about: dict[bytes, str], dim: int) -> None:
    said = about.get(b"dim", str(dim))
    if said != str(dim) or not 0 < dim <= MOST_NUMBERS:
        raise refused(path, f"its description speaks of {said} numbers per frame, and it has {dim}. Extract it again.")


def _subject(choices: dict[str, object]) -> Subject | None:
    """Whom the view of the picture shows: the session where it is the whole picture; None for another name."""
    view = choices.get("view")
    name = str(view[0]).casefold() if isinstance(view, list) and view else ""
    return VIEWS.get(name)


def _notes(about: dict[bytes, str], sums: bool) -> tuple[Note, ...]:
    if not about.get(b"pca_scope", "").startswith("open") or sums:
        return ()
    detail = "The file with its sums and axes is not beside it, so that components cannot be fitted on it."
    return (Note("sums_missing", "warning", detail, "Put it beside this one and import again."),)


def _parts(
    path: Path, schema: pa.Schema, names: tuple[str, ...], dim: int, fps: Fraction
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Frame numbers and numbers, group by group."""
    flags = [MEASURED] if MEASURED in schema.names else []
    try:
        with pq.ParquetFile(path) as file:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group, columns=[TIME, *(names or (VALUES,)), *flags])
                values = _values(table, names, dim)
                if flags:
                    values[~table[MEASURED].to_numpy().astype(bool)] = np.nan
                yield _frames(path, table[TIME].to_numpy().astype(float), fps), values
    except UnreadableFile:
        raise
    except FAULTS:
        raise refused(path, DAMAGED) from None


def _values(table: pa.Table, names: tuple[str, ...], dim: int) -> np.ndarray:
    """Numbers (n, dim) of our own; nan where there is none."""
    if names:
        return np.column_stack([table[name].to_numpy().astype(np.float32) for name in names])
    lists = table[VALUES].combine_chunks()
    there = np.asarray(lists.is_valid())
    numbers = lists.drop_null().flatten().to_numpy(zero_copy_only=False)
    values = np.full((len(lists), dim), np.nan, dtype=numbers.dtype)
    values[there] = numbers.reshape(-1, dim)
    return values


def _frames(path: Path, t_s: np.ndarray, fps: Fraction) -> np.ndarray:
    """Frame numbers of times; UnreadableFile where they are not those of the rate."""
    at = t_s * float(fps)
    frames = np.rint(at)
    beside = np.flatnonzero(np.abs(at - frames) > OFF_GRID)
    if len(beside):
        text = f"a row lies at {t_s[beside[0]]:.4f} s, where no frame is at {float(fps):g} per second."
        raise refused(path, f"{text} Extract it again.")
    return frames
