"""Column names: found by name, whatever their case, blanks, underscores and order."""

import re
from collections.abc import Iterable, Mapping

NOT_ALPHANUMERIC = re.compile(r"[\W_]+")

Fields = Mapping[str, tuple[str, ...]]
"""Our field -> names a file may use for it, folded."""


def folded(name: str) -> str:
    """'Event_Type', 'event type' and 'Event Type ' are one name: 'eventtype'."""
    return NOT_ALPHANUMERIC.sub("", name.casefold())


def find_columns(names: Iterable[str], fields: Fields) -> dict[str, int]:
    """Position of each known field; the first of two columns of one name wins."""
    by_name: dict[str, int] = {}
    for position, name in enumerate(names):
        by_name.setdefault(folded(name), position)
    hits = {field: [by_name[alias] for alias in aliases if alias in by_name] for field, aliases in fields.items()}
    return {field: positions[0] for field, positions in hits.items() if positions}


def numbered(names: Iterable[str], stem: str) -> tuple[int, ...]:
    """Positions of stem, stem_1, stem #2, ... in the order of their numbers."""
    pattern = re.compile(rf"{stem}(\d{{0,9}})")
    found = [(pattern.fullmatch(folded(name)), position) for position, name in enumerate(names)]
    return tuple(position for _, position in sorted((int(hit[1] or 0), position) for hit, position in found if hit))


def repeated(names: Iterable[str], name: str) -> bool:
    """True when the name heads more than one column."""
    return sum(folded(each) == name for each in names) > 1
