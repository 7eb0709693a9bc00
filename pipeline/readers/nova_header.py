"""The head of a NOVA / DISCOVER annotation: a small XML file that says what the data beside it hold, and whose."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from xml.etree.ElementTree import Element

from pipeline.catalogue.nova_names import UNCODED, in_file_name
from pipeline.errors import UnreadableFile, file_name, listed
from pipeline.readers.encoding import beginning
from pipeline.readers.reading import Note
from pipeline.readers.xml_file import local, named, parse_xml

ENDING = ".annotation"
DATA = "~"
"""The data file has the name of the head and this sign."""
LARGEST_BYTES = 1 << 18
GARBAGE = -1
"""Class of time that was looked at and belongs to no class of the scheme."""
NOT_CODED = tuple(word.casefold() for word in UNCODED)
KINDS = ("DISCRETE", "CONTINUOUS", "FREE")

Kind = Literal["DISCRETE", "CONTINUOUS", "FREE"]


@dataclass(frozen=True)
class NovaHeader:
    """`path`: the head; `size`: number of rows it speaks of, None where it does not. `classes`: id -> name (DISCRETE).
    `rate`: samples per second as written (CONTINUOUS). `role`, `scheme`, `annotator`: '' where nothing says."""

    path: Path
    kind: Kind
    binary: bool
    size: int | None
    role: str
    scheme: str
    annotator: str
    classes: dict[int, str]
    rate: str = ""
    notes: tuple[Note, ...] = ()

    @property
    def data(self) -> Path:
        """The file with the rows."""
        return self.path.with_name(self.path.name + DATA)

    @property
    def words(self) -> str:
        """Kind and form, for the screen."""
        return f"NOVA {self.kind}, {'binary' if self.binary else 'ASCII'}"

    def is_uncoded(self, number: int) -> bool:
        """Whether a class says that the time was not coded (Garbage, NoAnno)."""
        return number == GARBAGE or self.classes.get(number, "").casefold() in NOT_CODED


def read_header(path: Path) -> NovaHeader:
    """The head of an annotation; UnreadableFile when it is damaged, of an unknown kind, or its data file is missing."""
    name = file_name(path)
    content, notes = _content(path)
    root = parse_xml(content, name)
    if local(root) != "annotation":
        text = f"{name}: this is not a NOVA annotation (it begins with '{local(root)[:40]}')."
        raise _fault(path, f"{text} Choose the {ENDING} file.")
    info, scheme, meta = (next(named(root, tag), None) for tag in ("info", "scheme", "meta"))
    if info is None or scheme is None:
        lacking = "info" if info is None else "scheme"
        raise _fault(path, f"{name}: the element <{lacking}> is missing. Export it again.")
    role, title, annotator, more = _names(path, scheme, meta)
    header = NovaHeader(
        path,
        _kind(path, scheme),
        _binary(path, info),
        _size(info),
        role,
        title,
        annotator,
        _classes(path, scheme),
        scheme.get("sr", "").strip(),
        (*notes, *more),
    )
    if not header.data.is_file():
        raise _fault(path, f"{name}: its data file {name}{DATA} is missing. Put it beside this one.")
    return header


def _fault(path: Path, text: str) -> UnreadableFile:
    return UnreadableFile(text, file=file_name(path))


def _content(path: Path) -> tuple[bytes, tuple[Note, ...]]:
    """The bytes; where they name no encoding and are not UTF-8, read as Windows-1252 and said so."""
    content = beginning(path)
    if path.stat().st_size > LARGEST_BYTES:
        text = (
            f"{file_name(path)}: the file is larger than {LARGEST_BYTES // 1024} KB, so it is no head of an annotation."
        )
        raise _fault(path, f"{text} It was not opened. Choose the {ENDING} file.")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")) or b"encoding" in content[:100]:
        return content, ()
    try:
        content.decode()
        return content, ()
    except UnicodeDecodeError:
        detail = "The head is not UTF-8; it was read as Windows-1252 (Western European)."
        note = Note("encoding_assumed", "warning", detail, "Check that accents in the names of classes look right.")
        return content.decode("cp1252", errors="replace").encode(), (note,)


def _kind(path: Path, scheme: Element) -> Kind:
    kind, name = scheme.get("type", "").strip().upper(), file_name(path)
    if kind not in KINDS:
        text = f"{name}: annotations of the type {kind[:40] or 'unknown'} are not read, only {listed(KINDS)}."
        raise _fault(path, f"{text} Leave the file out of the manifest.")
    if kind == "CONTINUOUS" and scheme.get("num") is not None:
        text = f"{name}: this is a graph or a segmentation (CONTINUOUS with num), which is not read."
        raise _fault(path, f"{text} Leave the file out of the manifest.")
    return kind


def _binary(path: Path, info: Element) -> bool:
    form = info.get("ftype", "ASCII").strip().upper()
    if form not in ("ASCII", "BINARY"):
        raise _fault(path, f"{file_name(path)}: ftype is '{form[:40]}', neither ASCII nor BINARY. Export it again.")
    return form == "BINARY"


def _size(info: Element) -> int | None:
    text = info.get("size", "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) < 12 else None


def _classes(path: Path, scheme: Element) -> dict[int, str]:
    """Names of the classes by their ids; an item without an id has its position."""
    found: dict[int, str] = {}
    for position, item in enumerate(named(scheme, "item")):
        text = item.get("id", str(position)).strip()
        number = int(text) if text.isascii() and text.lstrip("-").isdigit() and len(text) < 10 else None
        label = " ".join(item.get("name", "").split())
        if number is None or number in found or not label:
            fault = f"the class '{label[:40]}' has the id '{text[:40]}'" if label else "a class has no name"
            fault = f"two classes have the id {number}" if number in found and label else fault
            raise _fault(path, f"{file_name(path)}: {fault}. Correct the scheme in NOVA and export it again.")
        found[number] = label
    return found


def _names(path: Path, scheme: Element, meta: Element | None) -> tuple[str, str, str, tuple[Note, ...]]:
    """Role, scheme and annotator: those of the file's name `<role>.<scheme>.<annotator>.annotation` where it has them,
    else those of its content. An annotator whose name a file name cannot hold is spelt as in the content."""
    stem = path.name[: -len(ENDING)] if path.name.casefold().endswith(ENDING) else path.stem
    within = (
        "" if meta is None else meta.get("role", "").strip(),
        scheme.get("name", "").strip(),
        "" if meta is None else meta.get("annotator", "").strip(),
    )
    parts = stem.split(".")
    if len(parts) < 3:
        return (*within, ())
    outside = (parts[0], ".".join(parts[1:-1]), parts[-1])
    found = [
        inner if inner and in_file_name(inner) == outer else outer for outer, inner in zip(outside, within, strict=True)
    ]
    notes = tuple(
        _differs(what, inner, used)
        for what, inner, used in zip(WHATS, within, found, strict=True)
        if _contrary(inner, used)
    )
    return found[0], found[1], found[2], notes


WHATS = ("role", "scheme", "annotator")


def _contrary(inner: str, used: str) -> bool:
    return bool(inner) and inner.casefold() != used.casefold()


def _differs(what: str, inner: str, used: str) -> Note:
    detail = f"The name of the file says {what} '{used}', its content '{inner[:80]}'."
    return Note("name_differs", "warning", detail, "The name of the file counts. If it is wrong, rename both files.")
