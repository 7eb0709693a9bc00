"""What every engine hands over: terms, random part, diagnostics and notes."""

from dataclasses import asdict, dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Method, Prior, Spec
from pipeline.errors import UserError

COLUMNS = ("response", "term", "mean", "sd", "lower", "upper", "rows", "units", "rhat", "ess")
ENDS = (0.025, 0.975)
"""The interval of every estimate: 95 %."""


class ModelRefused(UserError):
    """A model that cannot be fitted to these rows; nothing was estimated."""


@dataclass(frozen=True)
class Note:
    """Something the reader of a fit must know. `kind`: removed (a code or column of one side), lost (rows that did not
    enter), warning (estimates to be read with care), prior (what was done to the prior).
    """

    kind: Literal["removed", "lost", "warning", "prior"]
    text: str
    response: str = ""
    term: str = ""
    rows: int | None = None


@dataclass(frozen=True)
class Settings:
    """How an engine runs: prior, method, row covariance, pooling of the products with behaviours, draws of the
    variance parameters. `prior_sd`: scales of the weak prior's half-Normals; the SDs of the responses otherwise.
    """

    prior: Prior = "mlwin"
    method: Method = "bayes"
    row_covariance: bool = True
    pooled: bool = False
    draws: int = 1000
    prior_sd: tuple[float, float] | None = None


def settings_of(spec: Spec) -> Settings:
    """The engine's part of a spec."""
    options = spec.options
    return Settings(options.prior, options.method, options.row_covariance == "estimated", options.pooled, options.draws)


@dataclass(frozen=True)
class Term:
    """One estimate: posterior mean, SD and 95 % interval, the rows and units it rests on; nan where an engine has no
    R-hat or ESS.
    """

    response: str
    term: str
    mean: float
    sd: float
    lower: float
    upper: float
    rows: int
    units: int
    rhat: float = np.nan
    ess: float = np.nan


@dataclass(frozen=True)
class Fit:
    """A model fitted to rows. `terms` and `random` have the columns of `Term`; `random` holds variances and covariances
    of units and rows, the infant-caregiver correlations and the share of variance between units. `diagnostics` are
    numbers by name. `engine` is quick, gibbs, full or two_part.
    """

    terms: pd.DataFrame
    random: pd.DataFrame
    diagnostics: dict[str, float]
    settings: Settings
    seed: int
    engine: str
    spec: Spec | None = None
    notes: tuple[Note, ...] = ()
    rows: int = 0
    units: int = 0
    failed: tuple[str, ...] = field(default=())

    @property
    def table(self) -> pd.DataFrame:
        """Terms, then the random part."""
        return pd.concat([self.terms, self.random], ignore_index=True)


def frame_of(terms: list[Term]) -> pd.DataFrame:
    """Terms as rows, in order."""
    return pd.DataFrame([asdict(term) for term in terms], columns=list(COLUMNS))


def random_names(responses: tuple[str, str]) -> dict[str, tuple[str, ...]]:
    """Names of the random part and the response each belongs to ('' when it belongs to both)."""
    first, second = responses
    return {
        f"unit_var_{first}": (first,),
        "unit_cov": (),
        f"unit_var_{second}": (second,),
        f"row_var_{first}": (first,),
        "row_cov": (),
        f"row_var_{second}": (second,),
        "unit_correlation": (),
        "row_correlation": (),
        f"unit_share_{first}": (first,),
        f"unit_share_{second}": (second,),
    }


def random_values(omega: np.ndarray) -> np.ndarray:
    """Draws x (u11, u12, u22, e11, e12, e22) -> draws x the ten columns of `random_names`."""
    u1, u12, u2, e1, e12, e2 = omega.T
    with np.errstate(divide="ignore", invalid="ignore"):
        correlations = [np.where(u1 * u2 > 0, u12 / np.sqrt(u1 * u2), 0.0), e12 / np.sqrt(e1 * e2)]
    return np.column_stack([omega, *correlations, u1 / (u1 + e1), u2 / (u2 + e2)])
