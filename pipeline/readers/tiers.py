"""Tiers, columns and classes: which of a file's own are read, whose behaviour they hold, and as which code."""

from collections.abc import Collection
from pathlib import Path

from pipeline.catalogue.manifest import Coded, Tier
from pipeline.errors import UnreadableFile, did_you_mean, file_name
from pipeline.readers.reading import Note

SHOWN = 8


def tier_of(entry: Coded, *names: str) -> Tier | None:
    """The manifest's entry for the first of the names it knows; None where the tier is to be left out.

    Without any tier in the manifest, every tier is read as it names itself.
    """
    if not entry.tiers:
        return Tier()
    return next((entry.tiers[name] for name in names if name in entry.tiers), None)


def subject_of(tier: Tier, entry: Coded, name: str) -> str:
    """Whose behaviour a tier holds: the manifest's word for it, else its own name, which says nothing where the
    manifest names the one subject of all files (unless each name is to become a recording of its own)."""
    own = name if entry.subject is None or entry.split_subjects else ""
    return tier.subject or own


def require_tiers(path: Path, entry: Coded, known: Collection[str], word: str) -> None:
    """Raises UnreadableFile where the manifest names a tier (or what `word` calls it) that the file lacks.

    A study may have files with fewer tiers than others: only a file with none of those named is refused.
    """
    if not entry.tiers or entry.tiers.keys() & set(known):
        return
    name, wanted = file_name(path), next(iter(entry.tiers))
    there = ", ".join(list(known)[:SHOWN]) or "none"
    text = f"{name}: the {word} '{wanted}' is missing.{did_you_mean(wanted, tuple(known))} The file has: {there}."
    raise UnreadableFile(f"{text} Correct [coded.tiers] in the manifest.", file=name, column=wanted)


def left_out_note(left: Collection[str], word: str) -> tuple[Note, ...]:
    """The remark that tiers were not read because the manifest does not name them."""
    if not left:
        return ()
    names = ", ".join(f"'{name}'" for name in sorted(left)[:SHOWN])
    more = f" and {len(left) - SHOWN} more" if len(left) > SHOWN else ""
    detail = f"The manifest does not name the {word} {names}{more}."
    return (Note("tier_not_read", "info", detail, "They were not read. To read them, add them to [coded.tiers]."),)


def unknown_in(path: Path, tier: str, names: Collection[str], known: Collection[str]) -> None:
    """Raises UnreadableFile where a tier's modifiers are not among the `known` ones."""
    for wanted in names:
        if wanted not in known:
            name, there = file_name(path), ", ".join(list(known)[:SHOWN]) or "none"
            text = f"{name}: '{wanted}' cannot be a modifier of '{tier}'.{did_you_mean(wanted, tuple(known))}"
            raise UnreadableFile(f"{text} Choose among: {there}.", file=name, column=wanted)
