"""How numbers are written in the rows of a NOVA annotation: older versions and German systems have their own ways."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from pipeline.errors import UnreadableFile
from pipeline.readers.reading import Note

PLAIN = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
EITHER = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}", re.ASCII)
"""'1,234' may be one and a bit, or more than a thousand."""
THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2}((,\d{3})+\.\d+|(,\d{3}){2,})", re.ASCII)
COMMA = re.compile(r"[+-]?(\d+|[1-9]\d{0,2}(\.\d{3})+),\d+([eE][+-]?\d{1,3})?", re.ASCII)
POWER = re.compile(r"[eE]")

ENGLISH, GERMAN = ".", ","
"""The decimal mark; with ENGLISH a comma sets thousands apart."""


@dataclass
class Seen:
    """What the numbers of a file were found to be, and the first that may be read in two ways."""

    thousands: bool = False
    comma: bool = False
    dot: bool = False
    either: str = ""

    def look(self, texts: Iterable[str]) -> None:
        """Takes in the numbers of one row."""
        for text in texts:
            if PLAIN.fullmatch(text):
                self.dot = self.dot or "." in text
            elif EITHER.fullmatch(text):
                self.either = self.either or text
            elif THOUSANDS.fullmatch(text):
                self.thousands = True
            elif COMMA.fullmatch(text):
                self.comma = True


def decimal_mark(seen: Seen, given: str | None, name: str) -> tuple[str, tuple[Note, ...]]:
    """The decimal mark of a file and what to say about it; `given` is the manifest's word and goes before all.

    Raises UnreadableFile where the numbers contradict each other or may be read in two ways.
    """
    if given:
        return given, ()
    if seen.comma and (seen.dot or seen.thousands):
        text = f"{name}: some numbers have a decimal comma and others a decimal point. Export it again."
        raise UnreadableFile(text, file=name)
    if seen.comma:
        detail = "Times are written with a decimal comma (1,5 = one and a half)."
        action = "They were read so. If that is wrong, set decimal in the manifest."
        return GERMAN, (Note("decimal_comma", "info", detail, action),)
    if seen.thousands:
        detail = "Times are written with a comma that sets thousands apart (1,234.50), as older versions of NOVA do."
        action = "They were read so. If that is wrong, set decimal in the manifest."
        return ENGLISH, (Note("thousands_comma", "info", detail, action),)
    if seen.either:
        whole, fraction = seen.either.split(",")
        text = f"{name}: '{seen.either}' may mean {whole}.{fraction} or {whole}{fraction}, and no other number decides."
        raise UnreadableFile(f'{text} Write decimal = "," or decimal = "." in the manifest.', file=name)
    return ENGLISH, ()


def plain_number(text: str, mark: str) -> str:
    """A number with a decimal point and nothing else ('1,234.50' as '1234.50'); any other text as it is."""
    text = text.strip()
    if mark == GERMAN and COMMA.fullmatch(text):
        text = text.replace(".", "").replace(",", ".")
    elif mark == ENGLISH and (THOUSANDS.fullmatch(text) or EITHER.fullmatch(text)):
        text = text.replace(",", "")
    return _without_power(text) if POWER.search(text) and PLAIN.fullmatch(text) else text


def _without_power(text: str) -> str:
    try:
        number = Decimal(text)
    except InvalidOperation:  # pragma: no cover (PLAIN lets no such text pass)
        return text
    return text if abs(number.adjusted()) > 30 else format(number, "f")
