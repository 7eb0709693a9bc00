"""Words for readers, on the screen and in files: from names in the data to plain language."""

SUBJECTS = {"infant": "Infant", "caregiver1": "Caregiver", "caregiver2": "Second caregiver", "sibling": "Sibling"}
NOT_RECORDED = "Not recorded"
MINUS = "\u2212"


def plain(value: object) -> str:
    """A value of the data as a reader sees it: 'free_play' becomes 'Free play'; missing becomes 'Not recorded'."""
    if value is None or value != value:
        return NOT_RECORDED
    text = str(value).replace("_", " ").strip()
    return text[:1].upper() + text[1:]


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


def decimal(value: float, digits: int = 2) -> str:
    """A number with its decimals and a minus sign; what rounds to nothing has no sign."""
    text = f"{value:.{digits}f}"
    return (text.removeprefix("-") if not float(text) else text).replace("-", MINUS)
