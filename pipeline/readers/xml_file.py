"""XML files of strangers: no entities, a largest size and a largest depth."""

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from pipeline.errors import UnreadableFile, file_name

LARGEST_BYTES = 50_000_000
DEEPEST = 100


def limited_bytes(path: Path) -> bytes:
    """The bytes of an XML file; UnreadableFile when it is missing or larger than 50 MB."""
    name = file_name(path)
    try:
        if path.stat().st_size <= LARGEST_BYTES:
            return path.read_bytes()
    except OSError as fault:
        text = f"{name}: the file cannot be opened ({fault.strerror}). Check its name."
        raise UnreadableFile(text, file=name) from None
    text = f"{name}: the file is larger than {LARGEST_BYTES // 1_000_000} MB. It was not opened."
    raise UnreadableFile(f"{text} Choose the template, not a project with data.", file=name)


def parse_xml(content: bytes, name: str) -> Element:
    """The root element; UnreadableFile when the XML is damaged, declares entities, or is nested too deeply."""
    depth, root = 0, None
    try:
        for event, element in iterparse(BytesIO(content), events=("start", "end"), forbid_dtd=True):
            root = element if root is None else root
            depth += 1 if event == "start" else -1
            if depth > DEEPEST:
                text = f"{name}: the file is nested more than {DEEPEST} levels deep. It was not opened."
                raise UnreadableFile(f"{text} Export it again.", file=name)
    except DefusedXmlException:
        text = f"{name}: the file declares entities or a document type, which may be an attack. It was not opened."
        raise UnreadableFile(f"{text} Export it again.", file=name) from None
    except (ParseError, UnicodeError, ValueError, LookupError) as fault:
        line = getattr(fault, "position", (None,))[0]
        where = name if line is None else f"{name}, line {line}"
        text = f"{where}: the file is not valid XML. Export it again."
        raise UnreadableFile(text, file=name, line=line) from None
    return root


def local(element: Element) -> str:
    """The tag without its namespace."""
    return element.tag.rsplit("}", 1)[-1]


def named(root: Element, tag: str) -> Iterator[Element]:
    """All elements of that local name, in order."""
    return (element for element in root.iter() if local(element) == tag)


def texts(element: Element) -> dict[str, str]:
    """Local names of the children and their trimmed text; the first of two counts."""
    found: dict[str, str] = {}
    for child in element:
        found.setdefault(local(child), (child.text or "").strip())
    return found
