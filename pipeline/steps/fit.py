"""Fits of a study: from a selection and a spec to rows, and from rows to a Fit; the long ones run as a job."""

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

import duckdb
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.models import collapsed, gibbs
from pipeline.models.fit import Fit, ModelRefused
from pipeline.steps.fit_rows import ModelRows, rows_from, rows_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ModelRows", "fit_rows", "job_spec", "quick", "rows_from", "rows_of", "run_fit"]

ENGINES = ("quick", "gibbs")
NO_FULL = "The full engine is not part of this version. Choose the engine quick or gibbs."


class Teller(Protocol):
    """What a running job is given (see `pipeline.jobs.progress`)."""

    folder: "Path"

    def report(self, news: dict[str, object]) -> None:
        """Says how far the job is."""

    def cancelled(self) -> bool:
        """Whether it should end."""


class Ended(Exception):
    """Somebody cancelled the job."""


def quick(cursor: duckdb.DuckDBPyConnection, spec: Spec, observations: pd.DataFrame, seed: int) -> Fit:
    """The quick engine's fit of the spec's rung to the selected rows of the wide observation frame."""
    return fit_rows(rows_of(cursor, spec, observations), spec, "quick", seed)


def fit_rows(rows: ModelRows, spec: Spec, engine: str, seed: int) -> Fit:
    """The fit of one engine to rows, its notes beginning with what was lost on the way to them."""
    found = _fit(rows.frame, spec, engine, seed)
    return replace(found, notes=(*rows.notes, *found.notes))


def _fit(frame: pd.DataFrame, spec: Spec, engine: str, seed: int, heard: gibbs.Heard | None = None) -> Fit:
    """The engine's own fit; the quick one is too short to be heard of."""
    refuse(spec, engine)
    return gibbs.fit(frame, spec, seed, heard) if engine == "gibbs" else collapsed.fit(frame, spec, seed)


def refuse(spec: Spec, engine: str) -> None:
    """Refuses an engine that does not exist and what this version has no engine for."""
    if engine == "full":
        raise ModelRefused(NO_FULL)
    if engine not in ENGINES:
        raise ModelRefused(f"'{engine}' is not a known engine. Choose quick or gibbs.", value=engine)
    if spec.options.level != "unit":
        text = f"{spec.title}: level = '{spec.options.level}' needs the full engine, which is not part of this version."
        raise ModelRefused(f"{text} Use level = 'unit'.")


def job_spec(spec: Spec, engine: str = "gibbs", seed: int = 1) -> dict[str, object]:
    """What a job of the kind 'fit' is asked: plain JSON; its frame is `ModelRows.frame`."""
    return {"engine": engine, "seed": seed, "spec": spec.model_dump(mode="json")}


def run_fit(spec: dict[str, object], frame: pd.DataFrame, progress: Teller) -> None:
    """A fit as a job (`spec` from `job_spec`): writes terms.csv, terms.parquet, fit.json and spec.json into
    `progress.folder`; returns early, writing nothing, when cancelled.
    """
    asked = Spec.model_validate_json(json.dumps(spec["spec"]))
    engine, seed = str(spec["engine"]), int(str(spec["seed"]))

    def heard(done: int, total: int) -> None:
        """Reports, and stops the chain when the job was cancelled."""
        progress.report({"done": done, "total": total})
        if progress.cancelled():
            raise Ended

    try:
        found = _fit(frame, asked, engine, seed, heard)
    except Ended:
        return
    store(found, spec, progress.folder)


def store(found: Fit, spec: dict[str, object], folder: "Path") -> None:
    """Writes a fit: its table twice, its diagnostics and notes, and the spec that ran."""
    found.table.to_csv(folder / "terms.csv", index=False, na_rep="nan", lineterminator="\n")
    found.table.to_parquet(folder / "terms.parquet", index=False)
    about = {
        "engine": found.engine, "seed": found.seed, "rows": found.rows, "units": found.units,
        "diagnostics": found.diagnostics, "failed": list(found.failed),
        "notes": [{"kind": note.kind, "text": note.text} for note in found.notes],
    }  # fmt: skip
    (folder / "fit.json").write_text(json.dumps(about, indent=1), encoding="utf-8")
    (folder / "spec.json").write_text(json.dumps(spec, indent=1), encoding="utf-8")
