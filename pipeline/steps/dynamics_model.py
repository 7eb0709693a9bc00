"""A dynamic measure as the outcome of a model: is it another with more depressed mothers? Runs when asked, never on its
own: it may take seconds, and a straight line loads statsmodels.

Numbers per recording: a linear mixed model by restricted likelihood, with a random intercept per family, and per dyad
where families have several dyads with several recordings. Latencies, wait by wait: a Cox model, which takes waits
without an answer as censored, with standard errors that are robust to the likeness of waits of one family (sandwich
over families; ties by Efron). Intervals are 95 %, of the normal distribution.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.stats import norm

from pipeline.errors import UserError
from pipeline.measures.cox import cox
from pipeline.measures.durations import refuse_duplicates
from pipeline.measures.mixed_blocks import blocks
from pipeline.measures.mixed_model import fit_mixed
from pipeline.steps.dynamics import Answer
from pipeline.steps.dynamics_design import FEWEST, Design, Explanation, designed, refuse_alike
from pipeline.steps.dynamics_pools import clocks

TERMS = ("term", "estimate", "se", "low", "high", "p")
EDGE = 1e-3
"""A variance below this share of the residual variance stands at its boundary, 0."""
NOTHING = 1e-12
"""Columns that leave less than this share of the squares explain the numbers wholly."""
RUNAWAY = 10
"""A log ratio per SD beyond this is no estimate but a sign of separation."""
UNSOLVED = "The mixed model could not be computed: its equations have no single solution."
Z = float(norm.ppf(0.975))


@dataclass(frozen=True)
class Explained:
    """`terms`: one row per coefficient (TERMS; a Cox model also `ratio`, `ratio_low`, `ratio_high`: above 1 is faster).

    `variances`: of families, dyads and recordings (mixed model). `scales`: mean and SD of numeric columns. `words`:
    what a reader must know of how it went. `method` says what was computed.
    """

    method: str
    terms: pd.DataFrame
    variances: pd.DataFrame
    scales: pd.DataFrame
    recordings: int
    dyads: int
    families: int
    waits: int
    words: tuple[str, ...]


def explain_answer(answer: Answer, observations: pd.DataFrame, chosen: Explanation) -> Explained:
    """The model that fits the question: of latencies wait by wait (Cox), of all else the numbers of recordings."""
    if answer.question.measure == "latency":
        return explain_waits(clocks(answer), observations, chosen)
    return explain(answer.rows, observations, chosen)


def explain(rows: pd.DataFrame, observations: pd.DataFrame, chosen: Explanation) -> Explained:
    """Mixed model of the `value` of recordings (rows of an answer); UserError where it cannot be computed."""
    refuse_duplicates(rows, ("observation_id",), "Recordings")
    known = rows[rows["value"].notna()]
    design = designed(known, observations, chosen)
    if np.ptp(design.rows["value"].to_numpy()) == 0:
        raise UserError("Every recording has the same number, so there is nothing to explain. Choose another measure.")
    fixed = design.columns.assign(**{"(mean)": 1.0})
    fixed = fixed[["(mean)", *design.columns]]
    refuse_alike(fixed)
    if not design.rows["family_id"].duplicated().any():
        return _line(design, fixed)
    return _mixed(design, fixed)


def _mixed(design: Design, fixed: pd.DataFrame) -> Explained:
    """Random intercepts of families and, where they can be told apart, of dyads."""
    rows, columns = design.rows, fixed.to_numpy()
    y, middle = rows["value"].to_numpy(float), float(rows["value"].mean())
    dyads = rows["dyad_id"].to_numpy(str) if _dyads_differ(rows) else None
    if len(rows) <= columns.shape[1]:
        raise UserError(f"{UNSOLVED} Leave out covariates, or choose more recordings.")
    try:
        found = fit_mixed(blocks(y - middle, columns, rows["family_id"].to_numpy(str), dyads))
    except np.linalg.LinAlgError:
        raise UserError(f"{UNSOLVED} Leave out covariates, or choose more recordings.") from None
    if found.variance * (len(rows) - columns.shape[1]) <= NOTHING * ((y - middle) ** 2).sum():
        raise UserError(f"{UNSOLVED} Leave out covariates, or choose more recordings.")
    terms = _terms(list(fixed), found.beta + middle * (fixed.columns == "(mean)"), found.se)
    spread = np.diag(found.random)
    amounts = {"families": float(spread[0])} | ({} if dyads is None else {"dyads": float(spread[-1])})
    variances = pd.DataFrame({"of": [*amounts, "recordings"], "variance": [*amounts.values(), found.variance]})
    words = (*_left_out(design), *_edges(amounts, found.variance))
    who = "family" if dyads is None else "family and dyad"
    method = f"Linear mixed model (REML) with a random intercept per {who}"
    return _explained(method, terms, variances, design, 0, words)


def _line(design: Design, fixed: pd.DataFrame) -> Explained:
    """One recording per family: a straight line, with standard errors that allow for unequal spread (HC3)."""
    from statsmodels.regression.linear_model import OLS

    found = OLS(design.rows["value"].to_numpy(float), fixed.to_numpy()).fit(cov_type="HC3")
    terms = _terms(list(fixed), np.asarray(found.params), np.asarray(found.bse))
    variances = pd.DataFrame({"of": ["recordings"], "variance": [float(found.scale)]})
    words = (*_left_out(design), "Every family has one recording, so families and recordings cannot be told apart.")
    return _explained("Linear regression with robust standard errors (HC3)", terms, variances, design, 0, words)


def explain_waits(clocks: pd.DataFrame, observations: pd.DataFrame, chosen: Explanation) -> Explained:
    """Cox model of waits (rows of `dynamics_pools.clocks`): ratios of the chance of an answer at any moment."""
    design = designed(clocks, observations, chosen)
    rows, columns = design.rows, design.columns
    answered = rows["answered"].to_numpy(bool)
    if answered.sum() < FEWEST:
        text = f"Only {answered.sum()} waits were answered; a model needs at least {FEWEST}."
        raise UserError(f"{text} Choose more recordings or a more frequent behaviour.")
    refuse_alike(columns.assign(**{"(mean)": 1.0}))
    found = cox(rows["wait_ms"].to_numpy(float) / 1000, answered, columns.to_numpy(), rows["family_id"].to_numpy())
    far = np.abs(found.estimates) * columns.to_numpy().std(0)
    if not found.settled or (far > RUNAWAY).any() or not (found.se > 0).all():
        text = "The Cox model has no finite answer: waits of one kind were always, or never, answered first."
        raise UserError(f"{text} Leave out covariates, or choose more recordings.")
    terms = _terms(list(columns), found.estimates, found.se)
    terms[["ratio", "ratio_low", "ratio_high"]] = np.exp(terms[["estimate", "low", "high"]].to_numpy())
    words = (*_left_out(design, "waits"), f"{(~answered).sum()} of {len(rows)} waits had no answer: they are censored.")
    none = pd.DataFrame({"of": [], "variance": []})
    return _explained("Cox model with standard errors robust over families", terms, none, design, len(rows), words)


def _dyads_differ(rows: pd.DataFrame) -> bool:
    """Whether some family has several dyads and some dyad several recordings."""
    several = rows.groupby("family_id")["dyad_id"].nunique().max() > 1
    return bool(several and rows["dyad_id"].duplicated().any())


def _terms(names: list[str], estimates: np.ndarray, se: np.ndarray) -> pd.DataFrame:
    """Coefficients with their intervals."""
    p = 2 * norm.sf(np.abs(estimates / se))
    frame = zip(names, estimates, se, estimates - Z * se, estimates + Z * se, p, strict=True)
    return pd.DataFrame(frame, columns=list(TERMS))


def _edges(amounts: dict[str, float], scale: float) -> tuple[str, ...]:
    """Variances that stand at their boundary."""
    flat = [name for name, amount in amounts.items() if amount < EDGE * scale]
    return tuple(f"The variance of {name} is estimated as 0: beyond chance, {name} do not differ." for name in flat)


def _left_out(design: Design, what: str = "recordings") -> tuple[str, ...]:
    """How many rows lack a value."""
    return (f"{design.left_out} {what} without all these values were left out.",) if design.left_out else ()


def _explained(
    method: str, terms: pd.DataFrame, variances: pd.DataFrame, design: Design, waits: int, words: tuple[str, ...]
) -> Explained:
    counts = (design.rows[name].nunique() for name in ("observation_id", "dyad_id", "family_id"))
    return Explained(method, terms, variances, design.scales, *counts, waits, words)
