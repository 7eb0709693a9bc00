"""What an ELAN file (.eaf) holds: time slots, tiers, annotations and vocabularies, each annotation with its line."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from xml.sax import SAXException, SAXParseException
from xml.sax.handler import ContentHandler
from xml.sax.xmlreader import AttributesImpl

from defusedxml.common import DefusedXmlException
from defusedxml.expatreader import create_parser

from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.xml_file import DEEPEST

LARGEST_BYTES = 50_000_000
MILLISECONDS = re.compile(r"-?\d{1,12}")


@dataclass(frozen=True)
class Slot:
    """A place in the file's order of times; `ms` is None where no time is given, `damaged` where it is no number."""

    position: int
    ms: int | None
    damaged: bool = False


@dataclass(frozen=True)
class EafTier:
    """One tier: whose it is, who annotated it, the tier it hangs on and the vocabulary of its words ('' = none)."""

    name: str
    participant: str
    annotator: str
    parent: str
    kind: str


@dataclass
class Annotation:
    """One annotation; `start` and `stop` name its slots, or `refers` names the annotation it belongs to."""

    line: int
    identity: str
    tier: str
    start: str
    stop: str
    refers: str
    entry: str
    value: str = ""

    @property
    def alignable(self) -> bool:
        """True when it has times of its own."""
        return not self.refers


@dataclass
class Eaf:
    """The content of one file (`name`: without its ending), in the file's order.

    `offsets` are the media that begin before the annotations (ms).
    """

    name: str = ""
    slots: dict[str, Slot] = field(default_factory=dict)
    tiers: dict[str, EafTier] = field(default_factory=dict)
    annotations: list[Annotation] = field(default_factory=list)
    vocabularies: dict[str, dict[str, str]] = field(default_factory=dict)
    vocabulary_of: dict[str, str] = field(default_factory=dict)
    offsets: list[str] = field(default_factory=list)
    units: str = "milliseconds"
    version: str = ""

    @cached_property
    def by_tier(self) -> dict[str, list[Annotation]]:
        """Annotations of each tier that has any."""
        found: dict[str, list[Annotation]] = {}
        for each in self.annotations:
            found.setdefault(each.tier, []).append(each)
        return found

    @cached_property
    def timed(self) -> list[str]:
        """Tiers that hold annotations with times of their own."""
        return [name for name in self.tiers if any(each.alignable for each in self.by_tier.get(name, []))]

    @cached_property
    def roots(self) -> dict[str, str]:
        """For each tier without times: the tier at the upper end of its chain (itself where there is none)."""
        timed, found = set(self.timed), {}
        for name in self.tiers.keys() - timed:
            seen, root = set(), name
            while root in self.tiers and root not in seen and root not in timed and self.tiers[root].parent:
                seen.add(root)
                root = self.tiers[root].parent
                if len(seen) > DEEPEST:
                    break
            found[name] = root
        return found

    def words(self, tier: EafTier) -> dict[str, str]:
        """Entries of the tier's controlled vocabulary: identity -> word; empty where it has none."""
        return self.vocabularies.get(self.vocabulary_of.get(tier.kind, ""), {})


