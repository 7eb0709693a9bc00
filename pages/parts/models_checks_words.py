"""The checks of a fit in words: the engine's own, shapes of residuals, replicates, and which model foretells best."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pages.parts.models_words import PEOPLE, minus
from pages.parts.store_models_checks import Checked, Ladder
from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.spec import Spec
from pipeline.models import gibbs
from pipeline.models.collapsed_sampling import FEWEST_EFFECTIVE, LARGEST_K

LIMITS = {"gibbs": (gibbs.LARGEST_RHAT, gibbs.FEWEST_EFFECTIVE)}
OF_CHAINS = (1.01, 400.0)
"""R-hat above / effective draws below which several chains are not to be trusted (Vehtari et al. 2021); `LIMITS`: of
engines with one chain.
"""
EDGE = "boundary"
"""Word of an engine's note on variances at the edge of what is possible."""
SKEWED, HEAVY, LIGHT, SURE = 0.5, 1.0, -0.8, 2.0
"""Skewness and excess kurtosis from which a shape is named, and how many standard errors they must be."""
UNEQUAL = 2.0
"""Ratio of residual SDs of behaviours from which they are called unequal."""
ENOUGH = 10
"""Values below which the spread of a behaviour is not compared."""
NORMAL, FEW = "close to a Normal distribution", "too few to judge"
SMALL_DIC = 5.0
"""A difference of DIC below this means little (Spiegelhalter et al. 2002)."""


@dataclass(frozen=True)
class Check:
    """One check of an engine in words, and whether it passed (None: nothing to pass, read with care)."""

    words: str
    passed: bool | None


def engine_checks(
    diagnostics: dict[str, float], boundary: bool = False, limits: tuple[float, float] = OF_CHAINS
) -> list[Check]:
    """What an engine's diagnostics say, in plain words: effective draws and Pareto k of the quick engine; R-hat,
    effective draws and divergences of a sampler (keys rhat, ess, divergences). `boundary`: whether the variances' best
    estimate lies at the edge of what is possible; `limits`: largest R-hat and fewest effective draws of a sampler.
    """
    weighted = "pareto_k" in diagnostics
    largest, fewest = limits
    found = []
    if np.isfinite(ess := diagnostics.get("ess", np.nan)):
        need = FEWEST_EFFECTIVE if weighted else fewest
        draws = f" of {diagnostics['draws']:,.0f}" if weighted and "draws" in diagnostics else ""
        found.append(Check(f"effective draws {ess:,.0f}{draws} (at least {need:.0f} needed)", ess >= need))
    if weighted:
        k = diagnostics["pareto_k"]
        found.append(Check(f"Pareto k-hat {minus(f'{k:.2f}')} (at most {LARGEST_K} allowed)", k <= LARGEST_K))
    if np.isfinite(rhat := diagnostics.get("rhat", np.nan)):
        found.append(Check(f"R-hat {rhat:.3f} (at most {largest} allowed)", rhat <= largest))
    if np.isfinite(lost := diagnostics.get("divergences", np.nan)):
        found.append(Check(f"{lost:,.0f} divergent draws (none allowed)", lost == 0))
    if boundary:
        found.append(Check("the variances' best estimate lies at the edge of what is possible", None))
    elif weighted:
        found.append(Check("variances inside their range", True))
    return found


def engine_line(checks: list[Check], failed: tuple[str, ...] = ()) -> tuple[str, bool]:
    """(one sentence that begins with the verdict, whether all passed); markdown."""
    passed = not failed and all(one.passed is not False for one in checks)
    care = any(one.passed is None for one in checks)
    verdict = "Failed" if not passed else "Passed, with care" if care else "Passed"
    words = [f"{one.words}{'' if one.passed is not False else ': **failed**'}" for one in checks]
    text = "; ".join(words) or "; ".join(escape(one) for one in failed) or "the engine says nothing of itself"
    return f"**{verdict}:** {text}.", passed


