"""Cells of a study's tables as values: numbers, units, dates by the declared order, identifiers. Nothing is guessed."""

import re
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal

from pipeline.readers.table import INVISIBLE

NUMBER = re.compile(r"[+-]?(\d+([.]\d*)?|[.]\d+)([eE][+-]?\d{1,2})?", re.ASCII)
ISO_DATE = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[ T].*)?")
WRITTEN_DATE = re.compile(r"(\d{1,4})[./\-\s]\s*(\d{1,2})[./\-\s]\s*(\d{1,4})(?:[ T]\d.*)?")
EXCEL_SERIAL = re.compile(r"\d{5}(?:[.]\d+)?")
EXCEL_DAY_ZERO = date(1899, 12, 30)
DAYS_PER_MONTH = Decimal("30.4375")  # 365.25 / 12

MISSING_CODES = frozenset(["-9", "-99", "-999", "-9999", "-8", "-88", "-888", "-7", "-77", "99", "999", "9999"])
"""Numbers that many questionnaires write for 'not given': pointed out, never taken for missing unless declared."""
MISSING_WORDS = frozenset({".", "na", "n/a", "nan", "null", "none", "missing", "-", "--", "?", "#n/a", "unknown"})

MONTHS = {"months": Decimal(1), "weeks": 7 / DAYS_PER_MONTH, "days": 1 / DAYS_PER_MONTH, "years": Decimal(12)}
YEARS = {"years": Decimal(1), "months": 1 / Decimal(12), "weeks": 7 / Decimal("365.25"), "days": 1 / Decimal("365.25")}
MILLISECONDS = {"ms": Decimal(1), "s": Decimal(1_000), "min": Decimal(60_000)}


def number(text: str, decimal: str, typed: bool = False) -> Decimal | None:
    """The number written in a cell, None when it is none. `decimal` is the declared mark; in a cell of Excel
    (`typed`) a point is right as well. Thousands separators are never read."""
    if decimal == "," and not ("." in text and typed):
        if "." in text:
            return None
        text = text.replace(",", ".", 1)
    return Decimal(text) if NUMBER.fullmatch(text) else None


def milliseconds(value: Decimal) -> int:
    """Whole milliseconds, halves to the even one."""
    return int(value.to_integral_value(ROUND_HALF_EVEN))


def looks_missing(text: str) -> bool:
    """True for the usual ways of writing 'not given'."""
    return text in MISSING_CODES or text.casefold() in MISSING_WORDS


def read_date(text: str, order: str) -> tuple[date | None, bool]:
    """(the date, True when it was an Excel serial number). ISO dates fit any order; years have four digits."""
    if found := ISO_DATE.fullmatch(text):
        return _date(*map(int, found.groups())), False
    if EXCEL_SERIAL.fullmatch(text):
        return EXCEL_DAY_ZERO + timedelta(days=int(float(text))), True
    if (found := WRITTEN_DATE.fullmatch(text)) is None:
        return None, False
    parts = dict(zip(order, found.groups(), strict=True))
    if len(parts["y"]) != 4 or max(len(parts["m"]), len(parts["d"])) > 2:
        return None, False
    return _date(int(parts["y"]), int(parts["m"]), int(parts["d"])), False


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def decimal_year(day: date) -> float:
    """1 January 2023 = 2023.0; 2 July 2023 (noon of the year) = 2023.4986."""
    start, end = date(day.year, 1, 1), date(day.year + 1, 1, 1)
    return day.year + (day - start).days / (end - start).days


def id_key(identifier: str) -> str:
    """What is left of an identifier without case, blanks and zero-width characters: alike means easily confused."""
    return "".join(letter for letter in identifier.casefold() if not letter.isspace() and letter not in INVISIBLE)
