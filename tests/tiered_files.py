"""Small ELAN, Datavyu and INTERACT files, drawn in a few words."""

from xml.sax.saxutils import escape, quoteattr

from tests.bad_files.case import packed

INTERACT = "Level,Description,Number,Onset_Time,Offset_Time,Duration_Time,Face,Voice\n"
DB = "#4\r\n"
HANDS = "hands (MATRIX,true,)-hand|NOMINAL,look|NOMINAL\r\n"


def slots(times: str) -> str:
    """'0 4000 ?' as the time slots ts1, ts2 and ts3, the last without a time."""
    lines = []
    for number, word in enumerate(times.split(), start=1):
        value = "" if word == "?" else f' TIME_VALUE="{word}"'
        lines.append(f'<TIME_SLOT TIME_SLOT_ID="ts{number}"{value}/>')
    return "\n".join(["<TIME_ORDER>", *lines, "</TIME_ORDER>"])


def tier(name: str, *annotations: str, who: str = "Infant", parent: str = "", more: str = "", end: str = "\n") -> str:
    """A tier; 'a1 1-2 Smile' is an annotation from ts1 to ts2, 'b1 >a1 strong' one that refers to a1."""
    of = f" PARENT_REF={quoteattr(parent)}" if parent else ""
    lines = [f"<TIER TIER_ID={quoteattr(name)} PARTICIPANT={quoteattr(who)}{of}{more}>"]
    for drawn in annotations:
        identity, place, value = (*drawn.split(" ", 2), "")[:3]
        if place.startswith(">"):
            lines.append(_annotation("REF", f'ANNOTATION_ID="{identity}" ANNOTATION_REF="{place[1:]}"', value))
        else:
            start, stop = place.split("-")
            ends = f'TIME_SLOT_REF1="ts{start}" TIME_SLOT_REF2="ts{stop}"'
            lines.append(_annotation("ALIGNABLE", f'ANNOTATION_ID="{identity}" {ends}', value))
    return end.join([*lines, "</TIER>"])


def _annotation(kind: str, attributes: str, value: str) -> str:
    inner = f"<ANNOTATION_VALUE>{escape(value)}</ANNOTATION_VALUE>"
    return f"<ANNOTATION><{kind}_ANNOTATION {attributes}>{inner}</{kind}_ANNOTATION></ANNOTATION>"


def eaf(times: str, *tiers: str, header: str = '<HEADER TIME_UNITS="milliseconds"/>') -> str:
    """An ELAN file; the first time slot stands in line 5, the first tier after them."""
    begin = ['<?xml version="1.0" encoding="UTF-8"?>', '<ANNOTATION_DOCUMENT FORMAT="3.0">', header]
    return "\n".join([*begin, slots(times), *tiers, "</ANNOTATION_DOCUMENT>", ""])


def opf(database: str | bytes, **members: bytes) -> bytes:
    """A Datavyu project with this `db`."""
    content = database.encode() if isinstance(database, str) else database
    return packed({"project": b"!project\r\nversion: 5\r\n", "db": content, **members})()
