"""Stored fits as rows of a generation: what the next publish takes in from `runs/`."""

import json
from pathlib import Path

import pandas as pd

from pipeline.steps.stored_fits import StoredFit, all_readable, ids, selection_json

FIT = (
    "fit_id", "title", "engine", "seed", "behaviour_group", "exposure", "model", "spec", "selection", "words",
    "generation", "generation_sha256", "code_version", "versions", "n_rows", "n_units", "n_dyads", "n_families",
    "failed", "diagnostics", "notes", "computed_at",
)  # fmt: skip
TERM = (
    "fit_id", "position", "part", "response", "term", "mean", "sd", "lower", "upper", "n_rows", "n_units", "rhat",
    "ess",
)  # fmt: skip


def stored_fit_rows(home: Path, study: str) -> tuple[pd.DataFrame, pd.DataFrame, list[str]]:
    """(rows of the table fit, rows of fit_term, ids of runs whose files are damaged) of the fits of one study; those
    that were stored for another study of the same folder, such as the demo, stay out.
    """
    found, damaged = all_readable(home, ids(home))
    mine = sorted((one for one in found if one.asked.study in ("", study)), key=lambda one: one.asked.id)
    terms = [_terms(one) for one in mine]
    every = pd.concat(terms, ignore_index=True) if terms else pd.DataFrame(columns=list(TERM))
    return pd.DataFrame([_fit(one) for one in mine], columns=list(FIT)), every, sorted(damaged)


def _fit(one: StoredFit) -> dict[str, object]:
    """One row of the table fit."""
    asked = one.asked
    return {
        "fit_id": asked.id,
        "title": asked.spec.title,
        "engine": asked.engine,
        "seed": asked.seed,
        "behaviour_group": asked.spec.behaviour_group,
        "exposure": asked.spec.exposure,
        "model": asked.spec.step.title,
        "spec": asked.spec.model_dump_json(),
        "selection": json.dumps(selection_json(asked.selection)) if asked.selection else None,
        "words": asked.words,
        "generation": asked.number,
        "generation_sha256": asked.generation,
        "code_version": asked.version,
        "versions": json.dumps(one.versions),
        "n_rows": one.rows,
        "n_units": one.units,
        "n_dyads": asked.dyads,
        "n_families": asked.families,
        "failed": "; ".join(one.failed),
        "diagnostics": json.dumps(one.diagnostics),
        "notes": json.dumps([note.text for note in one.notes]),
        "computed_at": one.computed.replace(tzinfo=None),
    }


def _terms(one: StoredFit) -> pd.DataFrame:
    """The rows of fit_term of one fit."""
    parts = [one.terms.assign(part="fixed"), one.random.assign(part="random")]
    frame = pd.concat([part for part in parts if len(part)], ignore_index=True)
    frame = frame.rename(columns={"rows": "n_rows", "units": "n_units"})
    return frame.assign(fit_id=one.asked.id, position=range(len(frame)))[list(TERM)]
