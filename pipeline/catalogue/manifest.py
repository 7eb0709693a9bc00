"""The study manifest STUDY.toml: which files, which format, which codebook, which tables, which columns."""

from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipeline.catalogue.scheme import Subject
from pipeline.catalogue.smile_parameters import SmileParameters
from pipeline.catalogue.timed_entries import Pattern, Speech, Streams, Tracks
from pipeline.catalogue.toml_file import Strict, load_toml
from pipeline.errors import ManifestError

PHASES = ("preconception", "pregnancy", "postpartum_before", "postpartum_after")
TABLES = ("families", "people", "dyads", "observations", "covariates", "media", "speech", "episodes")

Phase = Literal["preconception", "pregnancy", "postpartum_before", "postpartum_after"]
DateOrder = Literal["dmy", "mdy", "ymd"]
Decimal = Literal[".", ","]


class Study(Strict):
    """What the study is called, and defaults for its files."""

    id: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]*$")
    title: str
    synthetic: bool = False
    attribution: str = ""
    scheme: str | None = None
    protocol: str | None = None


class Columns(Strict):
    """Column names of a plain long table of events (format = "long_csv"). Subject, group or channel may be constants
    written as `"=infant"`. Exactly one of offset and duration; the unit is never guessed."""

    observation: str
    code: str
    onset: str
    offset: str | None = None
    duration: str | None = None
    subject: str | None = None
    behaviour_group: str | None = None
    modifiers: tuple[str, ...] = ()
    coder: str | None = None
    comment: str | None = None
    unit: Literal["ms", "s"]

    @model_validator(mode="after")
    def _end(self) -> "Columns":
        if (self.offset is None) == (self.duration is None):
            raise ValueError("give exactly one of offset and duration")
        return self


class Tier(Strict):
    """What one tier of an ELAN file, one column of a Datavyu file or one class of an INTERACT file holds.

    `subject`: whose behaviour it is. `behaviour_group`: the group its words belong to. `code`: the one code that every
    annotation of it means, whatever its text. `modifiers`: names of child tiers (ELAN) or codes of the column
    (Datavyu) that qualify it. `coder`: who coded it, where a second coder is a column of the same file.
    """

    subject: Subject | None = None
    behaviour_group: str | None = None
    code: str | None = None
    modifiers: tuple[str, ...] = ()
    coder: str | None = None


TIERED = ("elan", "datavyu", "datavyu_csv", "interact_csv", "nova")
"""Formats whose files have tiers, columns or classes of their own names."""


class Coded(Strict):
    """One set of coded files.

    `observation` is a pattern over the observation name of the file: its named groups are `observation` and
    `coder` (both optional); without it the whole name is the observation. `corrections` maps a misspelt name to
    the right one before the pattern is applied. `observation_ids` and `coders` map what the pattern caught to the
    study's own words. `split_subjects` is for recordings of several people of one kind (children in a classroom): each
    becomes a recording of their own named "<observation> / <subject>", and `subject` says what they are.
    `tiers` says what the tiers, columns or classes of a file are; where any is named, the others are left out.
    """

    files: tuple[str, ...] = Field(min_length=1)
    format: str
    scheme: str | None = None
    observation: Pattern = r"^(?P<observation>.+)$"
    observation_ids: dict[str, str] = {}
    corrections: dict[str, str] = {}
    coder: str | None = None
    coder_column: str | None = None
    coders: dict[str, str] = {}
    subject: Subject | None = None
    subjects: dict[str, Subject] = {}
    split_subjects: bool = False
    channels: tuple[str, ...] = ()
    codes: dict[str, str] = {}
    columns: Columns | None = None
    tiers: dict[str, Tier] = {}
    encoding: str | None = None
    delimiter: str | None = None
    decimal: Decimal | None = None
    overlap: Literal["reject", "later_wins"] = "reject"
    time_offset_ms: int = 0
    tool_step_ms: tuple[int, ...] = (1,)

    @model_validator(mode="after")
    def _long(self) -> "Coded":
        if (self.format == "long_csv") != (self.columns is not None):
            raise ValueError("a columns table belongs to format long_csv, and long_csv needs one")
        if self.tiers and self.format not in TIERED:
            raise ValueError(f"tiers belong to the formats {', '.join(TIERED)}")
        if self.split_subjects and self.subject is None:
            raise ValueError(
                "split_subjects needs subject: say what each of the people is, for example subject = 'infant'"
            )
        return self


