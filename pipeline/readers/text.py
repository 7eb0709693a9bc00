"""Text files as labs have them: encoding, line ends, delimiter, size and checksum in one streaming pass."""

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.reading import Note

BLOCK = 1 << 22
HEAD_BYTES = 1 << 18
LONGEST_LINE = 1_000_000
DELIMITERS = (",", ";", "\t", "|")
QUOTE = '"'

BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))

NOT_TEXT = (
    (b"PK\x03\x04", "a zip archive or Excel workbook", "Give it its own ending (.xlsx), or save it as .csv"),
    (b"\xd0\xcf\x11\xe0", "an old Excel file (.xls)", "Save it as .xlsx or .csv"),
    (b"\x1f\x8b", "a gzip archive", "Give it the ending .gz, or unpack it"),
    (b"SQLite format 3", "a SQLite database", "Export it as .csv"),
    (b"%PDF", "a PDF", "Export the table as .csv"),
)


@dataclass(frozen=True)
class TextFile:
    """What one pass over a text file tells.

    `lines` counts physical lines (LF, CRLF or CR), empty ones at the very end left out. `newline` is '\\n', '\\r\\n',
    '\\r' or 'mixed'. `sha256` and `size` (bytes) are those of the file as it lies. `head` is the decoded beginning.
    """

    path: Path
    encoding: str
    newline: str
    lines: int
    size: int
    sha256: str
    delimiter: str
    head: str
    quote: str = QUOTE
    notes: tuple[Note, ...] = ()

    @property
    def as_it_lies(self) -> bool:
        """True when the file is UTF-8 with plain line ends and needs no copy."""
        return self.encoding in ("utf-8", "utf-8-sig") and self.newline in ("\n", "\r\n")


def sniff(path: Path, encoding: str | None = None, delimiter: str | None = None) -> TextFile:
    """Encoding, line ends, delimiter, lines and checksum of a text file; `encoding` and `delimiter` given win.

    Raises UnreadableFile for a missing, empty or binary file. About 1 s for 400 MB.
    """
    start = _beginning(path)
    known = _named(encoding, path) if encoding else _by_bytes(start)
    _refuse_binary(start, known, path)
    count = _Count(known)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            count.add(block, path)
    known = known or ("utf-8" if count.is_utf8() else "cp1252")
    head = _decoded_head(path, start, known)
    if not head.strip("\ufeff \t\r\n"):
        raise _empty(path)
    notes = (_assumed(),) if known == "cp1252" and not encoding else ()
    chosen = delimiter or guess_delimiter(head)
    lines = count.ends - _line_ends_at_the_end(path, known) + 1
    return TextFile(path, known, count.newline, lines, count.size, count.sha.hexdigest(), chosen, head, notes=notes)


def as_utf8(text: TextFile, folder: Path) -> Path:
    """The file as UTF-8 with LF or CRLF ends: itself where it is so already, else a copy in `folder`.

    Line n of the copy is line n of the file. Raises UnreadableFile where the bytes do not fit the encoding.
    """
    if text.as_it_lies:
        return text.path
    copy = folder / f"{text.sha256[:16]}.utf8.txt"
    with (
        text.path.open(encoding=text.encoding, newline=None) as source,
        copy.open("w", encoding="utf-8", newline="\n") as target,
    ):
        try:
            while block := source.read(BLOCK):
                target.write(block.lstrip("\ufeff") if target.tell() == 0 else block)
        except UnicodeDecodeError as fault:
            raise _undecodable(text.path, text.encoding, fault) from None
    return copy


def guess_delimiter(head: str) -> str:
    """The delimiter under which most lines of the beginning have one and the same number of cells, above one."""
    if head[:4].casefold() == "sep=" and head[4:5] in DELIMITERS:
        return head[4]
    lines = [line for line in head.splitlines()[:60] if line.strip()]
    return max(DELIMITERS, key=lambda mark: _evenness(lines, mark))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    if not widths:
        return 0.0, 0
    width, rows = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
    return round(rows / len(lines), 1), width


