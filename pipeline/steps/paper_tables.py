"""Released frames as the tables papers print: estimate and interval in one cell, sections, notes; for Word.

Only what was released is printed: a hidden cell is the symbol of every hidden cell.
"""

import re
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

from pipeline.plain_words import MINUS, plain
from pipeline.steps import paper_fit
from pipeline.steps.release import SYMBOL, ReleasedFrame, shown
from pipeline.writers.word_table import INDENT, WordTable

MOST_DECIMALS = 3
MOST_ROWS, MOST_COLUMNS = 200, 16
"""A longer table is no table for a paper: it leaves as CSV."""
NOTHING, SPACE = "\u2013", "\u00a0"
NUMBERS, LONGEST_NUMBER = re.compile("[<+\u2212-]?[\\d.]"), 26
INTERVAL = "[95\u00a0%\u00a0CI]"


def fits(released: ReleasedFrame) -> bool:
    """Whether the frame is small enough for a table in a paper."""
    return 0 < len(released.frame) <= MOST_ROWS and 0 < len(released.frame.columns) <= MOST_COLUMNS


def as_shown(released: ReleasedFrame, title: str, notes: Sequence[str] = ()) -> WordTable:
    """The frame column by column, as it stands on the screen: numbers with as many decimals as their column needs."""
    frame = _of(released)
    columns = {name: _texts(frame[name], released.frame[name]) for name in frame}
    numeric = [place for place, texts in enumerate(columns.values()) if _all_numbers(texts)]
    rows = tuple(zip(*columns.values(), strict=True))
    return WordTable(title, tuple(map(str, columns)), rows, _notes(released, notes), frozenset(numeric))


def sample(released: ReleasedFrame, title: str, notes: Sequence[str] = ()) -> WordTable:
    """Table 1: the sample. Columns of the frame: characteristic, level, unit, n, percent, mean, sd, median, q1, q3,
    missing.
    """
    rows: list[tuple[str, ...]] = []
    for (label, unit), part in _of(released).groupby(["characteristic", "unit"], sort=False, observed=True):
        head, lines = f"{label} ({unit})", [_person(row) for row in part.to_dict("records")]
        if len(part) == 1 and not part["level"].iloc[0]:
            rows.append((head, *lines[0][1:]))
        else:
            rows += [(head,), *lines]
        if not _same(missing := part["missing"].iloc[0], 0):
            rows.append((f"{INDENT}Not recorded", _whole(missing), "", ""))
    return WordTable(title, ("", "n (%)", "Mean (SD)", "Median [quartiles]"), tuple(rows), _notes(released, notes),
                     frozenset({1, 2, 3}))  # fmt: skip


def _person(row: dict) -> tuple[str, ...]:
    """One line of Table 1; what was not released (percentages, means) stays out."""
    known = {name: value for name, value in row.items() if not _missing(value)}
    share = f"{SPACE}({_number(known['percent'], 0)})" if "percent" in known else ""
    mean = _number(known["mean"], 1) if "mean" in known else ""
    spread = f"{SPACE}({_number(known['sd'], 1)})" if "sd" in known else ""
    middle = [_number(known[name], 1) for name in ("median", "q1", "q3") if name in known]
    median = f"{middle[0]}{SPACE}[{middle[1]},{SPACE}{middle[2]}]" if len(middle) == 3 else "".join(middle)
    return f"{INDENT}{plain(row['level'])}", f"{_whole(row['n'])}{share}", f"{mean}{spread}", median