def stored_line(
    engine: str, diagnostics: dict[str, float], table: pd.DataFrame, failed: tuple[str, ...], notes: list[str]
) -> tuple[str, bool]:
    """The same line for a stored fit (contents of fit.json and its terms): an engine that stores no worst R-hat or
    effective size is judged by its terms.
    """
    worst = {"rhat": table["rhat"].max(), "ess": table["ess"].min()}
    known = {name: float(value) for name, value in worst.items() if np.isfinite(value)} | diagnostics
    edge = any(EDGE in note for note in notes)
    return engine_line(engine_checks(known, edge, LIMITS.get(engine, OF_CHAINS)), failed)


def shape_words(shape: dict[str, float]) -> str:
    """'skewed towards longer times, with heavy tails', or 'close to a Normal distribution'."""
    if not np.isfinite(shape["skewness"]):
        return FEW
    words = []
    skew, tails = shape["skewness"], shape["kurtosis"]
    if abs(skew) > SKEWED and abs(skew) > SURE * shape["skewness_se"]:
        words.append(f"skewed towards {'longer' if skew > 0 else 'shorter'} times")
    sure = abs(tails) > SURE * shape["kurtosis_se"]
    if sure and tails > HEAVY:
        words.append("heavy tails (more extreme values than a Normal distribution has)")
    if sure and tails < LIGHT:
        words.append("light tails (fewer extreme values than a Normal distribution has)")
    return " and ".join(words) or NORMAL


def residual_words(found: Checked, which: str) -> str:
    """The shape of the residuals of both sides in one line; markdown."""
    said = {person: shape_words(found.shape(which, name)) for name, person in PEOPLE.items()}
    text = " ".join(f"**{person}:** {words}." for person, words in said.items())
    if all(words in (NORMAL, FEW) for words in said.values()):
        return text
    return f"{text} Terms that rest on few rows suffer most from this."


def spread_words(found: Checked) -> str:
    """How unequal the spread is between behaviours; markdown."""
    parts = []
    for name, person in PEOPLE.items():
        mine = found.spread[(found.spread["response"] == name) & (found.spread["values"] >= ENOUGH)]
        if len(mine) < 2:
            parts.append(f"**{person}:** too few values to compare.")
            continue
        low, high = mine.loc[mine["sd"].idxmin()], mine.loc[mine["sd"].idxmax()]
        ratio = high["sd"] / low["sd"] if low["sd"] > 0 else np.inf
        ends = f"{time(low['sd'], found.unit)} ('{escape(low['code'])}') to {time(high['sd'], found.unit)} "
        ends += f"('{escape(high['code'])}')"
        word = "unequal" if ratio > UNEQUAL else "about alike"
        parts.append(f"**{person}:** {word}, {ends}; the model assumes {time(found.row_sd[name], found.unit)} for all.")
    tail = " Where the real spread is larger, the intervals are too narrow; where it is smaller, too wide."
    return " ".join(parts) + (tail if any("unequal" in part for part in parts) else "")


def time(value: float, unit: str) -> str:
    """'12 s' (per 5 minutes), or a plain number of the outcome."""
    return f"{value:.0f} s" if unit else f"{value:.2f}"


def replicate_words(found: Checked) -> str:
    """How many behaviours the replicates reproduce, and how much is impossible; markdown."""
    rows = found.replicated
    inside = rows["observed"].between(rows["lower"], rows["upper"])
    parts = []
    for name, word in (("mean", "average time"), ("sd", "spread")):
        mine = rows["statistic"] == name
        parts.append(f"{word} reproduced for **{int(inside[mine].sum())} of {int(mine.sum())}** behaviours")
    text = "; ".join(parts)
    below = rows[rows["statistic"] == "below"]
    if below.empty:
        return f"{text[:1].upper()}{text[1:]}."
    part = float(np.average(below["middle"], weights=below["values"]))
    worst = below.loc[below["middle"].idxmax()]
    most = f"most: {worst['response']}, '{escape(worst['code'])}', {worst['middle']:.0f} %"
    return (
        f"{text[:1].upper()}{text[1:]}. The model expects **{part:.0f}\u00a0%** of times below 0 s, which cannot be "
        f"({most}): a Normal model knows no limit."
    )


