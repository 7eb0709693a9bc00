"""Faults put into a few files on purpose, as they happen in real coding; each says which rows the import should
point at.

A fault takes the rows of one file and gives them back changed; the rows it spoilt carry its name in `Mark.fault`, so
that the line is known once the file is written. Spoilt bouts lie in the middle of a stream and leave a hole in it.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace

from pipeline.demo.marks import Fault, Mark

OVERRUN_MS = 1_480
OVERLAP_MS = 640
LEAVES_HOLE = (
    "unknown_code",
    "wrong_role",
    "case_variant",
    "unknown_subject",
    "stop_without_start",
    "overlap_in_group",
)


@dataclass(frozen=True)
class Bout:
    """Positions of a bout's start and stop among the rows of a file."""

    start: int
    stop: int


Spoil = Callable[[list[Mark]], list[Mark] | None]
"""Changes the rows of one file; None when the file has no bout that it could spoil."""


def find_bout(marks: list[Mark], subject: str, codes: tuple[str, ...], *, last: bool = False) -> Bout | None:
    """A facial expression bout of the subject: the last of its recording, or one from the middle that shows one of
    the codes.
    """
    rows = [place for place, mark in enumerate(marks) if mark.subject == subject and mark.group == "facial_expression"]
    starts = [place for place in rows if marks[place].word == "start"]
    if not starts:
        return None
    chosen = starts[-1:] if last else [place for place in starts[2:-2] if not codes or marks[place].code in codes]
    for start in chosen[len(chosen) // 2 :]:
        stop = next(place for place in rows if place > start and _closes(marks[place], marks[start]))
        return Bout(start, stop)
    return None


def _closes(stop: Mark, start: Mark) -> bool:
    return stop.word == "stop" and (stop.observation, stop.code) == (start.observation, start.code)


def _changed(kind: str, who: str, codes: tuple[str, ...], **change: str) -> Spoil:
    """A bout whose start and stop both carry another word for code or subject."""

    def spoil(marks: list[Mark]) -> list[Mark] | None:
        if (bout := find_bout(marks, who, codes)) is None:
            return None
        rows = list(marks)
        for place in (bout.start, bout.stop):
            rows[place] = replace(rows[place], fault=kind, **change)
        return rows

    return spoil


def no_stop_at_end(marks: list[Mark]) -> list[Mark] | None:
    """The last bout of the infant's face has no stop row."""
    if (bout := find_bout(marks, "Infant", (), last=True)) is None:
        return None
    rows = list(marks)
    rows[bout.start] = replace(rows[bout.start], fault="start_without_stop")
    del rows[bout.stop]
    return rows


def no_start(marks: list[Mark]) -> list[Mark] | None:
    """A bout in the middle has no start row."""
    if (bout := find_bout(marks, "Caregiver 1", ())) is None:
        return None
    rows = list(marks)
    rows[bout.stop] = replace(rows[bout.stop], fault="stop_without_start")
    del rows[bout.start]
    return rows


def twice(marks: list[Mark]) -> list[Mark] | None:
    """A start row stands twice."""
    if (bout := find_bout(marks, "Caregiver 1", ())) is None:
        return None
    return [*marks[: bout.start + 1], replace(marks[bout.start], fault="duplicate_row"), *marks[bout.start + 1 :]]


def past_the_end(marks: list[Mark]) -> list[Mark] | None:
    """The caregiver's last bout runs on after the recording has ended."""
    if (bout := find_bout(marks, "Caregiver 1", (), last=True)) is None:
        return None
    rows = list(marks)
    longer = rows[bout.start].lasts_ms + OVERRUN_MS
    rows[bout.start] = replace(rows[bout.start], lasts_ms=longer, fault="after_end")
    stop = replace(rows.pop(bout.stop), time_ms=rows[bout.start].time_ms + longer)
    return [*rows, stop]


def two_at_once(marks: list[Mark]) -> list[Mark] | None:
    """A bout ends after the next one of its stream has begun."""
    rows = [
        place
        for place, mark in enumerate(marks)
        if mark.subject == "Infant" and mark.group == "facial_expression" and mark.word == "start"
    ]
    for start, following in zip(rows[2:-3], rows[3:-2], strict=True):
        if marks[following].lasts_ms > 3 * OVERLAP_MS and marks[start].observation == marks[following].observation:
            stop = next(
                place
                for place in range(start, len(marks))
                if marks[place].subject == "Infant" and _closes(marks[place], marks[start])
            )
            longer = marks[start].lasts_ms + OVERLAP_MS
            changed = list(marks)
            changed[start] = replace(marks[start], lasts_ms=longer)
            changed[following] = replace(marks[following], fault="overlap_in_group")
            changed[stop] = replace(marks[stop], time_ms=marks[stop].time_ms + OVERLAP_MS)
            end = next(
                place
                for place in range(following, len(marks))
                if marks[place].subject == "Infant" and _closes(marks[place], marks[following])
            )
            changed[end] = replace(marks[end], fault="overlap_in_group")
            return sorted(changed, key=lambda mark: (mark.observation, mark.time_ms, mark.word == "start"))
    return None


def blank_rows(marks: list[Mark]) -> list[Mark] | None:
    """Two rows without content."""
    blank = replace(marks[0], word="blank", fault="blank")
    return [*marks[:40], blank, *marks[40:80], blank, *marks[80:]]


SPOILS: dict[str, Spoil] = {
    "start_without_stop": no_stop_at_end,
    "unknown_code": _changed("unknown_code", "Caregiver 1", ("Smile",), code="Smil"),
    "case_variant": _changed("case_variant", "Infant", ("Smile",), code="smile"),
    "wrong_role": _changed("wrong_role", "Infant", (), code="Woe face"),
    "unknown_subject": _changed("unknown_subject", "Infant", (), subject="Infnat"),
    "duplicate_row": twice,
    "after_end": past_the_end,
    "stop_without_start": no_start,
    "overlap_in_group": two_at_once,
    "blank": blank_rows,
}

DETAILS = {
    "start_without_stop": "the last bout has no stop",
    "unknown_code": "'Smil' instead of 'Smile'",
    "case_variant": "'smile' instead of 'Smile'",
    "wrong_role": "a caregiver's code on the infant",
    "unknown_subject": "'Infnat' instead of 'Infant'",
    "duplicate_row": "a row stands twice",
    "after_end": f"a bout ends {OVERRUN_MS} ms after the recording",
    "stop_without_start": "a bout has no start",
    "overlap_in_group": f"a bout overlaps the one before by {OVERLAP_MS} ms",
}


def faults_of(file: str, header_line: int, marks: Iterable[Mark], observation_id: Callable[[str], str]) -> list[Fault]:
    """The faults of a written file with their lines, and the hole each one leaves."""
    spoilt = [(line, mark) for line, mark in enumerate(marks, header_line + 1) if mark.fault and mark.fault != "blank"]
    found = [
        Fault(mark.fault, file, line, observation_id(mark.observation), DETAILS[mark.fault]) for line, mark in spoilt
    ]
    holes = {(fault.kind, fault.observation_id) for fault in found if fault.kind in LEAVES_HOLE}
    return found + [
        Fault("hole_in_group", file, None, name, f"what {kind} left behind", follows=True)
        for kind, name in sorted(holes)
    ]
