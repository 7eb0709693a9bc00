"""Which filters a study offers: only those that can matter in its observations. No streamlit here."""

import json
import math
from collections.abc import Mapping

import pandas as pd

from pages.parts.filter_kinds import Choice, Filter, Flag, Range, Recorded
from pages.parts.words import NOT_RECORDED, plain
from pipeline.selection import Selection, Value

WHO, RECORDING, SCORES, BACKGROUND, QUALITY = (
    "Caregiver and child",
    "Recording",
    "Questionnaire scores",
    "Family background",
    "Data quality",
)
SECTIONS = (WHO, RECORDING, SCORES, BACKGROUND, QUALITY)
CHOICES = (
    ("role", "role", "Caregiver", WHO),
    ("child_sex", "child_sex", "Child's sex", WHO),
    ("birth_order", "birth_order", "Birth order of the child", WHO),
    ("activity", "activity", "Activity", RECORDING),
    ("visit", "visit", "Visit", RECORDING),
    ("camera", "camera", "Camera", RECORDING),
    ("cameras", "camera_count", "Cameras with usable film", QUALITY),
)
MANY_STEPS = 100


def offered(frame: pd.DataFrame, instruments: pd.DataFrame, variables: pd.DataFrame) -> tuple[Filter, ...]:
    """The filters that can matter in this wide observation frame, in the order of the sidebar."""
    found = [
        *(_choice(frame, *choice) for choice in CHOICES),
        _span(frame, "age", "infant_age_months", "Infant's age", RECORDING, "months"),
        *(_score(frame, row) for row in instruments.itertuples()),
        _recorded(frame, instruments, variables),
        *(_variable(frame, row) for row in variables.itertuples()),
        *_quality(frame),
    ]
    kept = [one for one in found if one is not None]
    return tuple(sorted(kept, key=lambda one: SECTIONS.index(one.section)))


def narrowed(filters: tuple[Filter, ...], answers: Mapping[str, object], start: Selection) -> Selection:
    """The selection that the answers (by filter key) ask for; an answer that cannot be is as if not given."""
    for one in filters:
        start = one.narrow(start, answers.get(one.key, one.default))
    return start


def sentences(filters: tuple[Filter, ...], answers: Mapping[str, object]) -> tuple[str, ...]:
    """One phrase per filter that narrows."""
    said = (one.says(answers.get(one.key, one.default)) for one in filters)
    return tuple(phrase for phrase in said if phrase)


def _choice(
    frame: pd.DataFrame, key: str, column: str, label: str, section: str, order: list[str] | None = None
) -> Choice | None:
    recorded = frame[column].dropna().unique().tolist()
    known = [value for value in order or [] if value in recorded]
    values = known + sorted((value for value in recorded if value not in known), key=str)
    options = [(value, _value_words(column, value)) for value in values]
    if frame[column].isna().any():
        options.append((None, NOT_RECORDED))
    return Choice(key, column, label, section, _told_apart(options)) if len(options) > 1 else None


def _value_words(column: str, value: Value) -> str:
    if column == "camera_count":
        return {1: "One camera", 2: "Two cameras"}.get(int(value), f"{int(value)} cameras")
    return plain(value)


def _told_apart(options: list[tuple[Value, str]]) -> tuple[tuple[Value, str], ...]:
    """Two values that read the same ('free_play', 'Free play') are shown as they stand in the data."""
    words = [word for _, word in options]
    return tuple((value, word if words.count(word) == 1 or value is None else str(value)) for value, word in options)


def _score(frame: pd.DataFrame, instrument: tuple) -> Range | None:
    column = f"score:{instrument.instrument}"
    label = f"{instrument.instrument} ({instrument.short_title[:1].lower()}{instrument.short_title[1:]})"
    limits = (instrument.low, instrument.high)
    return _span(frame, f"score.{instrument.instrument}", column, label, SCORES, limits=limits)


def _recorded(frame: pd.DataFrame, instruments: pd.DataFrame, variables: pd.DataFrame) -> Recorded | None:
    named = [(f"score:{name}", name) for name in instruments["instrument"]]
    named += [(f"var:{row.name}", row.label) for row in variables.itertuples(index=False)]
    options = [(column, words) for column, words in named if frame[column].isna().any() and frame[column].notna().any()]
    return Recorded("recorded", "Must be recorded", SCORES, tuple(options)) if options else None


def _variable(frame: pd.DataFrame, variable: tuple) -> Filter | None:
    key, column = f"var.{variable.name}", f"var:{variable.name}"
    if variable.kind == "numeric":
        return _span(frame, key, column, variable.label, BACKGROUND, variable.unit)
    label = f"{variable.label} ({variable.unit})" if variable.unit else variable.label
    return _choice(frame, key, column, label, BACKGROUND, json.loads(variable.levels))


def _quality(frame: pd.DataFrame) -> list[Filter | None]:
    minutes = frame["length_ms"] / 60_000
    share = frame["not_visible_share"] * 100
    found: list[Filter | None] = []
    if minutes.nunique() > 1:
        low, high, _ = _limits(minutes, None)
        low, high = math.floor(low * 2) / 2, math.ceil(high * 2) / 2
        unit = {"unit": "minutes", "times": 60_000}
        found.append(Range("length", "length_ms", "Recording length", QUALITY, low, high, 0.5, ends="low", **unit))
    if share.nunique() > 1:
        high = max(5, math.ceil(share.max() / 5) * 5)
        found.append(
            Range("hidden", "not_visible_share", "Not visible", QUALITY, 0, high, 1, "%", ends="high", over=100)
        )
    if frame["double_coded"].nunique() > 1:
        found.append(Flag("double", "double_coded", "Coded by two people", QUALITY))
    return found


def _span(
    frame: pd.DataFrame,
    key: str,
    column: str,
    label: str,
    section: str,
    unit: str = "",
    limits: tuple[float, float] | None = None,
) -> Range | None:
    numbers = frame[column].dropna()
    if numbers.nunique() < 2:
        return None
    low, high, step = _limits(numbers, limits)
    return Range(key, column, label, section, low, high, step, unit)


def _limits(numbers: pd.Series, wanted: tuple[float, float] | None) -> tuple[float, float, float]:
    """Round limits that hold every number, and a round step of at most MANY_STEPS places (1 for whole numbers)."""
    least, most = float(numbers.min()), float(numbers.max())
    if wanted is not None:
        least, most = min(least, wanted[0]), max(most, wanted[1])
    whole = bool((numbers % 1 == 0).all()) and least % 1 == 0 and most % 1 == 0
    step = 10.0 ** math.ceil(math.log10((most - least) / MANY_STEPS))
    if whole:
        step = max(step, 1.0)
    places = max(0, -round(math.log10(step)))
    low, high = round(math.floor(least / step) * step, places), round(math.ceil(most / step) * step, places)
    return (int(low), int(high), int(step)) if whole else (low, high, step)
