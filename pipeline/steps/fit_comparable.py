"""Exposure x behaviour terms of different fits on one scale: seconds per 5 minutes, per the same number of points of
the exposure.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.models import collapsed
from pipeline.models.collapsed import Posterior
from pipeline.models.design import Design, build
from pipeline.models.evidence import evidence
from pipeline.models.fit import ENDS, Note, Settings, settings_of
from pipeline.steps.fit_exposure import column_of
from pipeline.steps.fit_rows import ModelRows, rows_from
from pipeline.steps.fit_source import Source

DRAWS = 500
"""Draws of the variances per fit: half the usual number, because the coefficients are exact given them; the estimates
differ from those of many draws by a few hundredths of their SD."""
SEED = 1
LOST = ("response", "code", "reason")
FAILED = "its draws do not represent the posterior, so it failed its own checks"


@dataclass(frozen=True)
class Compared:
    """One fit. `terms`: response, code, mean, sd, lower, upper (the outcome's unit per SD of the exposure), seconds,
    seconds_low, seconds_high, evidence, rows, units. `lost`: response, code, reason of what has no estimate (response
    and code are '' for a whole fit). Units, dyads and families that entered; `failed`: '' or why not to use it.
    """

    terms: pd.DataFrame
    lost: pd.DataFrame
    units: int = 0
    dyads: int = 0
    families: int = 0
    failed: str = ""


def common_sd(source: Source, spec: Spec, observations: pd.DataFrame) -> float:
    """SD of the exposure in the pre-specified analysis: the number of points that all estimates are given per."""
    return rows_from(source, spec, observations).exposure[1]


def narrowed_to(source: Source, observations: pd.DataFrame, column: str, values: tuple[str, ...]) -> pd.DataFrame:
    """The recordings with one of these values of a column (as the spec names it)."""
    found = observations[column_of(column, observations, source)]
    return observations[found.notna() & found.astype("str").isin(values)]


def compared(rows: ModelRows, spec: Spec, sd: float, settings: Settings | None = None) -> Compared:
    """The fit of a spec to rows; ModelRefused says why there is none."""
    settings = settings or settings_of(spec)
    model = collapsed.posterior(collapsed.prepare(build(rows.frame, spec)), settings, SEED)
    terms = comparable(exposure_terms(model, spec), spec, rows, sd)
    return about(rows, terms, lost_of(model.data.design), "" if model.draws.good else FAILED)


def about(rows: ModelRows, terms: pd.DataFrame, lost: pd.DataFrame, failed: str = "") -> Compared:
    """The terms with what the rows rest on."""
    people = (int(rows.frame[name].nunique()) for name in ("dyad_id", "family_id"))
    return Compared(terms, lost, rows.units, *people, failed)


def lost_of(design: Design) -> pd.DataFrame:
    """What was left out of a side, with the reason."""
    return pd.DataFrame([(note.response, note.term, note.text) for note in removed(design)], columns=list(LOST))


def removed(design: Design) -> list[Note]:
    """Notes on what was left out of a side."""
    return [note for note in design.notes if note.kind == "removed" and note.response]


def exposure_terms(model: Posterior, spec: Spec) -> pd.DataFrame:
    """The exposure x behaviour terms of a posterior: response, term, code, mean, sd, lower, upper, rows, units,
    evidence, direction, hypothesis.
    """
    every = model.data.design.every
    places = [at for at, column in enumerate(model.active) if every[column].kind == "interaction"]
    columns = [every[model.active[at]] for at in places]
    named = [(one.response, one.term, one.rows, one.units) for one in columns]
    frame = pd.DataFrame(named, columns=["response", "term", "rows", "units"])
    return evidence(frame.assign(**summary(model, np.eye(len(model.active))[places])), spec)


def summary(model: Posterior, maps: np.ndarray) -> dict[str, np.ndarray]:
    """Mean, SD and the ends of the 95 % interval of linear maps of the coefficients (maps x coefficients)."""
    mixed = model.mixture(maps)
    lower, upper = (mixed.quantile(end) for end in ENDS)
    return {"mean": mixed.mean, "sd": mixed.sd, "lower": lower, "upper": upper}


def seconds_of(spec: Spec, rows: ModelRows) -> dict[str, float]:
    """Response -> seconds per 5 minutes that 1 of the outcome is. 1 of a normal score counts as 1 SD of the shares."""
    if spec.options.outcome == "share":
        return dict.fromkeys(rows.scale["response"], float(FIVE_MINUTES_S))
    return {row.response: row.sd * FIVE_MINUTES_S for row in rows.scale.itertuples()}


def comparable(terms: pd.DataFrame, spec: Spec, rows: ModelRows, sd: float) -> pd.DataFrame:
    """The terms with seconds, seconds_low, seconds_high: per 5 minutes, per `sd` points of the exposure (the SD that z
    stands on differs between fits).
    """
    factor = terms["response"].map(seconds_of(spec, rows)).astype(float) * sd / rows.exposure[1]
    ends = {"seconds": "mean", "seconds_low": "lower", "seconds_high": "upper"}
    return terms.assign(**{name: terms[column] * factor for name, column in ends.items()})