class _Listener(ContentHandler):
    """Collects the elements of an .eaf file as they pass."""

    def __init__(self, file: str):
        super().__init__()
        self.eaf, self._file = Eaf(), file
        self._depth, self._tier, self._vocabulary, self._entry = 0, "", "", ""
        self._text: list[str] | None = None
        self._begin: dict[str, Callable[[AttributesImpl], None]] = {
            "ANNOTATION_DOCUMENT": self._document,
            "HEADER": self._header,
            "MEDIA_DESCRIPTOR": self._media,
            "TIME_SLOT": self._slot,
            "TIER": self._new_tier,
            "ALIGNABLE_ANNOTATION": self._annotation,
            "REF_ANNOTATION": self._annotation,
            "ANNOTATION_VALUE": self._listen,
            "LINGUISTIC_TYPE": self._type,
            "CONTROLLED_VOCABULARY": self._new_vocabulary,
            "CV_ENTRY": self._new_entry,
            "CV_ENTRY_ML": self._new_entry,
            "CVE_VALUE": self._listen,
        }

    def startElement(self, name: str, attrs: AttributesImpl) -> None:  # noqa: N802 (the library's name)
        """One element begins."""
        self._depth += 1
        if self._depth > DEEPEST:
            text = f"{self._file}: the file is nested more than {DEEPEST} levels deep. It was not opened."
            raise UnreadableFile(f"{text} Save it again in ELAN.", file=self._file)
        if self._depth == 1 and name != "ANNOTATION_DOCUMENT":
            text = f"{self._file}: this is not an ELAN file (it begins with '{name[:40]}'). Choose the .eaf file."
            raise UnreadableFile(text, file=self._file)
        if name in self._begin:
            self._begin[name](attrs)

    def endElement(self, name: str) -> None:  # noqa: N802
        """One element ends; texts go where they belong."""
        self._depth -= 1
        if name == "ANNOTATION_VALUE" and self.eaf.annotations:
            self.eaf.annotations[-1].value = self._heard()
        elif name in ("CV_ENTRY", "CVE_VALUE") and self._vocabulary and self._text is not None:
            words = self.eaf.vocabularies[self._vocabulary]
            words.setdefault(self._entry or f"entry {len(words) + 1}", self._heard())

    def characters(self, content: str) -> None:
        """Text between two tags."""
        if self._text is not None:
            self._text.append(content)

    def _heard(self) -> str:
        text, self._text = "".join(self._text or []), None
        return " ".join(text.split())

    def _listen(self, attrs: AttributesImpl) -> None:
        self._text = []

    def _document(self, attrs: AttributesImpl) -> None:
        self.eaf.version = attrs.get("FORMAT", "") or attrs.get("VERSION", "")

    def _header(self, attrs: AttributesImpl) -> None:
        self.eaf.units = attrs.get("TIME_UNITS", "milliseconds")

    def _media(self, attrs: AttributesImpl) -> None:
        origin = attrs.get("TIME_ORIGIN", "")
        if origin.strip("0 "):
            self.eaf.offsets.append(origin)

    def _slot(self, attrs: AttributesImpl) -> None:
        text = attrs.get("TIME_VALUE", "").strip()
        ms = int(text) if MILLISECONDS.fullmatch(text) else None
        slot = Slot(len(self.eaf.slots), ms, damaged=bool(text) and ms is None)
        self.eaf.slots.setdefault(attrs.get("TIME_SLOT_ID", ""), slot)

    def _new_tier(self, attrs: AttributesImpl) -> None:
        self._tier = attrs.get("TIER_ID", "").strip()
        words = (attrs.get(key, "").strip() for key in ("PARTICIPANT", "ANNOTATOR", "PARENT_REF"))
        self.eaf.tiers.setdefault(self._tier, EafTier(self._tier, *words, attrs.get("LINGUISTIC_TYPE_REF", "")))

    def _annotation(self, attrs: AttributesImpl) -> None:
        keys = ("ANNOTATION_ID", "TIME_SLOT_REF1", "TIME_SLOT_REF2", "ANNOTATION_REF", "CVE_REF")
        identity, start, stop, refers, entry = (attrs.get(key, "") for key in keys)
        line = self._locator.getLineNumber()
        self.eaf.annotations.append(Annotation(line, identity, self._tier, start, stop, refers, entry))

    def _type(self, attrs: AttributesImpl) -> None:
        self.eaf.vocabulary_of[attrs.get("LINGUISTIC_TYPE_ID", "")] = attrs.get("CONTROLLED_VOCABULARY_REF", "")

    def _new_vocabulary(self, attrs: AttributesImpl) -> None:
        self._vocabulary = attrs.get("CV_ID", "") or "vocabulary"
        self.eaf.vocabularies.setdefault(self._vocabulary, {})

    def _new_entry(self, attrs: AttributesImpl) -> None:
        self._entry = attrs.get("CVE_ID", "")
        self._text = []


def read_eaf(path: Path) -> Eaf:
    """The content of an .eaf file; UnreadableFile when it is none, is damaged, too large, too deep, or declares
    entities."""
    name = file_name(path)
    if path.stat().st_size > LARGEST_BYTES:
        text = f"{name}: the file is larger than {LARGEST_BYTES // 1_000_000} MB. It was not opened. Split it in ELAN."
        raise UnreadableFile(text, file=name)
    listener = _Listener(name)
    parser = create_parser(forbid_dtd=True)
    parser.setContentHandler(listener)
    try:
        with path.open("rb") as file:
            parser.parse(file)
    except DefusedXmlException:
        text = f"{name}: the file declares entities or a document type, which may be an attack. It was not opened."
        raise UnreadableFile(f"{text} Save it again in ELAN.", file=name) from None
    except (SAXException, UnicodeError, ValueError, LookupError) as fault:
        line = fault.getLineNumber() if isinstance(fault, SAXParseException) else None
        where = name if line is None else f"{name}, line {line}"
        text = f"{where}: the file is not valid XML. Save it again in ELAN."
        raise UnreadableFile(text, file=name, line=line) from None
    listener.eaf.name = path.stem
    return listener.eaf