class _Count:
    """Running checksum, size, line ends and UTF-8 validity of a file, block by block."""

    def __init__(self, encoding: str | None):
        self.sha, self.size = hashlib.sha256(), 0
        self.lf = self.cr = self.crlf = 0
        self._last: bytes | str = b""
        self._wide = codecs.getincrementaldecoder(encoding)() if (encoding or "").startswith("utf-16") else None
        self._narrow = None if self._wide or encoding not in (None, "utf-8", "utf-8-sig") else _utf8_decoder()
        self._bad = False
        self._named = encoding is not None

    def add(self, block: bytes, path: Path) -> None:
        """Takes in one block; raises UnreadableFile for NUL bytes, bytes that fit no encoding and endless lines."""
        self.sha.update(block)
        self.size += len(block)
        try:
            content = self._wide.decode(block) if self._wide else block
            self._check_utf8(block)
        except UnicodeDecodeError as fault:
            raise _undecodable(path, "utf-8" if self._narrow else "utf-16", fault) from None
        self._ends(content, path)

    def _check_utf8(self, block: bytes) -> None:
        if self._narrow is None or self._bad or (block.isascii() and not self._narrow.getstate()[0]):
            return
        try:
            self._narrow.decode(block)
        except UnicodeDecodeError:
            self._bad = True
            if self._named:
                raise

    def _ends(self, content: bytes | str, path: Path) -> None:
        lf, cr, crlf, nul = ("\n", "\r", "\r\n", "\0") if isinstance(content, str) else (b"\n", b"\r", b"\r\n", b"\0")
        if nul in content:
            line = self.ends + content[: content.index(nul)].count(lf) + 1
            raise _nul(path, line)
        found = content.count(lf)
        returns = content.count(cr)
        if not found and not returns and len(content) > LONGEST_LINE:
            raise _endless(path, self.ends + 1)
        self.lf += found
        self.cr += returns
        self.crlf += content.count(crlf) if returns else 0
        if self._last == cr and content[:1] == lf:
            self.crlf += 1
        self._last = content[-1:]

    @property
    def ends(self) -> int:
        """Line ends so far, each of LF, CRLF and CR as one."""
        return self.lf + self.cr - self.crlf

    @property
    def newline(self) -> str:
        """The one kind of line end in use, or 'mixed'."""
        kinds = {"\n": self.lf - self.crlf, "\r\n": self.crlf, "\r": self.cr - self.crlf}
        used = [kind for kind, number in kinds.items() if number]
        return "mixed" if len(used) > 1 else (used or ["\n"])[0]

    def is_utf8(self) -> bool:
        """True when every byte so far fits UTF-8 and none is left over."""
        return not self._bad and not self._narrow.getstate()[0]


def _utf8_decoder() -> codecs.IncrementalDecoder:
    return codecs.getincrementaldecoder("utf-8")()


def _beginning(path: Path) -> bytes:
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
        raise _empty(path)
    return start


def _by_bytes(start: bytes) -> str | None:
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


def _named(encoding: str, path: Path) -> str:
    try:
        name = codecs.lookup(encoding).name
        "a".encode(name)
    except LookupError:
        file = file_name(path)
        text = f"{file}: '{encoding}' is not a known encoding. Write for example utf-8, cp1252 or utf-16."
        raise UnreadableFile(text, file=file, value=encoding) from None
    if name == "utf-16":
        return _by_bytes(_beginning(path)) or "utf-16-le"
    return "utf-8-sig" if name == "utf-8" and _beginning(path).startswith(BOMS[0][0]) else name


def _refuse_binary(start: bytes, encoding: str | None, path: Path) -> None:
    for magic, what, advice in NOT_TEXT:
        if start.startswith(magic):
            name = file_name(path)
            raise UnreadableFile(f"{name}: this is {what}, not a text file. {advice}.", file=name)
    if encoding is None and b"\0" in start:
        raise _nul(path, start[: start.index(b"\0")].count(b"\n") + 1)


def _decoded_head(path: Path, start: bytes, encoding: str) -> str:
    """The first block as text, up to its last complete line."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError as fault:
        raise _undecodable(path, encoding, fault) from None
    whole = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    return whole if len(start) < HEAD_BYTES or "\n" not in whole else whole[: whole.rindex("\n") + 1]


def _line_ends_at_the_end(path: Path, encoding: str) -> int:
    """How many line ends stand after the last line with content."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 4096) // 4 * 4)
        tail = file.read().decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return len(tail) - len(tail.rstrip("\n"))


def _assumed() -> Note:
    return Note(
        "encoding_assumed",
        "warning",
        "The file is not UTF-8; it was read as Windows-1252 (Western European).",
        "Check that accents look right; if not, name the encoding in the manifest (encoding = ...).",
    )


def _empty(path: Path) -> UnreadableFile:
    name = file_name(path)
    return UnreadableFile(f"{name}: the file is empty. Export it again.", file=name)


def _nul(path: Path, line: int) -> UnreadableFile:
    name = file_name(path)
    text = f"{name}, line {line}: the file holds a NUL byte, so it is damaged or not a text file. Export it again."
    return UnreadableFile(text, file=name, line=line)


def _endless(path: Path, line: int) -> UnreadableFile:
    name = file_name(path)
    text = f"{name}, line {line}: this line does not end within a million characters, so the file is not a table."
    return UnreadableFile(f"{text} Export it again.", file=name, line=line)


def _undecodable(path: Path, encoding: str, fault: UnicodeDecodeError) -> UnreadableFile:
    name = file_name(path)
    byte = fault.object[fault.start : fault.start + 1].hex().upper()
    text = f"{name}: the file is not valid {encoding.upper()} (byte {byte} fits no letter)."
    return UnreadableFile(
        f"{text} Export it as UTF-8, or name its encoding in the manifest (encoding = ...).", file=name
    )
