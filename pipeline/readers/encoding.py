"""Which encoding the bytes of a file are in, and the sentences for files that are no text."""

import codecs
from pathlib import Path

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.reading import Note

HEAD_BYTES = 1 << 18
BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

NOT_TEXT = (
    (b"PK\x03\x04", "a zip archive or Excel workbook", "Give it its own ending (.xlsx), or save it as .csv"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "Save it as .xlsx or .csv"),
    (b"\x1f\x8b", "a gzip archive", "Give it the ending .gz, or unpack it"),
    (b"SQLite format 3", "a SQLite database", "Export it as .csv"),
    (b"%PDF", "a PDF", "Export the table as .csv"),
)


def encoding_by_bytes(start: bytes) -> str | None:
    """The encoding that a byte-order mark or the pattern of NUL bytes betrays (UTF-16 without a mark)."""
    for mark, encoding in BOMS:
        if start.startswith(mark):
            return encoding
    even, odd = start[0:4096:2], start[1:4096:2]
    if odd.count(0) > len(odd) // 4 and even.count(0) <= len(even) // 50:
        return "utf-16-le"
    if even.count(0) > len(even) // 4 and odd.count(0) <= len(odd) // 50:
        return "utf-16-be"
    return None


def named_encoding(encoding: str, path: Path) -> str:
    """The codec of an encoding a person named, byte-order mark regarded; UnreadableFile when there is none."""
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)
    except LookupError:
        file = file_name(path)
        text = f"{file}: '{encoding}' is not a known encoding. Write for example utf-8, cp1252 or utf-16."
        raise UnreadableFile(text, file=file, value=encoding) from None
    if name == "utf-16":
        return encoding_by_bytes(beginning(path)) or "utf-16-le"
    return "utf-8-sig" if name == "utf-8" and beginning(path).startswith(BOMS[0][0]) else name


def refuse_binary(start: bytes, encoding: str | None, path: Path) -> None:
    """Raises UnreadableFile for files that are no text: known kinds by name, others by their NUL bytes."""
    for magic, what, advice in NOT_TEXT:
        if start.startswith(magic):
            name = file_name(path)
            raise UnreadableFile(f"{name}: this is {what}, not a text file. {advice}.", file=name)
    if encoding is None and b"\0" in start:
        raise nul_byte(path, start[: start.index(b"\0")].count(b"\n") + 1)


def assumed_note() -> Note:
    """The warning that an encoding was assumed."""
    return Note(
        "encoding_assumed",
        "warning",
        "The file is not UTF-8; it was read as Windows-1252 (Western European).",
        "Check that accents look right; if not, name the encoding in the manifest (encoding = ...).",
    )


def empty_file(path: Path) -> UnreadableFile:
    """The refusal of an empty file."""
    name = file_name(path)
    return UnreadableFile(f"{name}: the file is empty. Export it again.", file=name)


def nul_byte(path: Path, line: int) -> UnreadableFile:
    """The refusal of a file with a NUL byte."""
    name = file_name(path)
    text = f"{name}, line {line}: the file holds a NUL byte, so it is damaged or not a text file. Export it again."
    return UnreadableFile(text, file=name, line=line)


def endless_line(path: Path, line: int) -> UnreadableFile:
    """The refusal of a file whose lines do not end."""
    name = file_name(path)
    text = f"{name}, line {line}: this line does not end within a million characters, so the file is not a table."
    return UnreadableFile(f"{text} Export it again.", file=name, line=line)


def undecodable(path: Path, encoding: str, fault: UnicodeDecodeError) -> UnreadableFile:
    """The refusal of a file whose bytes do not fit its encoding."""
    name = file_name(path)
    byte = fault.object[fault.start : fault.start + 1].hex().upper()
    text = f"{name}: the file is not valid {encoding.upper()} (byte {byte} fits no letter)."
    return UnreadableFile(
        f"{text} Export it as UTF-8, or name its encoding in the manifest (encoding = ...).", file=name
    )


def beginning(path: Path) -> bytes:
    """The first 256 KB; UnreadableFile when the file is missing, unreadable or empty."""
    try:
        with path.open("rb") as file:
            start = file.read(HEAD_BYTES)
    except FileNotFoundError:
        name = file_name(path)
        raise UnreadableFile(f"{name}: there is no such file. Check its name in the manifest.", file=name) from None
    except OSError as fault:
        name = file_name(path)
        text = f"{name}: the file cannot be opened ({fault.strerror}). Check that it is a file you may read."
        raise UnreadableFile(text, file=name) from None
    if not start:
        raise empty_file(path)
    return start
