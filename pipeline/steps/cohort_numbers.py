"""Numbers of a study's tables, with an issue for every one that cannot be used."""

from decimal import Decimal

from pipeline.steps.cohort_log import Log, Place
from pipeline.steps.cohort_values import MISSING_CODES, looks_missing, number


def numeric(
    text: str,
    place: Place,
    name: str,
    log: Log,
    decimal: str,
    typed: bool,
    low: float | None = None,
    high: float | None = None,
) -> Decimal | None:
    """The number in a cell, None when it is empty, no number or beyond `low` and `high`; the last two are issues."""
    if not text:
        return None
    value = number(text, decimal, typed)
    if value is None:
        _not_a_number(text, place, name, log, decimal)
    elif (low is not None and value < low) or (high is not None and value > high):
        kind = "suspicious_missing_code" if text in MISSING_CODES else "out_of_range"
        hint = " It looks like a code for 'not given': add it to missing." if text in MISSING_CODES else " Correct it."
        allowed = f"between {low:g} and {high:g}" if high is not None else f"{low:g} or more"
        log.issue(
            kind, "warning", place, f"The {name} is not {allowed}.", f"The value was left out, the row kept.{hint}"
        )
        return None
    return value


def _not_a_number(text: str, place: Place, name: str, log: Log, decimal: str) -> None:
    if looks_missing(text):
        hint = f"If '{text}' means 'not given', add it to missing."
    elif "," in text and decimal == ".":
        hint = "If it has a decimal comma, declare decimal = ','."
    elif "." in text and decimal == ",":
        hint = "A decimal comma is declared, but this one has a point."
    else:
        hint = "Correct it."
    detail = f"The {name} is not a number."
    log.issue("not_a_number", "warning", place, detail, f"The value was left out, the row kept. {hint}")
