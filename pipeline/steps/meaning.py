"""What the words of a coded file mean in its scheme: subject, behaviour group, code, or the rule that refuses them."""

import re
from dataclasses import dataclass
from functools import cached_property

from pipeline.catalogue.manifest import Coded
from pipeline.catalogue.scheme import BehaviourGroup, Code, Scheme
from pipeline.errors import did_you_mean, listed
from pipeline.readers.registry import format_of

SUBJECT_WORDS = {
    "infant": "the infant",
    "caregiver1": "the caregiver",
    "caregiver2": "the second caregiver",
    "sibling": "a sibling",
}


@dataclass(frozen=True)
class Meaning:
    """`reason` is '' when subject and code are understood; else the rule, with what its sentence needs."""

    subject: str | None
    group: str | None
    code: str | None
    reason: str = ""
    suggestion: str = ""
    known: str = ""
    allowed: str = ""


@dataclass(frozen=True)
class Reader:
    """The words one manifest entry understands."""

    entry: Coded
    scheme: Scheme

    @cached_property
    def subjects(self) -> dict[str, str]:
        """Subject labels, casefolded, of the scheme and the manifest."""
        labels = {**{name: name for name in SUBJECT_WORDS}, **self.scheme.subjects, **self.entry.subjects}
        return {label.casefold(): subject for label, subject in labels.items()}

    @cached_property
    def groups(self) -> dict[str, BehaviourGroup]:
        """Groups by name and by title, casefolded."""
        return {text.casefold(): group for group in self.scheme.groups for text in (group.name, group.title)}

    @cached_property
    def labels(self) -> dict[str, list[tuple[BehaviourGroup, Code]]]:
        """Codes by label, with the groups they stand in."""
        found: dict[str, list[tuple[BehaviourGroup, Code]]] = {}
        for group in self.scheme.groups:
            for code in group.codes:
                found.setdefault(code.label, []).append((group, code))
        return found

    def meaning(self, subject_text: str, group_text: str, code_text: str) -> Meaning:
        """What (subject, group, code) as written mean; '' = the file has no such column or the cell is empty."""
        subject = self.subject(subject_text)
        if subject is None:
            known = listed(set(self.entry.subjects) | set(self.scheme.subjects) or set(SUBJECT_WORDS))
            if not subject_text:
                return Meaning(None, None, None, "missing_subject", known=known)
            return Meaning(None, None, None, "unknown_subject", self._nearest_subject(subject_text), known)
        if not code_text:
            return Meaning(subject, None, None, "missing_code")
        label = self._spelt(self.entry.codes.get(code_text, code_text))
        places = self._places(label, group_text)
        if not places and label in self.labels:
            owners = {group.name for group, _ in self.labels[label]}
            return Meaning(subject, None, label, "wrong_group", allowed=listed(owners))
        if not places:
            return self._unknown(subject, label)
        allowed = [(group, code) for group, code in places if subject in group.subjects_of(code)]
        if not allowed:
            owners = {word for group, code in places for word in group.subjects_of(code)}
            words = listed({SUBJECT_WORDS[owner] for owner in owners})
            return Meaning(subject, places[0][0].name, label, "wrong_role", allowed=words)
        if len(allowed) > 1:
            return Meaning(subject, None, label, "ambiguous_code")
        return Meaning(subject, allowed[0][0].name, label)

    def _spelt(self, label: str) -> str:
        """The code as the scheme spells it, where the tool has capitals of its own and only one code can be meant."""
        if label in self.labels or not format_of(self.entry.format).any_case:
            return label
        alike = [known for known in self.labels if known.casefold() == label.casefold()]
        return alike[0] if len(alike) == 1 else label

    def _nearest_subject(self, text: str) -> str:
        labels = set(self.entry.subjects) | set(self.scheme.subjects)
        return did_you_mean(text, labels or set(SUBJECT_WORDS))

    def subject(self, text: str) -> str | None:
        """The subject a label means; an empty cell means the manifest's one subject, where it names one."""
        if not text:
            return self.entry.subject
        return self.subjects.get(
            text.casefold(), self.entry.subject if not self.entry.subjects and not self.scheme.subjects else None
        )

    def _places(self, label: str, group_text: str) -> list[tuple[BehaviourGroup, Code]]:
        group = self.groups.get(group_text.casefold()) if group_text else None
        return [place for place in self.labels.get(label, []) if group is None or place[0] is group]

    def _unknown(self, subject: str, label: str) -> Meaning:
        suggestion = did_you_mean(label, set(self.labels))
        variants = {known for known in self.labels if known.casefold() == label.casefold()}
        reason = "case_variant" if variants else "unknown_code"
        known = list(self.labels) if len(self.labels) <= 30 else [name for name, _ in self._nearest(suggestion)]
        return Meaning(subject, None, label, reason, suggestion, listed(known))

    def _nearest(self, suggestion: str) -> list[tuple[str, Code]]:
        """Codes of the group the suggestion stands in, so that a long scheme is not listed whole."""
        name = suggestion.partition("'")[2].rpartition("'")[0]
        groups = [group for group, _ in self.labels.get(name, [])] or list(self.scheme.groups[:1])
        return [(code.label, code) for code in groups[0].codes]


@dataclass(frozen=True)
class Named:
    """What an observation name says: the recording and, where the pattern catches one, the coder."""

    observation_id: str
    coder_id: str | None


def named(entry: Coded, text: str) -> Named | None:
    """Reads an observation name by the manifest's corrections and pattern; None when the pattern does not match."""
    match = re.match(entry.observation, entry.corrections.get(text, text))
    if match is None:
        return None
    parts = match.groupdict()
    observation = parts.get("observation") or match.group(0)
    coder = parts.get("coder")
    return Named(entry.observation_ids.get(observation, observation), entry.coders.get(coder, coder) if coder else None)
