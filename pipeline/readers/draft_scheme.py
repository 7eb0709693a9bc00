"""Finds the coding scheme that surveyed files were coded with, or drafts one from their codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pipeline.catalogue.scheme import BehaviourGroup, Scheme, known_schemes, load_scheme, scheme_path
from pipeline.readers.observer_template import draft_group, guess_subjects, unique_names
from pipeline.readers.registry import format_of
from pipeline.readers.survey import Survey

ENOUGH = 0.6
"""A known scheme is named when it has at least this share of the codes found."""


@dataclass(frozen=True)
class Codebook:
    """`name` is what the manifest says; `drafted` is True when the scheme must be written beside it.
    `unknown` are codes found that the scheme lacks; `channels` the groups of a sampled export, in order."""

    name: str
    scheme: Scheme
    drafted: bool
    unknown: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    source: str = ""


DRAFT_FILE = "codebook.toml"


def find_codebook(surveys: Sequence[Survey], templates: Sequence[tuple[Path, Scheme]]) -> Codebook:
    """The known scheme or the template that fits best, else a draft from the codes."""
    known = [(name, load_scheme(scheme_path(name)), False, "") for name in known_schemes()]
    known += [(DRAFT_FILE, scheme, True, path.name) for path, scheme in templates]
    spelt = {label.casefold(): label for _, scheme, *_ in known for label in sorted(_labels(scheme))}
    labels = list(dict.fromkeys(label for each in surveys for label in _spelt(each, spelt)))
    best = max(known, key=lambda each: _share(labels, each[1]), default=None)
    if best and labels and _share(labels, best[1]) >= ENOUGH:
        name, scheme, drafted, source = best
        missing = tuple(label for label in labels if label not in _labels(scheme))
        return Codebook(name, scheme, drafted, missing, _channels_in(surveys, scheme), source)
    if not labels and templates:
        path, scheme = templates[0]
        return Codebook(DRAFT_FILE, scheme, True, source=path.name)
    return _draft(surveys)


def _spelt(each: Survey, spelt: dict[str, str]) -> list[str]:
    """The labels of a file, those of a tool with capitals of its own as a known scheme spells them."""
    if not each.format or not format_of(each.format).any_case:
        return each.labels
    return [spelt.get(label.casefold(), label) for label in each.labels]


def _labels(scheme: Scheme) -> set[str]:
    return {code.label for group in scheme.groups for code in group.codes}


def _share(labels: Sequence[str], scheme: Scheme) -> float:
    return sum(label in _labels(scheme) for label in labels) / max(len(labels), 1)


def _channels_in(surveys: Sequence[Survey], scheme: Scheme) -> tuple[str, ...]:
    """Per channel of a sampled export the group of the scheme that has most of its codes."""
    for each in surveys:
        if each.channels:
            return tuple(_group_of(each, number, scheme) for number in range(each.channels))
    return ()


def _group_of(each: Survey, number: int, scheme: Scheme) -> str:
    codes = {code for channel, code in each.codes if channel == number}
    return max(scheme.groups, key=lambda group: len(codes & {code.label for code in group.codes})).name


def _draft(surveys: Sequence[Survey]) -> Codebook:
    subjects = guess_subjects(sorted({label for each in surveys for label in each.subjects}))
    sampled = next((each for each in surveys if each.channels), None)
    groups, channels = _channel_groups(sampled) if sampled else ([], ())
    groups += _event_groups([each for each in surveys if not each.channels])
    if not groups:
        groups = [draft_group("behaviour", ["FILL IN"], exclusive=False, exhaustive=False)]
    scheme = Scheme(
        name="codebook",
        title="Codebook drafted from the files",
        source="drafted by Dyadscope from the codes found; not checked by anybody",
        subjects=subjects,
        groups=unique_names(groups),
    )
    return Codebook(DRAFT_FILE, scheme, True, channels=channels)


def _channel_groups(sampled: Survey) -> tuple[list[BehaviourGroup], tuple[str, ...]]:
    """One exclusive group per set of channels that share a code; exhaustive where none of them is ever blank."""
    members: list[tuple[set[str], list[int]]] = []
    for number in range(sampled.channels):
        codes = {code for channel, code in sampled.codes if channel == number}
        for labels, channels in members:
            if labels & codes:
                labels |= codes
                channels.append(number)
                break
        else:
            members.append((codes, [number]))
    groups, names = [], dict.fromkeys(range(sampled.channels), "")
    for position, (labels, channels) in enumerate(members, start=1):
        ordered = [label for label in sampled.labels if label in labels] or ["FILL IN"]
        group = draft_group(f"channel {position}", ordered, exclusive=True, exhaustive=not sampled.gaps & set(channels))
        groups.append(group)
        names.update(dict.fromkeys(channels, group.name))
    return groups, tuple(names.values())


def _event_groups(surveys: Sequence[Survey]) -> list[BehaviourGroup]:
    """One group per behaviour group the files name, else one for all; never called exclusive without being told."""
    codes: dict[str, dict[str, tuple[int, int]]] = {}
    for each in surveys:
        for (channel, code), number in each.codes.most_common():
            total, points = codes.setdefault(str(channel) or "behaviour", {}).get(code, (0, 0))
            codes[str(channel) or "behaviour"][code] = (total + number, points + each.points[(channel, code)])
    return [
        draft_group(
            title,
            list(found),
            exclusive=False,
            exhaustive=False,
            points=[code for code, (total, points) in found.items() if points == total],
        )
        for title, found in codes.items()
    ]
