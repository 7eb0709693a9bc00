"""Reads Observer XT templates (.otx, .otb) as coding schemes."""

import re
import zipfile
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.etree.ElementTree import Element

from pipeline.catalogue.scheme import SUBJECTS, BehaviourGroup, Code, Scheme, Subject
from pipeline.errors import UnreadableFile, file_name
from pipeline.readers.archive import guard_zip, read_member
from pipeline.readers.xml_file import limited_bytes, named, parse_xml, texts

PALETTE = (
    "#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377",
    "#999933", "#882255", "#44aa99", "#ddcc77", "#332288", "#117733",
)  # fmt: skip
"""Colours that colour-blind people can tell apart (P. Tol's bright and muted schemes)."""

UNOBSERVABLE = re.compile(
    r"\b(not (possible to code|codable|visible|scorable)|no view|no audio|unscorable|unobservable)\b"
)
UNOBSERVABLE_COLOUR = "#bbbbbb"
SUBJECT_WORDS: dict[Subject, tuple[str, ...]] = {
    "infant": ("infant", "baby", "child", "toddler", "chi"),
    "caregiver1": ("caregiver 1", "caregiver1", "caregiver", "adult", "parent", "mother", "mum", "mom", "mot", "fa1"),
    "caregiver2": ("caregiver 2", "caregiver2", "father", "dad", "fat", "ma1"),
    "sibling": ("sibling", "brother", "sister"),
}


@dataclass(frozen=True)
class Member:
    """A subject or behaviour of a template: itself a group, or a member of one."""

    name: str
    identity: str
    is_group: bool
    parent: str
    exclusive: bool
    exhaustive: bool
    active: bool


@dataclass(frozen=True)
class Template:
    """What a template holds; `variables` are labels of independent variables."""

    title: str
    behaviours: tuple[Member, ...]
    subjects: tuple[Member, ...]
    variables: tuple[str, ...]


def read_template(path: Path) -> Scheme:
    """The coding scheme in a template: its behaviour groups as groups, its subjects guessed from their names.

    Codes outside any group become a group 'ungrouped' that is neither exclusive nor exhaustive.
    """
    return to_scheme(open_template(path), path)


def open_template(path: Path) -> Template:
    """The content of a .otx file, or of the first .otx inside an .otb; UnreadableFile when there is none."""
    name = file_name(path)
    root = parse_xml(_content(path), name)
    behaviours = tuple(_elements(root, "CDS_BEHAVIOR"))
    if not behaviours:
        text = f"{name}: no behaviours were found, so this is not an Observer XT template. Save the template as .otx."
        raise UnreadableFile(text, file=name)
    title = next((each.text or "" for each in named(root, "MET_PROJECT_NAME")), "").strip() or path.stem
    variables = tuple(texts(each).get("VL_LABEL", "") for each in named(root, "VL_VARIABLE"))
    return Template(title, behaviours, tuple(_elements(root, "CDS_SUBJECT")), variables)


def _content(path: Path) -> bytes:
    if not zipfile.is_zipfile(path):
        return limited_bytes(path)
    members = [member for member in guard_zip(path) if member.filename.casefold().endswith((".otx", ".odx"))]
    if not members:
        name = file_name(path)
        raise UnreadableFile(f"{name}: there is no .otx template inside. Save the template as .otx.", file=name)
    return read_member(path, members[0].filename)


def _elements(root: Element, tag: str) -> Iterable[Member]:
    for element in named(root, tag):
        cells = texts(element)
        yield Member(
            cells.get("CDS_ELE_NAME", ""),
            cells.get("CDS_ELE_ID", ""),
            cells.get("CDS_ELE_GROUP") == "Y",
            cells.get("CDS_ELE_PARENT_ID") or cells.get("CDS_ELE_PARENT_NAME", ""),
            cells.get("CDS_ELE_MUT_EXCLUSIVE") == "Y",
            cells.get("CDS_ELE_EXHAUSTIVE") == "Y",
            cells.get("CDS_IS_INACTIVE") != "Y",
        )


def to_scheme(template: Template, path: Path) -> Scheme:
    """The template as a scheme of ours."""
    groups = [each for each in template.behaviours if each.is_group]
    members = {group.identity: _members(template.behaviours, group) for group in groups}
    drafted = [
        draft_group(group.name, [member.name for member in members[group.identity]], group.exclusive, group.exhaustive)
        for group in groups
        if members[group.identity]
    ]
    grouped = {member for group in members.values() for member in group}
    loose = [each.name for each in template.behaviours if not each.is_group and each not in grouped]
    if loose:
        drafted.append(draft_group("ungrouped", loose, exclusive=False, exhaustive=False))
    subjects = [each.name for each in template.subjects if not each.is_group]
    return Scheme(
        name=slug(path.stem),
        title=template.title,
        source=f"Observer XT template {file_name(path)}",
        subjects=guess_subjects(subjects),
        groups=unique_names(drafted),
    )


def _members(behaviours: tuple[Member, ...], group: Member) -> list[Member]:
    return [each for each in behaviours if not each.is_group and each.parent in (group.identity, group.name)]


def draft_group(
    title: str, labels: Iterable[str], exclusive: bool, exhaustive: bool, points: Iterable[str] = ()
) -> BehaviourGroup:
    """A behaviour group with a colour per code; codes that say 'cannot see' are marked, `points` are point codes."""
    once, marks = list(dict.fromkeys(labels)), set(points)
    codes = tuple(_code(label, number, label in marks) for number, label in enumerate(once))
    return BehaviourGroup(
        name=slug(title), title=title, exclusive=exclusive, exhaustive=exhaustive, subjects=SUBJECTS, codes=codes
    )


def _code(label: str, number: int, point: bool) -> Code:
    unseen = bool(UNOBSERVABLE.search(label.casefold()))
    colour = UNOBSERVABLE_COLOUR if unseen else PALETTE[number % len(PALETTE)]
    return Code(label=label, kind="point" if point else "state", colour=colour, unobservable=unseen)


def unique_names(groups: list[BehaviourGroup]) -> tuple[BehaviourGroup, ...]:
    """Groups whose short names are made distinct by a number."""
    seen: dict[str, int] = {}
    renamed = []
    for group in groups:
        seen[group.name] = seen.get(group.name, 0) + 1
        suffix = "" if seen[group.name] == 1 else f"_{seen[group.name]}"
        renamed.append(group.model_copy(update={"name": group.name + suffix}))
    return tuple(renamed)


def guess_subjects(labels: Iterable[str]) -> dict[str, Subject]:
    """Labels whose words name an infant, a caregiver or a sibling; others are left out for a person to fill in.

    A label may also begin with such a word and go on ('childhands', 'mother_gaze').
    """
    found: dict[str, Subject] = {}
    for label in labels:
        key = label.casefold().strip()
        begun = re.match(r"(infant|child|toddler|caregiver|adult|parent|mother|father|sibling)_?(?=[a-z])", key)
        for subject, words in SUBJECT_WORDS.items():
            if key in words or (begun and begun[1] in words):
                found.setdefault(label, subject)
    return found


def slug(text: str) -> str:
    """A short name: small letters, digits and underscores, beginning with a letter."""
    name = re.sub(r"[^a-z0-9]+", "_", text.casefold()).strip("_")
    return name if name[:1].isalpha() else f"group_{name}".rstrip("_")