class Table(Strict):
    """One table of the study. `columns` maps our field to the file's column, or to a template of columns in braces
    (`"{family}_{partner}"`) or a constant (`"=home_headcam"`); `values` maps the file's values to ours, per field;
    `missing` lists the values that mean "not given", per field or for all under `"*"`.
    Without `file`, the rows are the distinct observation names of the coded files, split by `pattern`."""

    file: str | None = None
    pattern: Pattern | None = None
    columns: dict[str, str] = {}
    values: dict[str, dict[str, str]] = {}
    missing: dict[str, tuple[str, ...]] = {}
    units: dict[str, str] = {}
    decimal: Decimal = "."
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _rows(self) -> "Table":
        if (self.file is None) == (self.pattern is None):
            raise ValueError("give either file (a table) or pattern (rows made from the observation names)")
        return self


class Scores(Strict):
    """One questionnaire in one file: scored from `items`, or taken as `total`, or both (then they must agree).
    `wave` and `phase` are a constant (`"=antenatal"`) or the name of a column."""

    file: str
    instrument: str
    person: str
    wave: str
    phase: str
    phases: dict[str, Phase] = {}
    items: tuple[str, ...] = ()
    total: str | None = None
    value_labels: dict[str, float] = {}
    missing: tuple[str, ...] = ("",)
    decimal: Decimal = "."
    analysis_wave: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    sheet: str | None = None

    @model_validator(mode="after")
    def _something(self) -> "Scores":
        if not self.items and self.total is None:
            raise ValueError("give items, total or both")
        return self


class Variable(Strict):
    """A further column that becomes a filter, split, covariate or exposure everywhere."""

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    label: str
    table: Literal["families", "people", "dyads", "observations", "covariates"]
    column: str
    kind: Literal["numeric", "binary", "categorical", "date"]
    levels: tuple[str, ...] = ()
    values: dict[str, str] = {}
    missing: tuple[str, ...] = ("",)
    decimal: Decimal = "."
    unit: str = ""
    date_order: DateOrder | None = None
    of: Literal["caregiver", "infant"] = "caregiver"

    @model_validator(mode="after")
    def _levels(self) -> "Variable":
        if self.kind == "binary" and len(self.levels) != 2:
            raise ValueError("a binary variable names its two levels")
        if self.kind == "date" and self.date_order is None:
            raise ValueError("a date needs date_order: dmy, mdy or ymd (it is never guessed)")
        return self


class Primary(Strict):
    """Which coder is analysed where several coded one recording. Without an entry: the paper's rule
    (the coder with the highest number of coded observations)."""

    coders: dict[str, str] = {}
    prefer: tuple[str, ...] = ()


class Tables(Strict):
    """The tables of the study."""

    families: Table | None = None
    people: Table | None = None
    dyads: Table | None = None
    observations: Table
    covariates: Table | None = None
    media: Table | None = None
    speech: Table | None = None
    episodes: Table | None = None


class Manifest(Strict):
    """The whole STUDY.toml."""

    study: Study
    coded: tuple[Coded, ...] = ()
    tracks: tuple[Tracks, ...] = ()
    speech: tuple[Speech, ...] = ()
    streams: tuple[Streams, ...] = ()
    smiles: SmileParameters = SmileParameters()
    tables: Tables
    scores: tuple[Scores, ...] = ()
    variables: tuple[Variable, ...] = ()
    primary: Primary = Primary()

    @model_validator(mode="after")
    def _names(self) -> "Manifest":
        if not self.coded and not self.tracks and not self.streams:
            raise ValueError("name coded files ([[coded]]), face tracks ([[tracks]]) or feature streams ([[streams]])")
        names = [variable.name for variable in self.variables]
        if twice := {name for name in names if names.count(name) > 1}:
            raise ValueError(f"the variable {sorted(twice)[0]} stands twice")
        for entry in self.coded:
            if entry.scheme is None and self.study.scheme is None:
                raise ValueError("every coded entry needs a scheme, its own or the study's")
        return self


def load_manifest(path: Path) -> Manifest:
    """The manifest in a TOML file; ManifestError names file, key and choices when it cannot be used."""
    return load_toml(path, Manifest, ManifestError)
