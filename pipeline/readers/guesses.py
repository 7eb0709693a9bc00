"""The guesses of a drafted manifest: who the subjects are, which columns mean what, what names say. Each is marked."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline.catalogue.scheme import SUBJECTS, Scheme
from pipeline.readers.header import folded
from pipeline.readers.observer_template import guess_subjects, slug
from pipeline.readers.scheme_text import quoted
from pipeline.readers.survey import TEXT_CODE, Survey

FAMILY = r"^(?P<family>[A-Za-z]{0,4}\d{1,6})(?=[_\-. ]|$)"
WHOLE = r"^(?P<family>.+)$"
SHOWN = 8
INSTRUMENTS = ("epds", "sapas", "phq", "aces", "pss", "pearls", "socialsupport")


def some(names: Sequence[str]) -> str:
    """The first names, quoted, and how many more there are."""
    more = f" ... ({len(names) - SHOWN} more)" if len(names) > SHOWN else ""
    return ", ".join(quoted(name) for name in names[:SHOWN]) + more


def who(group: list[Survey], scheme: Scheme) -> Iterator[str]:
    """Subject mapping: words that speak for themselves, else recordings split by subject, else a guess in order."""
    labels = _labels(group)
    known = {label.casefold() for label in (*scheme.subjects, *SUBJECTS)}
    open_ones = [label for label in labels if label.casefold() not in known]
    if not labels:
        yield 'subject = "infant"  # GUESS: the files name no subject; infant, caregiver1, caregiver2 or sibling'
    elif split_by_subject(group, scheme):
        yield f"# The subjects are {some(labels)}: none of these words says infant or caregiver."
        yield 'subject = "infant"  # GUESS: each of them is one'
        yield "split_subjects = true  # GUESS: each becomes a recording of their own, named '<recording> / <subject>'"
    elif open_ones:
        yield ""
        yield "[coded.subjects]"
        guessed = guess_subjects(open_ones)
        free = [word for word in SUBJECTS if word not in set(guessed.values()) | _meant(labels, scheme)]
        for label in open_ones:
            ours = guessed.get(label) or (free.pop(0) if free else "sibling")
            yield f"{quoted(label)} = {quoted(ours)}  # GUESS: infant, caregiver1, caregiver2 or sibling"


def _labels(group: list[Survey]) -> list[str]:
    totals: Counter = Counter()
    for each in group:
        totals.update(each.subjects)
    return sorted(label for label in totals if label)


def _meant(labels: Sequence[str], scheme: Scheme) -> set[str]:
    ours = {label.casefold(): subject for label, subject in scheme.subjects.items()} | {word: word for word in SUBJECTS}
    return {ours[label.casefold()] for label in labels if label.casefold() in ours}


def split_by_subject(group: list[Survey], scheme: Scheme) -> bool:
    """True when several subjects are named and not one of the words says who they are."""
    labels = _labels(group)
    sampled = any(each.channels for each in group)
    return len(labels) > 1 and not sampled and not _meant(labels, scheme) and not guess_subjects(labels)


def columns(named: dict[str, str]) -> Iterator[str]:
    """The columns of a long table, guessed from their names."""
    if not named:
        return
    yield ""
    yield "[coded.columns]"
    for ours, name in named.items():
        if ours != "unit":
            yield f"{ours} = {quoted(name)}  # GUESS: from the name of the column"
    yield _unit(named["onset"])


def tiers(group: list[Survey]) -> Iterator[str]:
    """Entries for tiers, columns or classes where one of them holds text: naming one names all that are read."""
    text = {name: any(each.tiers.get(name) for each in group) for each in group for name in each.tiers}
    if text and not any(text.values()):
        yield "# Every tier, column or class is read as a behaviour group of its name. [coded.tiers] says otherwise."
    if not any(text.values()):
        return
    for name, holds_text in text.items():
        yield ""
        yield f"[coded.tiers.{quoted(name)}]"
        yield f"behaviour_group = {quoted(_group_of(name, group))}"
        if holds_text:
            yield f"code = {quoted(TEXT_CODE)}  # GUESS: its words differ too much to be codes"


def _group_of(tier: str, group: list[Survey]) -> str:
    """Short name of the behaviour group that is drafted for a tier."""
    datavyu = any(each.format.startswith("datavyu") for each in group)
    return slug(tier.rpartition(".")[2] if datavyu else tier)


def _unit(onset: str) -> str:
    """The unit of time, only where the column says it itself."""
    if folded(onset).endswith("ms"):
        return 'unit = "ms"  # the column says so'
    if re.search(r"\(s\)|_s$|_sec|seconds", onset.casefold()):
        return 'unit = "s"  # the column says so'
    return 'unit = "?"  # FILL IN "ms" or "s": it is never guessed'


def observations(groups: list[list[Survey]], scheme: Scheme) -> Iterator[str]:
    """A table of recordings made from their names, until the study has one of its own."""
    names = {name for group in groups for each in group for name in each.names}
    split = any(split_by_subject(group, scheme) for group in groups)
    fits = bool(names) and not split and all(re.match(FAMILY, name) for name in names)
    yield '# Who was recorded. Better: a table of your own (file = "recordings.csv", no pattern) with the columns'
    yield "# observation_id, family_id, dyad_id, role, activity, visit, infant_age_months as far as you have them."
    yield "[tables.observations]"
    yield f"pattern = '{FAMILY if fits else WHOLE}'  # GUESS: {_pattern_remark(fits)}"
    yield ""
    yield "[tables.observations.columns]"
    yield 'family_id = "family"'
    yield 'dyad_id = "family"  # GUESS: one caregiver per family'
    yield 'role = "=caregiver"  # FILL IN: "=mother", "=father", or a named group of the pattern'


def _pattern_remark(fits: bool) -> str:
    return "the first part of the name is the family" if fits else "every name is a family of its own"


def tables(others: list[Survey]) -> Iterator[str]:
    """Files that are not coded behaviour: their columns as a comment, with what they may be."""
    for each in others:
        yield ""
        if not each.columns:
            yield f"# {each.path.name} was left out. {_one_line(each.fault)}"
            continue
        yield f"# {each.path.name} holds no coded behaviour. Its columns: {some(each.columns)}"
        yield f"# {_table_hint(each.columns)}"


def _table_hint(columns: Sequence[str]) -> str:
    names = {folded(name) for name in columns}
    if any(name.startswith(INSTRUMENTS) for name in names):
        return "It looks like a questionnaire: add [[scores]] (file, instrument, person, wave, phase, items or total)."
    return (
        "It may be a table of the study: add [tables.families], .people, .dyads, .covariates or .media with file = ..."
    )


def _one_line(text: str) -> str:
    return " ".join(text.split())
