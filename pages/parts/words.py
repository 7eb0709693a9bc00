"""Words on the screen: from names in the data to plain language."""

import re

SUBJECTS = {"infant": "Infant", "caregiver1": "Caregiver", "caregiver2": "Second caregiver", "sibling": "Sibling"}
CODERS = {"openface": "OpenFace", "model:blendshape": "Dyadscope's own face model"}
"""Programs that code: name in the data -> on the screen."""
NOT_RECORDED = "Not recorded"
_MARKDOWN = re.compile(r"([\\`*_\[\]#|~<>$]|:(?=\S))")


def plain(value: object) -> str:
    """A value of the data as a reader sees it: 'free_play' becomes 'Free play'; missing becomes 'Not recorded'."""
    if value is None or value != value:
        return NOT_RECORDED
    text = str(value).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


def coder(name: str) -> str:
    """A coder as a reader sees it: programs by their own name, people by the name in the data."""
    return CODERS.get(name, name)


def escape(text: str) -> str:
    """Text from the data inside a markdown sentence or a widget label: nothing in it is read as markdown."""
    return _MARKDOWN.sub(r"\\\1", text.replace("\n", " "))


def one_of(names: "list[str] | tuple[str, ...]", last: str = "or") -> str:
    """'a', 'a or b', 'a, b or c'."""
    names = list(names)
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} {last} {names[-1]}" if names else ""


def number(value: float) -> str:
    """A number without a trailing '.0': 7.0 becomes '7', 7.25 stays."""
    return f"{value:g}"


def percent(share: float) -> str:
    """A share as a person says it: '31 %', '<1 %', '0 %' only where it is nothing."""
    return "<1 %" if 0 < share <= 0.005 else f"{100 * share:.0f} %"


def counted(count: int, one: str, many: str | None = None) -> str:
    """'1 family', '97 families', '1,204 dyads'."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"
