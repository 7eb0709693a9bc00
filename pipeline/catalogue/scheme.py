"""Coding schemes: behaviour groups and their codes, read from `schemes/*.toml` or a lab's own file."""

from functools import cached_property, lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipeline.catalogue.class_map import ClassMap
from pipeline.catalogue.toml_file import Strict, load_toml
from pipeline.errors import CatalogueError, did_you_mean, listed

SUBJECTS = ("infant", "caregiver1", "caregiver2", "sibling")
SCHEME_FOLDER = Path(__file__).parent / "schemes"

Subject = Literal["infant", "caregiver1", "caregiver2", "sibling"]


class Code(Strict):
    """One code: its label is written exactly as coders write it."""

    label: str = Field(min_length=1)
    kind: Literal["state", "point"] = "state"
    colour: str = Field(pattern=r"^#[0-9a-fA-F]{6}$")
    subjects: tuple[Subject, ...] = ()
    unobservable: bool = False
    description: str = ""


class BehaviourGroup(Strict):
    """Codes of which a subject shows at most one at a time (when exclusive)."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    exclusive: bool = True
    exhaustive: bool = True
    subjects: tuple[Subject, ...] = SUBJECTS
    reference: str | None = None
    modifier_in_state: bool = False
    one_camera_modifier: str | None = None
    codes: tuple[Code, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _labels(self) -> "BehaviourGroup":
        labels = [code.label for code in self.codes]
        if twice := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f"group {self.name} names the code {listed(twice)} twice")
        if self.reference is not None and self.reference not in labels:
            raise ValueError(f"reference '{self.reference}' of group {self.name} is not one of its codes")
        return self

    def subjects_of(self, code: Code) -> tuple[Subject, ...]:
        """Who may be given this code."""
        return code.subjects or self.subjects

    @property
    def unobservable(self) -> tuple[str, ...]:
        """Labels that say 'cannot see'."""
        return tuple(code.label for code in self.codes if code.unobservable)


class Scheme(Strict):
    """A codebook. `subjects` maps a file's subject label to infant, caregiver1, caregiver2 or sibling; `class_maps` say
    which codes a classifier tells apart."""

    name: str
    title: str
    source: str = ""
    subjects: dict[str, Subject] = {}
    groups: tuple[BehaviourGroup, ...] = Field(min_length=1)
    class_maps: dict[str, ClassMap] = {}

    @model_validator(mode="after")
    def _groups(self) -> "Scheme":
        names = [group.name for group in self.groups]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"the group {listed(twice)} stands twice")
        return self

    @model_validator(mode="after")
    def _class_maps(self) -> "Scheme":
        labels = {group.name: tuple(code.label for code in group.codes) for group in self.groups}
        for name, class_map in self.class_maps.items():
            if class_map.group not in labels:
                raise ValueError(f"the class map {name} is for the group {class_map.group}, which the scheme lacks")
            if fault := class_map.fault(labels[class_map.group]):
                raise ValueError(f"the class map {name} {fault}")
        return self

    @cached_property
    def group_by_name(self) -> dict[str, BehaviourGroup]:
        """Groups by name, in order."""
        return {group.name: group for group in self.groups}

    def group(self, name: str) -> BehaviourGroup:
        """The group of that name; CatalogueError names the choices."""
        if name not in self.group_by_name:
            raise CatalogueError(
                f"'{name}' is not a group of {self.name}. Choose one of: {listed(self.group_by_name)}."
            )
        return self.group_by_name[name]

    def class_map(self, name: str) -> ClassMap:
        """The class map of that name; CatalogueError names the choices."""
        if name not in self.class_maps:
            text = f"'{name}' is not a class map of {self.name}.{did_you_mean(name, tuple(self.class_maps))}"
            raise CatalogueError(f"{text} Choose one of: {listed(tuple(self.class_maps))}.", value=name)
        return self.class_maps[name]


def known_schemes() -> tuple[str, ...]:
    """Names of the schemes that come with Dyadscope."""
    return tuple(sorted(path.stem for path in SCHEME_FOLDER.glob("*.toml")))


def scheme_path(name: str, beside: Path | None = None) -> Path:
    """File of a scheme: a name of the catalogue, or a `.toml` path relative to the manifest's folder."""
    if name.endswith(".toml"):
        return (beside or Path()) / name
    if name.casefold() not in known_schemes():
        known = known_schemes()
        text = f"'{name}' is not a known scheme.{did_you_mean(name, known)}"
        raise CatalogueError(f"{text} Choose one of: {listed(known)}, or a .toml file.", value=name)
    return SCHEME_FOLDER / f"{name.casefold()}.toml"


@lru_cache(maxsize=32)
def load_scheme(path: Path) -> Scheme:
    """The scheme in a TOML file."""
    return load_toml(path, Scheme, CatalogueError)
