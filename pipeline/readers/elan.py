"""Reads ELAN files: tiers with times are events; tiers that hang on them without times are modifiers."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

from pipeline.catalogue.manifest import Coded, Tier
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.eaf_file import Annotation, Eaf, EafTier, Slot, read_eaf
from pipeline.readers.reading import CellEvent, Cells, Note, Reading
from pipeline.readers.rows import Row, in_chunks, own_lines
from pipeline.readers.tiers import left_out_note, require_tiers, subject_of, tier_of, unknown_in

COLUMNS = ("tier", "participant", "annotator", "onset", "offset", "value", "modifiers")
CELLS = Cells(observation=None, onset=3, offset=4)


@dataclass
class _Found:
    """What is read of a file: rows as they stand, events, annotations without a time, and times worked out."""

    rows: list[Row] = field(default_factory=list)
    events: list[CellEvent] = field(default_factory=list)
    missing: list[Note] = field(default_factory=list)
    interpolated: int = 0


def read(path: Path, entry: Coded, scratch: Path) -> Reading:
    """An .eaf file (at most 50 MB, held whole); the recording has the name of the file."""
    eaf = read_eaf(path)
    _check(path, eaf, entry)
    chosen = {name: tier for name in eaf.timed if (tier := tier_of(entry, name)) is not None}
    lines, numbered = own_lines([each.line for each in _annotations(eaf, chosen)], "annotations")
    times = {name: slot_times(eaf, name) for name in chosen}
    modifiers, broken = _modifiers(eaf, chosen)
    found = _Found()
    for line, each in zip(lines, _annotations(eaf, chosen), strict=True):
        _take(found, each, line, eaf, times[each.tier], "|".join(modifiers.get(each.identity, [])), entry)
    notes = (*found.missing, *numbered, *_notes(eaf, chosen, broken, found.interpolated))
    return Reading(
        path,
        "elan",
        "cells",
        "ms",
        CELLS,
        len(COLUMNS),
        chunks=lambda: in_chunks(found.rows),
        events=lambda: iter(found.events),
        notes=notes,
        dialect=f"ELAN {eaf.version}".strip(),
        observation_name=path.stem,
    )


def _take(
    found: _Found, each: Annotation, line: int, eaf: Eaf, times: dict[str, int], modifier: str, entry: Coded
) -> None:
    """Takes in one annotation: its row, and its event where both its times are known."""
    tier, mapped, value = eaf.tiers[each.tier], tier_of(entry, each.tier) or Tier(), _word(eaf, each)
    onset, offset = times.get(each.start), times.get(each.stop)
    cells = ["" if ms is None else str(ms) for ms in (onset, offset)]
    found.rows.append((line, [tier.name, tier.participant, tier.annotator, *cells, value, modifier]))
    if onset is None or offset is None:
        found.missing.append(_missing(eaf, each, line))
        return
    found.interpolated += any(eaf.slots[slot].ms is None for slot in (each.start, each.stop))
    subject = mapped.subject or tier.participant or subject_of(mapped, entry, tier.name)
    words = (subject, mapped.behaviour_group or tier.name, mapped.code or value)
    found.events.append(CellEvent(line, eaf.name, *words, *cells, modifier, _coder(tier, mapped, entry)))


def _annotations(eaf: Eaf, chosen: dict[str, Tier]) -> list[Annotation]:
    return [each for each in eaf.annotations if each.alignable and each.tier in chosen]


def _check(path: Path, eaf: Eaf, entry: Coded) -> None:
    """Raises UnreadableFile for times in frames, and for tiers the manifest takes for something they are not."""
    name = file_name(path)
    if eaf.units.casefold() not in ("milliseconds", ""):
        text = f"{name}: the times are {eaf.units}, not milliseconds. Save the file again in a newer ELAN."
        raise UnreadableFile(text, file=name)
    require_tiers(path, entry, list(eaf.tiers), "tier")
    for wanted, tier in entry.tiers.items():
        if wanted in eaf.roots and eaf.by_tier.get(wanted):
            root = eaf.roots[wanted]
            text = f"{name}: the tier '{wanted}' has no times of its own; it hangs on '{root}'."
            raise UnreadableFile(f"{text} Name it among the modifiers of '{root}'.", file=name, column=wanted)
        if wanted in eaf.tiers:
            below = [each for each, root in eaf.roots.items() if root == wanted and each != wanted]
            unknown_in(path, wanted, tier.modifiers, sorted(below))


def slot_times(eaf: Eaf, tier: str) -> dict[str, int]:
    """Time (ms) of each slot of a tier; slots without a time lie evenly between the known slots of the same tier.

    A slot before the first or after the last known one, or between times that run backwards, has none.
    """
    used = {slot for each in eaf.by_tier.get(tier, []) if each.alignable for slot in (each.start, each.stop)}
    ordered = sorted((slot for slot in used if slot in eaf.slots), key=lambda slot: eaf.slots[slot].position)
    times = {slot: ms for slot in ordered if (ms := eaf.slots[slot].ms) is not None}
    known = [number for number, slot in enumerate(ordered) if slot in times]
    for before, after in zip(known, known[1:], strict=False):
        first, last = times[ordered[before]], times[ordered[after]]
        for number in range(before + 1, after if last >= first else before + 1):
            if not eaf.slots[ordered[number]].damaged:
                times[ordered[number]] = round(first + Fraction((last - first) * (number - before), after - before))
    return times


def _modifiers(eaf: Eaf, chosen: dict[str, Tier]) -> tuple[dict[str, list[str]], int]:
    """Words of the modifier tiers by the annotation they finally belong to, and how many belong to none."""
    by_identity: dict[str, Annotation] = {}
    for each in eaf.annotations:
        by_identity.setdefault(each.identity, each)
    found: dict[str, list[str]] = {}
    broken = 0
    for name, tier in chosen.items():
        for child in tier.modifiers:
            for each in eaf.by_tier.get(child, []):
                owner = _owner(each, by_identity)
                if owner is None or owner.tier != name:
                    broken += 1
                elif word := _word(eaf, each):
                    found.setdefault(owner.identity, []).append(word)
    return found, broken


def _owner(each: Annotation, by_identity: dict[str, Annotation]) -> Annotation | None:
    """The annotation with times at the end of a chain of references; None where the chain breaks or runs in a ring."""
    seen: set[str] = set()
    while not each.alignable:
        if each.refers in seen or each.refers not in by_identity:
            return None
        seen.add(each.refers)
        each = by_identity[each.refers]
    return each


def _word(eaf: Eaf, each: Annotation) -> str:
    """The annotation's text, else the entry of the controlled vocabulary it names."""
    tier = eaf.tiers.get(each.tier)
    return each.value or (eaf.words(tier).get(each.entry, "") if tier else "")


