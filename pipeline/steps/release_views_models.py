"""Views of the models page: terms of stored fits of a whole protocol that rest on enough families.

A fit is shown when it passed its own checks, was made without any filter on recordings this generation has, leaves at
least 10 residual degrees of freedom, every level of every word among its covariates stands for T families, and its
families are not nearly those of another one. A term stands on the families that show its behaviour. The random part
and anything of single families stay out.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.measures.release_audit import changed
from pipeline.steps import run_folder
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template
from pipeline.steps.stored_fits import StoredFit, all_readable, ids

LEAST_DF = 10
PEOPLE = {"infant": "Infant", "caregiver": "Caregiver"}
NUMBERS = ("mean", "lower", "upper")
TERMS = ReleaseSpec(
    labels=("person", "term"), counts=("families",), statistics=tuple((name, "families") for name in NUMBERS)
)
NAMES = {
    "person": "Person", "term": "Term", "mean": "Estimate", "lower": "95 % from", "upper": "95 % to",
    "families": "Families (about)",
}  # fmt: skip
OUTCOMES = {"normalised": "SD of the behaviour's time", "share": "share of the time", "normal_scores": "normal scores"}
FIXED = {"unit", "code", "dyad_id", "family_id"}


def templates(data: Data, protocol: str, folder: Path) -> Iterator[Template]:
    """One per stored fit that may be shown, the newest first."""
    known: list[frozenset[str]] = []
    for fit in all_readable(folder, ids(folder))[0]:
        spec = fit.asked.spec
        if spec.protocol != protocol or not may_be_shown(fit, folder, data):
            continue
        families = frozenset(run_folder.read_rows(folder, fit.asked.id)["family_id"].astype("str"))
        if any(changed(one, families, data.threshold) for one in known):
            continue
        known.append(families)
        title = f"{spec.title}: {spec.step.title}"
        yield Template(
            f"fit_{fit.asked.short}", "models", protocol, title, "What goes with a score?", "draw_terms", TERMS,
            lambda selected, fit=fit: _terms(data, selected, fit, folder), NAMES,
            {"axis": OUTCOMES.get(spec.options.outcome, ""), "engine": fit.asked.engine, "fit": fit.asked.short},
            filtered=False,
        )  # fmt: skip


def may_be_shown(fit: StoredFit, folder: Path, data: Data) -> bool:
    """Whether the rules for models hold (see above)."""
    chosen = fit.asked.selection
    if fit.failed or chosen is None or chosen.narrowed:
        return False
    rows = run_folder.read_rows(folder, fit.asked.id)
    known = data.observations["observation_id"]
    if not set(rows["unit"].astype("str")) <= set(known) or fit.units - len(fit.terms) / 2 < LEAST_DF:
        return False
    words = [name for name in rows.select_dtypes(exclude="number") if name not in FIXED]
    counts = [rows.groupby(name, observed=True)["family_id"].nunique().min() for name in words]
    return min([rows["family_id"].nunique(), *counts]) >= data.threshold


def _terms(data: Data, selected: pd.DataFrame, fit: StoredFit, folder: Path) -> Answer | None:
    """Every term with the families it rests on."""
    rows = run_folder.read_rows(folder, fit.asked.id).astype({"unit": "str"})
    rows = rows[rows["unit"].isin(selected["observation_id"])]
    family = selected.set_index("observation_id")["family_id"]
    found, behind = [], []
    for term in fit.terms.to_dict("records"):
        mine = rows[_enters(rows, str(term["term"]), str(term["response"]))]
        ids = mine["unit"].unique()
        row = {"person": PEOPLE.get(term["response"], str(term["response"])), "term": str(term["term"])}
        found.append(row | {"families": family.loc[ids].nunique()} | {name: float(term[name]) for name in NUMBERS})
        behind.append([data.mask(ids)])
    return Answer(pd.DataFrame(found), np.array(behind)) if found else None


def _enters(rows: pd.DataFrame, term: str, response: str) -> pd.Series:
    """Rows a term is about: those of its behaviour, where it names one, with a value of its side."""
    known = rows[f"y_{response}"].notna() if f"y_{response}" in rows else pd.Series(True, index=rows.index)
    codes = [code for code in rows["code"].astype("str").unique() if code in term]
    return known & (rows["code"].astype("str") == max(codes, key=len)) if codes else known
