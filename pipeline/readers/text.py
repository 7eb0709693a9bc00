"""Text files as labs have them: encoding, line ends, delimiter, size and checksum in one streaming pass."""

import codecs
import csv
import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from pipeline.readers.encoding import (
    HEAD_BYTES,
    assumed_note,
    beginning,
    empty_file,
    encoding_by_bytes,
    endless_line,
    named_encoding,
    nul_byte,
    refuse_binary,
    undecodable,
)
from pipeline.readers.reading import Note

BLOCK = 1 << 22
LONGEST_LINE = 1_000_000
DELIMITERS = (",", ";", "\t", "|")
QUOTE = '"'


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
    start = beginning(path)
    known = named_encoding(encoding, path) if encoding else encoding_by_bytes(start)
    refuse_binary(start, known, path)
    count = _Count(known)
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            count.add(block, path)
    known = known or ("utf-8" if count.is_utf8() else "cp1252")
    head = _decoded_head(path, start, known)
    if not head.strip("\ufeff \t\r\n"):
        raise empty_file(path)
    notes = (assumed_note(),) if known == "cp1252" and not encoding else ()
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
            raise undecodable(text.path, text.encoding, fault) from None
    return copy


def guess_delimiter(head: str) -> str:
    """The delimiter under which most lines of the beginning have one and the same number of cells, above one."""
    if head[:4].casefold() == "sep=" and head[4:5] in DELIMITERS:
        return head[4]
    lines = [line for line in head.splitlines()[:60] if line.strip()]
    return max(DELIMITERS, key=lambda mark: _evenness(lines, mark))


def _evenness(lines: list[str], delimiter: str) -> tuple[float, int]:
    try:
        widths = Counter(len(row) for row in csv.reader(lines, delimiter=delimiter) if len(row) > 1)
    except csv.Error:  # a cell longer than any: reading the rows will say so
        return 0.0, 0
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
            raise undecodable(path, "utf-8" if self._narrow else "utf-16", fault) from None
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
            raise nul_byte(path, line)
        found = content.count(lf)
        returns = content.count(cr)
        if not found and not returns and len(content) > LONGEST_LINE:
            raise endless_line(path, self.ends + 1)
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


def _decoded_head(path: Path, start: bytes, encoding: str) -> str:
    """The first block as text, up to its last complete line."""
    try:
        text = codecs.getincrementaldecoder(encoding)().decode(start)
    except UnicodeDecodeError as fault:
        raise undecodable(path, encoding, fault) from None
    whole = text.replace("\r\n", "\n").replace("\r", "\n").lstrip("\ufeff")
    return whole if len(start) < HEAD_BYTES or "\n" not in whole else whole[: whole.rindex("\n") + 1]


def _line_ends_at_the_end(path: Path, encoding: str) -> int:
    """How many line ends stand after the last line with content."""
    size = path.stat().st_size
    with path.open("rb") as file:
        file.seek(max(0, size - 4096) // 4 * 4)
        tail = file.read().decode(encoding, errors="replace").replace("\r\n", "\n").replace("\r", "\n")
    return len(tail) - len(tail.rstrip("\n"))
