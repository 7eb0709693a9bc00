"""Reads NOVA / SSI streams (.stream with .stream~ beside it): numbers over time, block by block, never as a whole."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path
from xml.etree.ElementTree import Element

import numpy as np

from pipeline.errors import UnreadableFile, file_name, listed
from pipeline.readers.encoding import beginning
from pipeline.readers.reading import Note
from pipeline.readers.xml_file import local, named, parse_xml

ENDING = ".stream"
DATA = "~"
KINDS = {
    "SHORT": "<i2",
    "USHORT": "<u2",
    "INT": "<i4",
    "UINT": "<u4",
    "LONG": "<i8",
    "ULONG": "<u8",
    "FLOAT": "<f4",
    "DOUBLE": "<f8",
    "BOOL": "?",
}
"""SSI's name of a number -> numpy's."""
FRAMES = 4_096
"""Frames in one block."""
BLOCK_BYTES = 1 << 22
LARGEST_HEAD = 1 << 18
MOST_DIMENSIONS = 1_000_000
FLOAT = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,4})?|[+-]?(inf|infinity)|[+-]?nan(\(ind\))?", re.ASCII | re.I)
WHOLE = re.compile(r"[+-]?\d{1,20}", re.ASCII)
LONGEST_NUMBER = 64
"""Letters a number in ASCII takes at most, the sign between two included."""
SECONDS = re.compile(r"[+-]?\d{1,9}([.,]\d{0,12})?", re.ASCII)


@dataclass(frozen=True)
class StreamChunk:
    """A part without a gap: `start_s` of its first frame and number of frames."""

    start_s: Fraction
    frames: int


@dataclass(frozen=True)
class NovaStream:
    """A stream understood but not loaded: `frames` rows of `dim` numbers at `rate` per second. `role` and `name` come
    from the name of the file `<role>.<name>.stream`; `kind` is SSI's word for its numbers."""

    path: Path
    role: str
    name: str
    rate: Fraction
    dim: int
    kind: str
    binary: bool
    delimiter: str
    chunks: tuple[StreamChunk, ...]
    notes: tuple[Note, ...] = ()

    @property
    def frames(self) -> int:
        """Frames of all chunks."""
        return sum(chunk.frames for chunk in self.chunks)

    @property
    def data(self) -> Path:
        """The file with the numbers."""
        return self.path.with_name(self.path.name + DATA)

    def times_s(self) -> np.ndarray:
        """Start of each frame (s), float64 of shape (frames,): frame k of a chunk at its start + k / rate."""
        parts = [float(chunk.start_s) + np.arange(chunk.frames) / float(self.rate) for chunk in self.chunks]
        return np.concatenate(parts) if parts else np.empty(0)

    def blocks(self, frames: int = FRAMES) -> Iterator[np.ndarray]:
        """The numbers in order, each block of shape (at most `frames`, dim) in the stream's own kind.

        At most 4 MB at a time. A binary block is a view of the file: copy what is to be kept.
        """
        most = max(1, min(frames, BLOCK_BYTES // (self.dim * np.dtype(KINDS[self.kind]).itemsize)))
        if not self.frames:
            return
        if self.binary:
            values = self.mapped()
            yield from (values[start : start + most] for start in range(0, self.frames, most))
        else:
            yield from _text_blocks(self, most)

    def mapped(self) -> np.ndarray:
        """All numbers of a binary stream as a read-only map of the file, shape (frames, dim)."""
        return np.memmap(self.data, dtype=KINDS[self.kind], mode="r", shape=(self.frames, self.dim))


def read_stream(path: Path) -> NovaStream:
    """The head of a stream, its data file checked for length.

    Raises UnreadableFile: damaged head, unknown kind of number, no rate, no data file, or one of another length.
    """
    name, content = file_name(path), beginning(path)
    if path.stat().st_size > LARGEST_HEAD:
        text = f"{name}: the file is larger than {LARGEST_HEAD // 1024} KB, so it is no head of a stream."
        raise _fault(path, f"{text} It was not opened. Choose the {ENDING} file.")
    root = parse_xml(content, name)
    if local(root) != "stream":
        text = f"{name}: this is not a NOVA stream (it begins with '{local(root)[:40]}')."
        raise _fault(path, f"{text} Choose the {ENDING} file.")
    info = next(named(root, "info"), None)
    if info is None:
        raise _fault(path, f"{name}: the element <info> is missing. Export it again.")
    stream = _described(path, info, tuple(_chunks(path, root)))
    if not stream.data.is_file():
        raise _fault(path, f"{name}: its data file {name}{DATA} is missing. Put it beside this one.")
    _check_length(stream)
    return _with_notes(stream, root)


def _fault(path: Path, text: str) -> UnreadableFile:
    return UnreadableFile(text, file=file_name(path))


def _described(path: Path, info: Element, chunks: tuple[StreamChunk, ...]) -> NovaStream:
    name, kind = file_name(path), info.get("type", "").strip().upper()
    if kind not in KINDS:
        text = f"{name}: numbers of the type {kind[:40] or 'unknown'} are not read, only {listed(tuple(KINDS))}."
        raise _fault(path, f"{text} Export it as FLOAT.")
    form = info.get("ftype", "").strip().upper()
    if form not in ("ASCII", "BINARY"):
        raise _fault(path, f"{name}: ftype is '{form[:40]}', neither ASCII nor BINARY. Export it again.")
    dim, byte = _whole(info.get("dim", "")), _whole(info.get("byte", ""))
    rate = _seconds(info.get("sr", ""))
    if not dim or dim > MOST_DIMENSIONS or not rate or rate <= 0:
        raise _fault(path, f"{name}: the head needs sr (frames per second) and dim above 0. Export it again.")
    if byte not in (None, np.dtype(KINDS[kind]).itemsize):
        text = f"{name}: the head says {byte} bytes for a number of the type {kind}, which has"
        raise _fault(path, f"{text} {np.dtype(KINDS[kind]).itemsize}. Export it again.")
    stem = path.name[: -len(ENDING)] if path.name.casefold().endswith(ENDING) else path.stem
    role, _, title = stem.partition(".")
    delimiter = info.get("delim", " ") or " "
    return NovaStream(path, role if title else "", title or role, rate, dim, kind, form == "BINARY", delimiter, chunks)


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _seconds(text: str) -> Fraction | None:
    """A number of seconds, or per second; SSI of a German system writes a decimal comma, and no thousands."""
    text = text.strip()
    return Fraction(text.replace(",", ".")) if SECONDS.fullmatch(text) else None


def _chunks(path: Path, root: Element) -> Iterator[StreamChunk]:
    found = 0
    for number, element in enumerate(named(root, "chunk"), 1):
        found, start, frames = number, _seconds(element.get("from", "")), _whole(element.get("num", ""))
        if start is None or frames is None:
            text = f"{file_name(path)}: chunk {number} does not say from when (from) and how many frames (num)."
            raise _fault(path, f"{text} Export it again.")
        yield StreamChunk(start, frames)
    if not found:
        raise _fault(
            path, f"{file_name(path)}: the head has no <chunk>, so nothing says how long it is. Export it again."
        )


def _check_length(stream: NovaStream) -> None:
    """Raises UnreadableFile where the data file does not hold frames x dim numbers."""
    name, size, byte = file_name(stream.path), stream.data.stat().st_size, np.dtype(KINDS[stream.kind]).itemsize
    if not stream.binary:
        if size > LONGEST_NUMBER * stream.dim * (stream.frames + 1):
            text = f"{name}: its data file is longer than {stream.frames:,} frames of {stream.dim:,} numbers can be."
            raise _fault(stream.path, f"{text} Copy or export it again.")
        return
    expected = stream.frames * stream.dim * byte
    if size != expected:
        text = f"{name}: its data file has {size:,} bytes; {stream.frames:,} frames of {stream.dim:,} numbers of {byte}"
        text = f"{text} {'byte' if byte == 1 else 'bytes'} take {expected:,}."
        raise _fault(stream.path, f"{text} It is damaged or cut off: copy or export it again.")


def _with_notes(stream: NovaStream, root: Element) -> NovaStream:
    """The stream with remarks on chunks whose times contradict each other or their number of frames."""
    notes: list[Note] = []
    end = None
    for number, (chunk, element) in enumerate(zip(stream.chunks, named(root, "chunk"), strict=True), 1):
        until, length = _seconds(element.get("to", "")), chunk.frames / stream.rate
        if until is not None and abs(until - chunk.start_s - length) * stream.rate > 1:
            detail = f"Chunk {number} says {float(until - chunk.start_s):g} s; its {chunk.frames:,} frames take"
            notes.append(_time_note(f"{detail} {float(length):g} s."))
        if end is not None and (chunk.start_s - end) * stream.rate < -1:
            notes.append(_time_note(f"Chunk {number} begins before the one before it ends."))
        end = chunk.start_s + length
    return NovaStream(**{**vars(stream), "notes": tuple(notes)})


def _time_note(detail: str) -> Note:
    return Note("chunk_times", "warning", detail, "The start of the chunk and the rate count.")


def _text_blocks(stream: NovaStream, most: int) -> Iterator[np.ndarray]:
    """Blocks of an ASCII stream, one frame per line; UnreadableFile where a line or their number does not fit."""
    name, kind, seen = file_name(stream.path), np.dtype(KINDS[stream.kind]), 0
    with stream.data.open(encoding="ascii", errors="replace") as file:
        filled = (line for line in file if line.strip())
        while lines := list(islice(filled, most)):
            rows = [_numbers(stream, kind, line, seen + place) for place, line in enumerate(lines, 1)]
            seen += len(rows)
            if seen > stream.frames:
                text = f"{name}: its data file has more rows than the {stream.frames:,} the head speaks of."
                raise _fault(stream.path, f"{text} Copy or export it again.")
            with np.errstate(over="ignore"):
                yield np.array(rows, dtype=float if kind.kind == "f" else kind).astype(kind)
    if seen < stream.frames:
        text = f"{name}: its data file has {seen:,} rows; the head says {stream.frames:,}."
        raise _fault(stream.path, f"{text} It is damaged or cut off: copy or export it again.")


def _numbers(stream: NovaStream, kind: np.dtype, line: str, number: int) -> list[float] | list[int]:
    words = line.split(None if stream.delimiter.isspace() else stream.delimiter)
    words = [word.strip() for word in words if word.strip()]
    found = [value for word in words if (value := _number(word, kind)) is not None]
    if len(found) != stream.dim or len(words) != stream.dim:
        name = file_name(stream.path)
        text = (
            f"{name}: row {number:,} of its data file does not hold {stream.dim:,} numbers of the type {stream.kind}."
        )
        raise _fault(stream.path, f"{text} Export it again.")
    return found


def _number(word: str, kind: np.dtype) -> float | int | None:
    """The number a word says, None where it is none of that kind."""
    if kind.kind == "f":
        return float(word.partition("(")[0]) if FLOAT.fullmatch(word) else None
    value = int(word) if WHOLE.fullmatch(word) else None
    least, most = (0, 1) if kind.kind == "b" else (np.iinfo(kind).min, np.iinfo(kind).max)
    return value if value is not None and least <= value <= most else None