def _coder(tier: EafTier, mapped: Tier, entry: Coded) -> str:
    """Who annotated: the manifest's word for the tier or for the files goes before the file's own."""
    return mapped.coder or ("" if entry.coder else tier.annotator)


def _missing(eaf: Eaf, each: Annotation, line: int) -> Note:
    """Why an annotation has no times."""
    slots = {end: eaf.slots.get(getattr(each, end)) for end in ("start", "stop")}
    absent = [getattr(each, end) for end, slot in slots.items() if slot is None]
    if absent:
        detail = f"An annotation of the tier '{each.tier}' names the time slot '{absent[0]}', which the file lacks."
    else:
        detail = f"An annotation of the tier '{each.tier}' {_end_without_time(slots)}."
    action = "The row was refused: a time is worked out only between two known times of one tier. Set it in ELAN."
    return Note("time_slot_missing", "error", detail, action, line=line, rejects_row=True)


def _end_without_time(slots: dict[str, Slot | None]) -> str:
    words = {"start": "start", "stop": "end"}
    ends = [words[end] for end, slot in slots.items() if slot is not None and slot.ms is None]
    return f"has no time for its {' and its '.join(ends)}"


def _notes(eaf: Eaf, chosen: dict[str, Tier], broken: int, interpolated: int) -> Iterator[Note]:
    if not eaf.timed:
        yield Note("no_rows", "warning", "The file has no annotation with times of its own.", "Nothing was read.")
    mapped = {child for tier in chosen.values() for child in tier.modifiers}
    yield from left_out_note([name for name in eaf.tiers if name not in chosen and name not in mapped], "tiers")
    if interpolated:
        detail = f"{interpolated} annotations begin or end at a time that ELAN left open."
        action = "The time was set evenly between the known times of the same tier."
        yield Note("time_interpolated", "warning", detail, action, count=interpolated)
    if broken:
        detail = f"{broken} annotations of modifier tiers belong to no annotation with times."
        yield Note("reference_broken", "warning", detail, "They were left out. Save the file again.", count=broken)
    for origin in eaf.offsets:
        detail = f"One of the media begins {origin} ms into its file."
        yield Note("media_offset", "info", detail, "Annotations keep their times; only that media file is shifted.")
    yield from _vocabulary_notes(eaf, chosen)


def _vocabulary_notes(eaf: Eaf, chosen: dict[str, Tier]) -> Iterator[Note]:
    """Remarks on words outside their vocabulary, and on vocabularies that are kept in another file."""
    if empty := [name for name, words in eaf.vocabularies.items() if not words]:
        detail = f"{len(empty)} controlled vocabularies of the file are empty ({', '.join(sorted(empty)[:8])})."
        yield Note("empty_vocabulary", "info", detail, "Words were not checked against them.", count=len(empty))
    outside: Counter = Counter()
    for each in _annotations(eaf, chosen):
        words = eaf.words(eaf.tiers[each.tier])
        if words and _word(eaf, each) not in words.values():
            outside[each.tier] += 1
    for name, number in outside.items():
        detail = f"{number} annotations of the tier '{name}' hold words that its controlled vocabulary lacks."
        action = "They were read as they are; the coding scheme decides. Correct them in ELAN."
        yield Note("not_in_vocabulary", "warning", detail, action, count=number)
