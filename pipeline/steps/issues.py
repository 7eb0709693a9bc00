"""Issues in words: what the row rules refused or mended becomes one row with file, line, sentence and action."""

import re
from collections import Counter
from dataclasses import dataclass, field

import pandas as pd

from pipeline.catalogue.reader_rules import SAID_BY_READERS
from pipeline.catalogue.rules import RULES, Rule
from pipeline.errors import file_name
from pipeline.readers.reading import Note
from pipeline.steps.meaning import SUBJECT_WORDS, Meaning

MOST_PER_RULE = 200
"""Issues listed one by one per file and rule; the rest are counted in one row and named in the raw rows."""

LONGEST_WORD = 80

COLUMNS = ("generation", "kind", "severity", "file", "line", "observation_id", "detail", "action", "source_id", "count")
TIME_WORDS = {
    "seconds": "seconds",
    "ms": "milliseconds",
    "hmsf": "hours:minutes:seconds",
    "hms_f": "hours:minutes:seconds and milliseconds",
}


@dataclass
class Log:
    """Collects the issues of an import. `files` maps source ids to shown paths, `time_rules` to how time is written."""

    generation: int
    files: dict[int, str]
    schemes: dict[int, str] = field(default_factory=dict)
    time_rules: dict[int, str] = field(default_factory=dict)
    meanings: dict[tuple[int, str, str, str], Meaning] = field(default_factory=dict)
    suggestions: dict[tuple[int, str], str] = field(default_factory=dict)
    refusals: Counter[tuple[int, str]] = field(default_factory=Counter)
    rows: list[dict[str, object]] = field(default_factory=list)

    def add(
        self,
        kind: str,
        source_id: int | None,
        line: int | None = None,
        *,
        file: str = "",
        observation_id: str | None = None,
        count: int = 1,
        **words: object,
    ) -> None:
        """One issue by its rule; `words` fill the rule's sentence."""
        rule = RULES[kind]
        named = {"observation_id": observation_id, "count": count, **words}
        self._row(
            rule,
            source_id,
            line,
            file,
            rule.sentence.format(**named),
            rule.action.format(**named),
            observation_id,
            count,
        )

    def note(self, source_id: int, note: Note) -> None:
        """An issue a reader worded itself."""
        self.refusals[source_id, note.kind] += note.rejects_row
        if self.refusals[source_id, note.kind] > MOST_PER_RULE:
            return
        rule = Rule(note.kind, note.severity, "", "", "")
        self._row(rule, source_id, note.line, "", begun_small(note.detail), note.action, None, note.count)

    def _row(
        self,
        rule: Rule,
        source_id: int | None,
        line: int | None,
        file: str,
        detail: str,
        action: str,
        observation_id: str | None,
        count: int,
    ) -> None:
        shown = file or self.files.get(source_id or -1, "")
        place = file_name(shown) + (f", line {line}" if line else "")
        text = detail if detail.startswith(file_name(shown)) and shown else f"{place}: {detail}" if place else detail
        values = (
            self.generation,
            rule.kind,
            rule.severity,
            shown,
            line,
            observation_id,
            text,
            action,
            source_id,
            count,
        )
        self.rows.append(dict(zip(COLUMNS, values, strict=True)))

    def refused(self, frame: pd.DataFrame) -> None:
        """Issues of refused rows (statement `refusals`)."""
        for row in frame.to_dict("records"):
            self._one(row)
            self._more(row)

    def noted(self, frame: pd.DataFrame) -> None:
        """Issues of mended or doubtful rows (statement `notes`)."""
        for row in frame.to_dict("records"):
            self._one(row)
            self._more(row)

    def _one(self, row: dict[str, object]) -> None:
        kind, source = str(row["reason"]), int(str(row["source_id"]))
        if kind in SAID_BY_READERS:
            return
        words = {
            name: told(value)
            for name, value in row.items()
            if name not in ("reason", "source_id", "line", "observation_id", "count")
        }
        count = 1 if _missing(row.get("count")) else int(str(row["count"]))
        self.add(
            kind,
            source,
            _integer(row["line"]),
            observation_id=_text(row["observation_id"]),
            count=count,
            **{**words, **self._words(row, source)},
        )

    def _words(self, row: dict[str, object], source: int) -> dict[str, str]:
        """What the sentence of a rule needs beyond the row: the scheme's words, suggestions, the other file."""
        key = (source, _shown(row.get("subject_text")), _shown(row.get("group_text")), _shown(row.get("code_text")))
        meaning = self.meanings.get(key, Meaning(None, None, None))
        other = row.get("other_source")
        suggestion = meaning.suggestion or self.suggestions.get((source, _shown(row.get("observation_text"))), "")
        return {
            "subject_word": SUBJECT_WORDS.get(_shown(row.get("subject")), "the subject"),
            "code": told(row.get("code")) or told(row.get("code_text")),
            "scheme": self.schemes.get(source, ""),
            "suggestion": suggestion,
            "known": meaning.known,
            "allowed": meaning.allowed,
            "time_text": self._time(row, source),
            "late": _seconds(max((row[name] for name in ("t0", "t1") if not _missing(row.get(name))), default=None)),
            "other_file": "" if _missing(other) else file_name(self.files.get(int(str(other)), "")),
            "seconds": _seconds(row.get("ms")),
            "ms": "" if _missing(row.get("ms")) else str(int(str(row["ms"]).split(".")[0])),
            **{name: _seconds(row.get(name)) for name in ("t0", "t1", "u0", "u1")},
        }

    def _time(self, row: dict[str, object], source: int) -> str:
        """Which of the two times is missing or cannot be read: the start where it has no value, else the end."""
        end = not _missing(row.get("t0"))
        text = told(row.get("stop_text" if end else "onset_text"))
        if not text:
            return f"the row has no {'end' if end else 'time'}"
        how = TIME_WORDS.get(self.time_rules.get(source, ""), "a time")
        return f"the {'end' if end else 'time'} '{text}' cannot be read as {how}"

    def _more(self, row: dict[str, object]) -> None:
        """One row that counts what lies beyond the listed ones."""
        if row["nth"] == MOST_PER_RULE and row["total"] > row["nth"]:
            rest = int(str(row["total"])) - MOST_PER_RULE
            self.add(
                "more_of_these", int(str(row["source_id"])), count=rest, title=RULES[str(row["reason"])].title.lower()
            )

    def frame(self) -> pd.DataFrame:
        """All issues with the columns of table `issue`."""
        frame = pd.DataFrame(self.rows, columns=list(COLUMNS))
        return frame.astype({"line": "Int64", "source_id": "Int64", "observation_id": "str"}) if len(frame) else frame


def told(value: object) -> str:
    """A word of the file as a sentence can hold it: on one line, at most 80 letters."""
    text = " ".join(_shown(value).split())
    return text if len(text) <= LONGEST_WORD else text[: LONGEST_WORD - 1] + "…"


def begun_small(sentence: str) -> str:
    """The sentence of a reader as it goes on after a file's name: 'The row has ...' as 'the row has ...'."""
    plain = re.match(r"(A|[A-Z][a-z]+) ", sentence)
    return sentence[0].lower() + sentence[1:] if plain else sentence


def _missing(value: object) -> bool:
    return value is None or bool(pd.isna(value))


def _shown(value: object) -> str:
    if _missing(value):
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _text(value: object) -> str | None:
    return None if _missing(value) else str(value)


def _integer(value: object) -> int | None:
    return None if _missing(value) else int(str(value).split(".")[0])


def _seconds(ms: object) -> str:
    """Milliseconds as seconds, without needless zeros."""
    if _missing(ms):
        return ""
    return f"{int(str(ms).split('.')[0]) / 1000:.3f}".rstrip("0").rstrip(".")
