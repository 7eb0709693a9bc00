"""What is asked of a training of phase classifiers: everything that a person chooses, checked."""

from dataclasses import fields
from typing import Literal

from pydantic import Field, field_validator

from pipeline.catalogue.phase_grids import GridName
from pipeline.catalogue.phase_recipe import PaperCompat
from pipeline.catalogue.toml_file import Strict
from pipeline.errors import did_you_mean, listed

Role = Literal["infant", "caregiver"]
SUBJECTS: dict[str, tuple[str, ...]] = {"infant": ("infant",), "caregiver": ("caregiver1", "caregiver2")}
"""Role -> subjects of the study."""
CLASS_MAPS: dict[str, str] = {"infant": "infant4", "caregiver": "caregiver3"}
"""Role -> the class map where none is named: the engagement paper's."""
COMPAT = tuple(field.name for field in fields(PaperCompat))
AS_IMPORTED = "as_imported"
"""Nothing is reduced: features go in as they were imported."""
PcaScope = Literal["train_fold", "session", "frame", "as_imported"]


class PhasesAsked(Strict):
    """`outer`, `inner`: folds. `compare`: each kind of stream alone and the linear head, too. `jobs`: folds at a time
    (0: one per core). `class_map`: name of a map of the scheme, '' for the paper's. `precision` of teaching: float32
    gives the same numbers on every processor; auto is what this computer is fast in.
    """

    role: Role
    streams: tuple[str, ...] = Field(min_length=1)
    class_map: str = ""
    kind: Literal["lstm", "linear", "both"] = "lstm"
    outer: int = Field(default=10, ge=2, le=100)
    inner: int = Field(default=3, ge=2, le=20)
    grid: GridName = "default"
    pca_scope: PcaScope = "train_fold"
    compat: tuple[str, ...] = ()
    compare: bool = False
    seed: int = 42
    allow_random_weights: bool = False
    engine: Literal["pool", "ray"] = "pool"
    jobs: int = Field(default=0, ge=0)
    precision: Literal["float32", "bfloat16", "auto"] = "float32"

    @field_validator("compat")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if name not in COMPAT:
                near = did_you_mean(name, COMPAT)
                raise ValueError(f"'{name}' is no published choice.{near} Choose from: {listed(COMPAT)}")
        return tuple(sorted(set(names)))

    @field_validator("streams")
    @classmethod
    def _once(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(names))

    @property
    def main_kind(self) -> Literal["lstm", "linear"]:
        """The kind of network whose predictions become a coder."""
        return "linear" if self.kind == "linear" else "lstm"

    @property
    def subjects(self) -> tuple[str, ...]:
        """Subjects of the study who have this role."""
        return SUBJECTS[self.role]

    @property
    def published(self) -> PaperCompat:
        """The published choices that are on."""
        return PaperCompat(**dict.fromkeys(self.compat, True))
