"""Which stored fits may be part of a release, and why the others may not.

A fit is shown when it passed its own checks, was made without any filter on recordings this generation has, every
level of its covariates stands for T families, and its families are not nearly those of a newer one. Degrees of freedom
are counted strictly: of infant and caregiver each, the families with a value of that side less all terms of that side
(intercept, behaviours, products, covariates) leave at least LEAST_DF. Recordings of one family are not independent, so
that families and not recordings are counted; a model of two responses has two sets of terms, and each must rest on
enough. A term stands on the families that show its behaviour. Coefficients of covariates, the random part and
anything of single families stay out.
"""

from functools import lru_cache
from pathlib import Path

import pandas as pd

from pipeline.measures.release_audit import changed
from pipeline.steps import run_folder
from pipeline.steps.release_views import Data
from pipeline.steps.stored_fits import StoredFit, all_readable, ids

LEAST_DF = 10
FIT = "fit "
"""So begins the name of what was left out, where it is a stored fit."""
NEARLY = "their families are nearly those of a newer fit, so that the few that differ could be worked out"
OLDER = "a newer fit of the same question is shown"


def sifted(data: Data, folder: Path, protocol: str) -> tuple[list[StoredFit], list[tuple[str, str]]]:
    """(fits of a protocol that may be shown, the newest of each question; what was left out: (id, why))."""
    shown: dict[str, frozenset[str]] = {}
    kept, left_out = [], []
    for fit in all_readable(folder, ids(folder))[0]:
        spec = fit.asked.spec
        if spec.protocol != protocol:
            continue
        question, why = f"{spec.name} {spec.rung}", refusal(fit, folder, data)
        families = frozenset(fit_rows(folder, fit.asked.id)["family_id"].astype("str"))
        if not why and question in shown:
            why = OLDER
        if not why and any(changed(one, families, data.threshold) for one in shown.values()):
            why = NEARLY
        if why:
            left_out.append((f"{FIT}{fit.asked.short}", why))
        else:
            kept.append(fit)
            shown[question] = families
    return kept, left_out


def refusal(fit: StoredFit, folder: Path, data: Data) -> str:
    """Why a fit may not be shown; '' where it may."""
    chosen, rows = fit.asked.selection, fit_rows(folder, fit.asked.id)
    if fit.failed:
        return "the sampling failed its own checks"
    if fit.asked.engine == "two_part" or not fit.asked.spec.step.codes:
        return "models in two parts and models without behaviours have no forest to show"
    if chosen is None or chosen.narrowed:
        return "they are of a part of the recordings"
    if not set(rows["unit"]) <= set(data.observations["observation_id"]):
        return "some of their recordings are not in the study any more"
    if rows["family_id"].nunique() < data.threshold:
        return f"they rest on fewer than {data.threshold} families"
    if rare := rare_level(fit, rows, data.threshold):
        return f"the level '{rare}' stands for fewer than {data.threshold} families"
    if residual_df(fit, rows) < LEAST_DF:
        return f"infant or caregiver has fewer than {LEAST_DF} families more than terms"
    return ""


def residual_df(fit: StoredFit, rows: pd.DataFrame) -> int:
    """Families less terms, of the side where that is least."""
    return min(
        of_response(rows, str(response))["family_id"].nunique() - len(terms)
        for response, terms in fit.terms.groupby("response")
    )


def rare_level(fit: StoredFit, rows: pd.DataFrame, threshold: int) -> str:
    """The first level of a categorical covariate (or of what moderates) of this model with too few families."""
    spec = fit.asked.spec
    named = {one.column: one.label for one in spec.adjusted_for if one.kind == "categorical"}
    if spec.moderator and spec.moderator.levels:
        named[spec.moderator.column] = spec.moderator.label
    for column, label in named.items():
        counts = rows.groupby(rows[column].astype("str"))["family_id"].nunique()
        if counts.min() < threshold:
            return f"{label}: {counts.idxmin()}"
    return ""


def of_response(rows: pd.DataFrame, response: str) -> pd.DataFrame:
    """Rows with a value of this side."""
    return rows[rows[f"y_{response}"].notna()] if f"y_{response}" in rows else rows


@lru_cache(maxsize=64)
def fit_rows(folder: Path, id: str) -> pd.DataFrame:
    """The rows a fit was made of; units as text."""
    return run_folder.read_rows(folder, id).astype({"unit": "str"})
