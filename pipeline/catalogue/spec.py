"""Specs: an analysis as data (outcome group, exposure, rungs, covariates, hypotheses, options), read from
`specs/*.toml` or a lab's own file.
"""

from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from pipeline.catalogue.toml_file import Strict, check, load_toml
from pipeline.errors import CatalogueError, did_you_mean, listed

SPEC_FOLDER = Path(__file__).parent / "specs"

Response = Literal["infant", "caregiver"]
Prior = Literal["mlwin", "weak"]
Method = Literal["bayes", "reml", "ml"]


class Covariate(Strict):
    """What a model adjusts for: a column of the observation frame. `levels` of a categorical one: the reference first
    (without them: the most frequent level is the reference).
    """

    column: str
    label: str
    kind: Literal["numeric", "categorical"]
    levels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _levels(self) -> "Covariate":
        if self.levels and self.kind == "numeric":
            raise ValueError(f"the covariate {self.label} is numeric and has no levels")
        return self


class Rung(Strict):
    """One of the nested models: with behaviours, with the exposure (and its product with each behaviour), and which
    covariates (columns).
    """

    title: str
    codes: bool = False
    exposure: bool = False
    covariates: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _codes_first(self) -> "Rung":
        if self.exposure and not self.codes:
            raise ValueError(f"the rung {self.title} has the exposure without the behaviours it acts on")
        return self


class Hypothesis(Strict):
    """Related behaviours of one side and the direction expected when the exposure rises."""

    title: str
    response: Response
    codes: tuple[str, ...] = Field(min_length=1)
    sign: Literal["+", "-"]


class Moderator(Strict):
    """A binary or numeric column whose product with the exposure (and each behaviour) enters: does the association
    differ between groups? `levels`: reference, other.
    """

    column: str
    label: str
    levels: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _two(self) -> "Moderator":
        if len(self.levels) not in (0, 2):
            raise ValueError(f"the moderator {self.label} needs two levels, or none when it is numeric")
        return self


class Options(Strict):
    """What the published text leaves open. The defaults are the readings that fit the published tables best.

    `denominator`: time of the recording, of what could be seen, or of what was coded. `zeros`: a behaviour that never
    occurred is absent, or 0. `outcome`: z per side and behaviour group, the raw share, or normal scores.
    `standardise`: exposure over units, over parents, or with a fixed (mean, sd). `score_timing`: any wave the study
    names, or only scores taken before the recording. `whose_score`: of the caregiver filmed, or of the partner.
    `row_covariance`: infant-caregiver covariance within rows. `pooled`: products with behaviours share one Normal.
    `level`: a further level (full engine only). `fewest_rows`: below it a code is removed from a side; `few_rows`:
    below it a code is marked.
    """

    denominator: Literal["session", "observable", "coded"] = "session"
    zeros: Literal["observed", "include"] = "observed"
    outcome: Literal["normalised", "share", "normal_scores"] = "normalised"
    standardise: Literal["units", "parents"] | tuple[float, float] = "units"
    score_timing: Literal["named", "before_recording"] = "named"
    whose_score: Literal["filmed", "partner"] = "filmed"
    row_covariance: Literal["estimated", "none"] = "estimated"
    prior: Prior = "mlwin"
    method: Method = "bayes"
    pooled: bool = False
    level: Literal["unit", "dyad", "family"] = "unit"
    draws: int = Field(default=1000, ge=200, le=100_000)
    fewest_rows: int = Field(default=3, ge=3)
    few_rows: int = Field(default=10, ge=1)


class Spec(Strict):
    """One analysis. `rung` is the model that runs; `exposure` is an instrument or a column, None for behaviours alone;
    `by_code` are covariates that also enter as a product with each behaviour.
    """

    name: str = Field(pattern=r"^[a-z][a-z0-9_]*$")
    title: str
    citation: str = ""
    scheme: str = "mhint"
    protocol: str | None = None
    behaviour_group: str
    reference: str
    exposure: str | None = None
    rung: int = Field(default=4, ge=0)
    rungs: tuple[Rung, ...] = Field(min_length=1)
    covariates: tuple[Covariate, ...] = ()
    by_code: tuple[str, ...] = ()
    moderator: Moderator | None = None
    hypotheses: tuple[Hypothesis, ...] = ()
    options: Options = Options()

    @model_validator(mode="after")
    def _whole(self) -> "Spec":
        known = [one.column for one in self.covariates]
        if twice := {column for column in known if known.count(column) > 1}:
            raise ValueError(f"the covariate {listed(twice)} stands twice")
        labels = [one.label for one in self.covariates]
        if same := {label for label in labels if labels.count(label) > 1}:
            raise ValueError(f"two covariates have the label {listed(same)}, which names their terms")
        if self.rung >= len(self.rungs):
            raise ValueError(f"there is no rung {self.rung}; the last one is {len(self.rungs) - 1}")
        named = {column for rung in self.rungs for column in rung.covariates} | set(self.by_code)
        if unknown := named - set(known):
            raise ValueError(f"{listed(unknown)} is not among the covariates: {listed(known)}")
        if self.exposure is None and (self.moderator or any(rung.exposure for rung in self.rungs)):
            raise ValueError("a rung or the moderator uses the exposure, but no exposure is named")
        return self

    @property
    def step(self) -> Rung:
        """The rung that runs."""
        return self.rungs[self.rung]

    @property
    def adjusted_for(self) -> tuple[Covariate, ...]:
        """The covariates of the rung that runs, in the order of the spec."""
        return tuple(one for one in self.covariates if one.column in self.step.covariates)

    @property
    def ladder(self) -> tuple[str, ...]:
        """Columns that must be recorded for a unit to enter any rung: the same rows serve all of them."""
        used = {column for rung in self.rungs for column in rung.covariates}
        extra = (self.moderator.column,) if self.moderator else ()
        return (*(one.column for one in self.covariates if one.column in used), *extra)

    def changed(self, **changes: object) -> "Spec":
        """The spec with other fields (`rung=2`) or options (`options={"prior": "weak"}`), checked again."""
        content = self.model_dump()
        content["options"] = content["options"] | dict(changes.pop("options", {}))
        return check(content | changes, Spec, self.name, CatalogueError)

    def without(self, *columns: str) -> "Spec":
        """The spec whose running rung leaves out these covariates."""
        kept = tuple(column for column in self.step.covariates if column not in columns)
        rungs = [rung.model_dump() for rung in self.rungs]
        rungs[self.rung]["covariates"] = kept
        return self.changed(rungs=rungs, by_code=tuple(one for one in self.by_code if one not in columns))


def known_specs() -> tuple[str, ...]:
    """Names of the specs that come with Dyadscope."""
    return tuple(sorted(path.stem for path in SPEC_FOLDER.glob("*.toml")))


@lru_cache(maxsize=64)
def load_spec(name: str, beside: Path | None = None) -> Spec:
    """A spec by its name in the catalogue or by a `.toml` path; CatalogueError names the choices."""
    if name.endswith(".toml"):
        return load_toml((beside or Path()) / name, Spec, CatalogueError)
    if name not in known_specs():
        known = known_specs()
        text = f"'{name}' is not a known spec.{did_you_mean(name, known)}"
        raise CatalogueError(f"{text} Choose one of: {listed(known)}, or a .toml file.", value=name)
    return load_toml(SPEC_FOLDER / f"{name}.toml", Spec, CatalogueError)
