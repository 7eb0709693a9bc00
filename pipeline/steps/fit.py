"""Fits of a study: from a selection and a spec to rows, and from rows to a Fit; the long ones run as a job."""

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

import duckdb
import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.errors import listed
from pipeline.models import collapsed, gibbs, hurdle, two_level
from pipeline.models.collapsed_mode import best_variances
from pipeline.models.design import Design, build
from pipeline.models.fit import Fit, ModelRefused, Settings, settings_of
from pipeline.models.sampling import SILENT, Listener, SamplingStopped
from pipeline.steps.fit_draws import write_draws, write_quick
from pipeline.steps.fit_draws_two_part import write_two_part
from pipeline.steps.fit_rows import ModelRows, rows_from, rows_of

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["ModelRows", "fit_rows", "job_spec", "quick", "rows_from", "rows_of", "run_fit"]

ENGINES = ("quick", "gibbs", "full", "two_part")
"""`two_part` fits cells (see `fit_cells`), the others rows."""
DRAWS = "draws.nc"


class Teller(Listener, Protocol):
    """What a running job is given (see `pipeline.jobs.progress`)."""

    folder: "Path"


@dataclass(frozen=True)
class Fitted:
    """A Fit and what writes its draws as NetCDF to a path (None: the engine keeps none)."""

    fit: Fit
    write: "Callable[[Path], None] | None" = None


def quick(cursor: duckdb.DuckDBPyConnection, spec: Spec, observations: pd.DataFrame, seed: int) -> Fit:
    """The quick engine's fit of the spec's rung to the selected rows of the wide observation frame."""
    return fit_rows(rows_of(cursor, spec, observations), spec, "quick", seed)


def fit_rows(rows: ModelRows, spec: Spec, engine: str, seed: int, listener: Listener = SILENT) -> Fit:
    """The fit of one engine to rows, its notes beginning with what was lost on the way to them."""
    found = fitted(rows.frame, spec, engine, seed, listener).fit
    return replace(found, notes=(*rows.notes, *found.notes))


def fitted(frame: pd.DataFrame, spec: Spec, engine: str, seed: int, listener: Listener = SILENT) -> Fitted:
    """The engine's own fit; the quick one is too short to be heard of. SamplingStopped when cancelled."""
    refuse(spec, engine)
    if engine == "gibbs":
        return Fitted(gibbs.fit(frame, spec, seed, heard_by(listener)))
    if engine == "full":
        start = reml_variances(build(frame, spec), settings_of(spec))
        found, drawn = two_level.fit(frame, spec, seed, start, listener=listener)
        return Fitted(found, lambda path: write_draws(drawn, spec, path))
    if engine == "two_part":
        found, sampled = hurdle.fit(frame, spec, seed, listener=listener)
        return Fitted(found, lambda path: write_two_part(sampled, spec, path))
    if spec.options.method != "bayes":
        return Fitted(collapsed.fit(frame, spec, seed))
    model = collapsed.posterior(collapsed.prepare(build(frame, spec)), settings_of(spec), seed)
    return Fitted(collapsed.bayes_fit(model, spec), lambda path: write_quick(model, spec, path))


def reml_variances(design: Design, settings: Settings) -> np.ndarray:
    """REML estimate of the six variances, as the quick engine finds it: what MLwiN's prior is built around."""
    data = collapsed.prepare(design)
    mode = best_variances(data.blocks, collapsed.searched(collapsed.paired(data, settings)))
    return data.scale.omega(mode.omega[None])[0]


def refuse(spec: Spec, engine: str) -> None:
    """Refuses an engine that does not exist, and what an engine does not have."""
    if engine not in ENGINES:
        raise ModelRefused(f"'{engine}' is not a known engine. Choose one of: {listed(ENGINES)}.", value=engine)
    if engine == "full":
        two_level.refuse(settings_of(spec))
    elif engine == "two_part":
        hurdle.refuse(spec)
    elif spec.options.level != "unit":
        text = f"{spec.title}: level = '{spec.options.level}' needs the full engine."
        raise ModelRefused(f"{text} Choose the engine full, or level = 'unit'.")


def job_spec(spec: Spec, engine: str = "gibbs", seed: int = 1) -> dict[str, object]:
    """What a job of the kind 'fit' is asked: plain JSON; its frame is `ModelRows.frame`."""
    return {"engine": engine, "seed": seed, "spec": spec.model_dump(mode="json")}


def heard_by(listener: Listener) -> gibbs.Heard:
    """A listener as the Gibbs chain tells it; a cancel ends the chain."""

    def heard(done: int, total: int) -> None:
        """Reports, and stops the chain when the job was cancelled."""
        listener.report({"done": done, "total": total})
        if listener.cancelled():
            raise SamplingStopped

    return heard


def run_fit(spec: dict[str, object], frame: pd.DataFrame, progress: Teller) -> None:
    """A fit as a job (`spec` from `job_spec`): writes terms.csv, terms.parquet, fit.json, spec.json and draws.nc into
    `progress.folder`; returns early, writing nothing, when cancelled. A stop keeps the draws so far and goes on.
    """
    asked = Spec.model_validate_json(json.dumps(spec["spec"]))
    engine, seed = str(spec["engine"]), int(str(spec["seed"]))
    try:
        found = fitted(frame, asked, engine, seed, progress)
    except SamplingStopped:
        return
    store(found.fit, spec, progress.folder)
    if found.write is not None:
        found.write(progress.folder / DRAWS)


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