def durations(released: ReleasedFrame, title: str, unit: str, notes: Sequence[str] = ()) -> WordTable:
    """Mean share per person and code. Columns: person, code, level, mean, low, high, observations_with, observations,
    dyads, families.
    """
    frame = _of(released)
    split = bool((frame["level"].astype("str") != "").any())
    decimals = 2 if unit == "SD" else 1
    cells: dict[str, Callable[[dict], str]] = {"Behaviour": lambda row: str(row["code"])}
    if split:
        cells["Group"] = lambda row: str(row["level"])
    cells |= {
        f"Mean ({unit}) {INTERVAL}": lambda row: interval(row, "mean", decimals),
        "Seen in": lambda row: _whole(row["observations_with"]),
        "Observations": lambda row: _whole(row["observations"]),
        "Dyads": lambda row: _whole(row["dyads"]),
        "Families": lambda row: _whole(row["families"]),
    }
    words = 2 if split else 1
    said = "Seen in: observations in which the behaviour occurs. Intervals by family (95 %)."
    return _sections(released, frame, "person", cells, title, (said, *notes), words)


def agreement(released: ReleasedFrame, title: str, notes: Sequence[str] = ()) -> WordTable:
    """Kappa per pool. Columns: behaviour, who, compared, kappa, low, high, agreement, recordings, families, note."""
    frame = _of(released)
    cells: dict[str, Callable[[dict], str]] = {
        "Of whom": lambda row: str(row["who"]),
        f"Kappa {INTERVAL}": lambda row: interval(row, "kappa", 2),
        "Agreement (%)": lambda row: "" if _missing(row["agreement"]) else _number(row["agreement"], 0),
        "Recordings": lambda row: _whole(row["recordings"]),
        "Families": lambda row: _whole(row["families"]),
        "Note": lambda row: "" if _missing(row["note"]) else str(row["note"]),
    }
    if frame["note"].map(lambda one: _missing(one) or not one).all():
        del cells["Note"]
    return _sections(released, frame, "behaviour", cells, title, notes, 1)


def over_episodes(
    released: ReleasedFrame, title: str, episodes: dict[str, str], unit: str, notes: Sequence[str] = ()
) -> WordTable:
    """Means of each code per episode side by side. Columns: name, episode, mean, low, high, observations, families;
    `episodes`: name in the data -> heading, in order.
    """
    frame, rows = _of(released), []
    for name, part in frame.groupby("name", sort=False, observed=True):
        found = {row["episode"]: row for row in part.to_dict("records")}
        means = [interval(found[one], "mean", 1) if one in found else NOTHING for one in episodes]
        rest = part.iloc[0]
        rows.append((str(name), *means, _whole(rest["observations"]), _whole(rest["families"])))
    columns = ("Code", *(f"{one} ({unit}) {INTERVAL}" for one in episodes.values()), "Sessions", "Families")
    return WordTable(title, columns, tuple(rows), _notes(released, notes), frozenset(range(1, len(columns))))


def changes(
    released: ReleasedFrame, title: str, pairs: Sequence[tuple[str, str]], episodes: dict[str, str], unit: str,
    notes: Sequence[str] = (),
) -> WordTable:  # fmt: skip
    """Changes of each code between episodes, in the order of `pairs`. Columns: name, first, second, mean, low, high,
    observations, families.
    """
    frame = _of(released)
    known = frame[~frame["mean"].map(_missing)]
    order = {pair: place for place, pair in enumerate(pairs)}
    places = [order.get(pair, len(order)) for pair in zip(known["first"], known["second"], strict=True)]
    known = known.assign(place=places).sort_values("place", kind="stable")
    known = pd.concat([known[known["name"] == name] for name in dict.fromkeys(frame["name"])])
    cells: dict[str, Callable[[dict], str]] = {
        "Change": lambda row: f"{episodes[row['first']]} \u2192 {episodes[row['second']]}",
        f"Mean ({unit}) {INTERVAL}": lambda row: interval(row, "mean", 1, sign=True),
        "Sessions": lambda row: _whole(row["observations"]),
        "Families": lambda row: _whole(row["families"]),
    }
    return _sections(released, known, "name", cells, title, notes, 1)


def fit(export: paper_fit.Export) -> WordTable:
    """Estimate and 95 % CrI per model, a section per person, clear ones marked; a fit that failed says so."""
    frame = paper_fit.table_of(export).astype("str")
    columns = [paper_fit.BEHAVIOUR, paper_fit.ROWS, paper_fit.OF_UNITS, *paper_fit.columns_of(export)]
    rows: list[tuple[str, ...]] = []
    for person, part in frame.groupby(paper_fit.PERSON, sort=False):
        rows += [(str(person),), *part[columns].itertuples(index=False, name=None)]
    numbers = frozenset(range(1, len(columns)))
    return WordTable(paper_fit.caption(export), tuple(columns), tuple(rows), tuple(paper_fit.notes(export)), numbers)


