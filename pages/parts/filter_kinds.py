"""The kinds of filter: each knows its safe answer, what it narrows and how to say it. No streamlit here."""

from dataclasses import dataclass, replace

from pages.parts.words import number, one_of
from pipeline.selection import Selection, Value


@dataclass(frozen=True)
class Choice:
    """Some of the values of a column; nothing chosen means all. `options` pairs each value with its words."""

    key: str
    column: str
    label: str
    section: str
    options: tuple[tuple[Value, str], ...]

    @property
    def default(self) -> tuple[str, ...]:
        """The answer that narrows nothing."""
        return ()

    @property
    def words(self) -> tuple[str, ...]:
        """The options as shown."""
        return tuple(words for _, words in self.options)

    def checked(self, answer: object) -> tuple[str, ...]:
        """Those of the answers that are options; anything else is dropped. All of them is the same as none."""
        given = answer if isinstance(answer, list | tuple) else ()
        kept = tuple(words for words in self.words if words in given)
        return () if len(kept) == len(self.words) else kept

    def narrow(self, selection: Selection, answer: object) -> Selection:
        """The selection with this filter added."""
        kept = self.checked(answer)
        values = tuple(value for value, words in self.options if words in kept)
        return replace(selection, choices=(*selection.choices, (self.column, values))) if kept else selection

    def says(self, answer: object) -> str:
        """What the filter does, or ''."""
        kept = self.checked(answer)
        return f"{self.label}: {one_of(kept)}" if kept else ""


@dataclass(frozen=True)
class Recorded:
    """Columns that must not be missing; nothing chosen means no demand."""

    key: str
    label: str
    section: str
    options: tuple[tuple[str, str], ...]

    default = Choice.default
    words = Choice.words

    def checked(self, answer: object) -> tuple[str, ...]:
        """Those of the answers that are options."""
        given = answer if isinstance(answer, list | tuple) else ()
        return tuple(words for words in self.words if words in given)

    def narrow(self, selection: Selection, answer: object) -> Selection:
        """The selection with this filter added."""
        kept = self.checked(answer)
        columns = tuple(column for column, words in self.options if words in kept)
        return replace(selection, complete=(*selection.complete, *columns))

    def says(self, answer: object) -> str:
        """What the filter does, or ''."""
        kept = self.checked(answer)
        return f"{one_of(kept, 'and')} recorded" if kept else ""


@dataclass(frozen=True)
class Range:
    """Numbers of a column between two ends (`ends` = 'both'), from an end up ('low') or up to an end ('high').

    `low`, `high` and `step` are in the unit on the screen; a value of the column is that times `times` over `over`.
    """

    key: str
    column: str
    label: str
    section: str
    low: float
    high: float
    step: float
    unit: str = ""
    ends: str = "both"
    times: int = 1
    over: int = 1

    @property
    def default(self) -> tuple[float, float] | float:
        """The answer that narrows nothing."""
        return {"both": (self.low, self.high), "low": self.low, "high": self.high}[self.ends]

    def checked(self, answer: object) -> tuple[float, float]:
        """Both ends, inside the limits and in order; what cannot be read as that is the whole range."""
        ends = {"low": (answer, self.high), "high": (self.low, answer)}.get(self.ends, answer)
        try:
            first, last = (float(end) for end in ends)
        except (TypeError, ValueError):
            return self.low, self.high
        sensible = self.low <= first <= last <= self.high
        return (first, last) if sensible else (self.low, self.high)

    def narrow(self, selection: Selection, answer: object) -> Selection:
        """The selection with this filter added; an end left at its limit stays open."""
        first, last = self.checked(answer)
        if (first, last) == (self.low, self.high):
            return selection
        low, high = (end * self.times / self.over for end in (first, last))
        low, high = None if first == self.low else low, None if last == self.high else high
        return replace(selection, ranges=(*selection.ranges, (self.column, low, high)))

    def says(self, answer: object) -> str:
        """What the filter does, or ''."""
        first, last = self.checked(answer)
        unit = f" {self.unit}" if self.unit and self.unit != "%" else self.unit
        if first == self.low and last == self.high:
            return ""
        if last == self.high:
            return f"{self.label}: at least {number(first)}{unit}"
        if first == self.low:
            return f"{self.label}: at most {number(last)}{unit}"
        return f"{self.label}: {number(first)} to {number(last)}{unit}"


@dataclass(frozen=True)
class Flag:
    """A column that must be true."""

    key: str
    column: str
    label: str
    section: str
    default: bool = False

    def checked(self, answer: object) -> bool:
        """True only when it was switched on."""
        return answer is True

    def narrow(self, selection: Selection, answer: object) -> Selection:
        """The selection with this filter added."""
        wanted = replace(selection, choices=(*selection.choices, (self.column, (True,))))
        return wanted if self.checked(answer) else selection

    def says(self, answer: object) -> str:
        """What the filter does, or ''."""
        return self.label if self.checked(answer) else ""


Filter = Choice | Recorded | Range | Flag