def name_of(title: str) -> str:
    """'Model 4' of 'Model 4: fully adjusted'."""
    return title.partition(":")[0]


def best_words(found: Ladder, spec: Spec) -> str:
    """Which model foretells a new recording best, and what helped; markdown."""
    comparison = found.comparison
    best = comparison.best
    equal = [rung for rung in comparison.table.index if rung != best and not comparison.clear(best, rung)]
    text = f"**{escape(name_of(found.titles[best]))} predicts new recordings best"
    if equal:
        names = one_of([escape(name_of(found.titles[rung])) for rung in equal], "and")
        text += f"; {names} {'does' if len(equal) == 1 else 'do'} about as well"
    steps = [f"{what} {_help(comparison, more, less, plural)}" for what, plural, more, less in _steps(found, spec)]
    said = ", ".join(steps)
    return f"{text}.** {said[:1].upper()}{said[1:]}." if said else f"{text}.**"


def _steps(found: Ladder, spec: Spec) -> list[tuple[str, bool, int, int]]:
    """What was added, whether it is many, and the rungs with and without it."""
    rungs = [(rung, spec.rungs[rung]) for rung in found.comparison.table.index]
    null = [rung for rung, step in rungs if not step.codes]
    codes = [rung for rung, step in rungs if step.codes and not step.exposure]
    bare = [rung for rung, step in rungs if step.exposure and not step.covariates]
    full = [rung for rung, step in rungs if step.exposure and step.covariates]
    score = escape(str(spec.exposure).replace("_", " "))
    pairs = (("knowing the behaviour", False, codes, null), (score, False, bare, codes))
    pairs = (*pairs, ("the covariates", True, full, bare))
    return [(what, many, more[-1], less[0]) for what, many, more, less in pairs if more and less]


def _help(comparison: object, more: int, less: int, plural: bool) -> str:
    """'helps', 'does not help' or 'makes it worse'."""
    if comparison.clear(more, less):
        return "help" if plural else "helps"
    if comparison.clear(less, more):
        return "make it worse" if plural else "makes it worse"
    return "do not help clearly" if plural else "does not help clearly"


def left_words(found: Ladder, units: int) -> str:
    """How many recordings were compared, and how far the short way can be trusted."""
    table = found.comparison.table
    refitted = int(table["refitted"].sum())
    text = f"{counted(found.comparison.units, 'recording')} left out in turn, the same for all models. "
    if lost := units - found.comparison.units:
        text += f"{counted(lost, 'recording')} could not be left out: a behaviour's estimate rests on it alone. "
    largest = minus(f"{table['largest_k'].max():.2f}")
    text += f"Largest k-hat {largest} (up to {LARGEST_K} the short way is exact enough)"
    return text + (f"; {counted(refitted, 'fit')} made anew where it was above." if refitted else ".")


def deviance_words(found: Ladder) -> str:
    """Which model has the smallest DIC; markdown."""
    dic = found.deviances["dic"]
    best = dic.idxmin()
    near = [name_of(found.titles[rung]) for rung in dic.index if rung != best and dic[rung] - dic[best] < SMALL_DIC]
    text = f"**{escape(name_of(found.titles[best]))} has the smallest DIC**"
    text += f"; {one_of(near, 'and')} within {SMALL_DIC:.0f}, which means little" if near else ""
    agree = best == found.comparison.best or best in near
    other = "" if agree else " It judges recordings that the model has seen; for new ones trust the comparison above."
    return f"{text}.{other}"


def failed_title(failed: bool, title: str = "") -> str:
    """The title of a figure; a fit that failed says so first."""
    return "This fit failed its own checks: do not report it" if failed else title


def state_of(failed: tuple[str, ...] | bool) -> str:
    """The column 'Checks' of a table."""
    return "failed" if failed else "passed"


def inside_words(rows: pd.DataFrame) -> pd.Series:
    """Whether the observed number lies in the replicates' interval, in words."""
    inside = rows["observed"].between(rows["lower"], rows["upper"])
    return inside.map({True: "yes", False: "no"})
