"""From draws of the two-part model to a Fit. Terms carry their part in front:

    occurrence: Woe face                 log odds that it occurs in a unit with an average score and average covariates
    occurrence: Woe face x EPDS          change of the log odds per SD of the exposure, of the behaviour itself
    duration: Woe face x EPDS            as in the other engines: change of its length, compared with the reference
    seconds if present: Woe face x EPDS  the behaviour's own change of its length, in seconds per 5 minutes
    expected seconds: Woe face at EPDS +1 SD   both parts together (see `hurdle_expected`)

`rows` of a part 1 term are the units in which the behaviour occurred, `units` those in which it could.
"""

from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models.fit import ENDS, Fit, Note, Settings, Term, frame_of
from pipeline.models.hurdle_draws import EFFECTS, HurdleDraws
from pipeline.models.hurdle_expected import quantities
from pipeline.models.hurdle_parts import TwoParts
from pipeline.models.sampling import failures, summary

WEAK_ONLY = "The two-part model has no default of MLwiN; it used the weak prior."


def two_part_fit(
    parts: TwoParts,
    draws: HurdleDraws,
    frame: pd.DataFrame,
    spec: Spec,
    settings: Settings,
    seed: int,
    sampler: dict[str, float],
    stopped: bool = False,
) -> Fit:
    """The Fit: terms of both parts, times from both together, random part, diagnostics and what failed. `sampler`:
    divergences and what else the sampler says of itself; `stopped`: somebody ended it early.
    """
    terms = coefficient_terms(parts, draws)
    found, notes = quantities(parts, draws, frame, spec)
    if found:
        values = summary(np.stack([one.values for one in found], axis=2), ENDS)
        terms += [
            _term(one.response, one.term, row, one.rows, one.units) for one, row in zip(found, values, strict=True)
        ]
    random = random_terms(parts, draws)
    table = frame_of([*terms, *random])
    worst, fewest = float(table["rhat"].max()), float(table["ess"].min())
    chains, count = draws.row_correlation.shape
    diagnostics = {"rhat": worst, "ess": fewest, "draws": float(chains * count), "chains": float(chains), **sampler}
    notes += [Note("prior", WEAK_ONLY)] if spec.options.prior != "weak" else []
    if stopped:
        text = f"The sampling was stopped early; {chains * count:,} draws of {chains} chains were kept."
        notes.append(Note("warning", text))
    return Fit(
        frame_of(terms), frame_of(random), diagnostics, settings, seed, "two_part", spec, (*parts.notes, *notes),
        parts.rows, parts.units, failures(worst, fewest, int(sampler["divergences"])),
    )  # fmt: skip


def _term(response: str, name: str, numbers: tuple[float, ...], rows: int, units: int) -> Term:
    """A term from a row of `sampling.summary`."""
    return Term(response, name, *numbers[:4], rows, units, *numbers[4:])


def coefficient_terms(parts: TwoParts, draws: HurdleDraws) -> list[Term]:
    """The coefficients of part 1, then of part 2, per side."""
    terms = []
    blocks = [
        ("occurrence", part.columns, values) for part, values in zip(parts.occurrence, draws.occurrence, strict=True)
    ]
    blocks += [
        ("duration", columns, values) for columns, values in zip(parts.duration.columns, draws.duration, strict=True)
    ]
    for part, columns, values in blocks:
        for column, numbers in zip(columns, summary(values, ENDS), strict=True):
            terms.append(_term(column.response, f"{part}: {column.term}", numbers, column.rows, column.units))
    return terms


def random_terms(parts: TwoParts, draws: HurdleDraws) -> list[Term]:
    """The four unit SDs, their six correlations, and the row variances of part 2; `response` is '' for both sides."""
    seen = ~np.isnan(parts.duration.y)
    counts = [*(len(part.occurred) for part in parts.occurrence), *(int(one) for one in seen.sum(axis=0))]
    pairs = list(combinations(range(4), 2))
    names = [(side, f"unit_sd_{part}_{side}", count) for (part, side), count in zip(EFFECTS, counts, strict=True)]
    names += [
        ("", f"unit_correlation_{'_'.join(EFFECTS[a] + EFFECTS[b])}", min(counts[a], counts[b])) for a, b in pairs
    ]
    values = [draws.unit_sd, np.stack([draws.unit_correlation[..., a, b] for a, b in pairs], axis=-1)]
    variance, both = draws.row_sd**2, int(seen.all(axis=1).sum())
    covariance = draws.row_correlation * draws.row_sd.prod(axis=-1)
    for name, side in (("row_var_infant", 0), ("row_var_caregiver", 1)):
        names.append((name.removeprefix("row_var_"), name, counts[2 + side]))
        values.append(variance[..., [side]])
    names += [("", "row_cov", both), ("", "row_correlation", both)]
    values += [covariance[..., None], draws.row_correlation[..., None]]
    numbers = summary(np.concatenate(values, axis=2), ENDS)
    return [_term(side, name, row, count, parts.units) for (side, name, count), row in zip(names, numbers, strict=True)]