def interval(row: dict, name: str, decimals: int, sign: bool = False) -> str:
    """'12.3 [10.1, 14.9]'; without an interval the estimate alone; a hidden one is the symbol."""
    if _missing(row[name]):
        return NOTHING
    if row[name] == SYMBOL:
        return SYMBOL
    estimate = _number(row[name], decimals, sign)
    if _missing(row["low"]) or _missing(row["high"]):
        return estimate
    low, high = (_number(row[one], decimals, sign) for one in ("low", "high"))
    return f"{estimate}{SPACE}[{low},{SPACE}{high}]"


def _sections(
    released: ReleasedFrame,
    frame: pd.DataFrame,
    by: str,
    cells: dict[str, Callable[[dict], str]],
    title: str,
    notes: Sequence[str],
    words: int,
) -> WordTable:
    """A heading per value of `by`, below it one line per row; the first `words` columns are words."""
    rows: list[tuple[str, ...]] = []
    for name, part in frame.groupby(by, sort=False, observed=True):
        rows.append((str(name),))
        rows += [tuple(make(row) for make in cells.values()) for row in part.to_dict("records")]
    numbers = frozenset(place for place, name in enumerate(cells) if place >= words and name != "Note")
    return WordTable(title, tuple(cells), tuple(rows), _notes(released, notes), numbers)


def _of(released: ReleasedFrame) -> pd.DataFrame:
    if not isinstance(released, ReleasedFrame):
        raise TypeError("only a ReleasedFrame may leave: pass the frame through release() first")
    return shown(released)


def _notes(released: ReleasedFrame, notes: Sequence[str]) -> tuple[str, ...]:
    """The notes, and what is hidden."""
    return tuple(note for note in (*notes, released.note) if note)


def _texts(column: pd.Series, numbers: pd.Series) -> list[str]:
    decimals = _decimals(numbers) if pd.api.types.is_float_dtype(numbers) else 0
    return [_text(value, decimals) for value in column]


def _all_numbers(texts: list[str]) -> bool:
    """Whether a column holds short numbers, with their intervals or in brackets what is compared with them."""
    known = [text for text in texts if text not in ("", SYMBOL, NOTHING)]
    return bool(known) and all(NUMBERS.match(text) and len(text) <= LONGEST_NUMBER for text in known)


def _decimals(column: pd.Series) -> int:
    """As many decimals as the column needs: none to three."""
    values = column[np.isfinite(column)]
    exact = (number for number in range(MOST_DECIMALS) if np.allclose(values, values.round(number), rtol=0, atol=1e-9))
    return next(exact, MOST_DECIMALS)


def _text(value: object, decimals: int) -> str:
    if _missing(value):
        return ""
    if isinstance(value, pd.Timestamp):
        return f"{value:%d %b %Y %H:%M}"
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    is_number = isinstance(value, int | float | np.integer | np.floating)
    return _number(value, decimals) if is_number else str(value)


def _number(value: object, decimals: int, sign: bool = False) -> str:
    """A number with its decimals, a minus sign where it is negative, none where it rounds to nothing."""
    if value == SYMBOL:
        return SYMBOL
    text = f"{float(value):{'+' if sign else ''},.{decimals}f}"
    if not float(text.replace(",", "")):
        text = text.lstrip("+-")
    return text.replace("-", MINUS)


def _whole(value: object) -> str:
    return NOTHING if _missing(value) else _number(value, 0)


def _missing(value: object) -> bool:
    return value is None or bool(np.isscalar(value) and pd.isna(value)) or value is pd.NA


def _same(value: object, number: int) -> bool:
    return _missing(value) or (value != SYMBOL and value == number)
