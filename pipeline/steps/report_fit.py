"""A fit in a report: the quick engine's is fitted again to the data of now, that of a slow one is taken from `runs/`;
then masked as a file for others.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import pandas as pd

from db import queries
from db.connect import Current
from pipeline.catalogue.spec import Spec
from pipeline.errors import UserError
from pipeline.models.fit import Note
from pipeline.selection import select
from pipeline.steps import run_folder, stored_fits
from pipeline.steps.fit import fit_rows, rows_of
from pipeline.steps.fit_choices import Exposure, exposures_of
from pipeline.steps.fit_methods import Facts
from pipeline.steps.fit_terms import exposure_name, is_prespecified, step_name, step_of, terms_of
from pipeline.steps.paper_fit import Export, Part
from pipeline.steps.release import ReleasedFrame, ReleaseSpec, T
from pipeline.steps.report_spec import FitItem, ReportRefused
from pipeline.steps.stored_fits import StoredFit

LEAST_DF = 10
ESTIMATES = ("mean", "lower", "upper", "seconds", "seconds_low", "seconds_high", "evidence", "direction")
SPEC = ReleaseSpec(
    labels=("person", "code"), counts=("families",), statistics=tuple((name, "families") for name in ESTIMATES)
)
NAMES = {
    "person": "Person", "code": "Behaviour", "mean": "Estimate", "lower": "95 % CrI from", "upper": "95 % CrI to",
    "seconds": "Seconds per 5 min", "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)",
    "evidence": "Evidence", "families": "Families",
}  # fmt: skip
SCALE = ["response", "mean", "sd"]
EVIDENCE = {"clear": "clear", "suggestive": "suggestive", "none": "no clear evidence"}


@dataclass(frozen=True)
class Fitted:
    """A fit with the rows it rests on. `terms`: as a forest plot shows them; `number`, `sha256`, `day`: of the data and
    the day it was computed on.
    """

    spec: Spec
    rows: pd.DataFrame
    terms: pd.DataFrame
    table: pd.DataFrame
    sd: dict[str, float]
    scale: pd.DataFrame
    exposure: tuple[float, float]
    units: int
    entered: int
    engine: str
    seed: int
    diagnostics: dict[str, float]
    notes: tuple[Note, ...]
    failed: tuple[str, ...]
    number: int | None
    sha256: str
    day: str
    libraries: tuple[tuple[str, str], ...] = ()
    python: str = ""


def fitted(
    cursor: duckdb.DuckDBPyConnection, item: FitItem, observations: pd.DataFrame, home: Path, current: Current, day: str
) -> Fitted:
    """The fit of an item; UserError says why there is none."""
    if item.engine == "two_part":
        raise ReportRefused("a fit in two parts has no table for a report; export it on the models page")
    if item.engine != "quick":
        return _stored(item, home, current)
    selected = select(observations, item.chosen.selection)
    rows = rows_of(cursor, item.spec, selected)
    found = fit_rows(rows, item.spec, "quick", item.seed)
    sd = dict(zip(rows.scale["response"], rows.scale["sd"], strict=True))
    return Fitted(
        item.spec, rows.frame, terms_of(found.terms, item.spec, sd), found.table, sd, rows.scale, rows.exposure,
        found.units, found.rows, "quick", item.seed, found.diagnostics, found.notes, found.failed, current.number,
        current.sha256, day,
    )  # fmt: skip


def _stored(item: FitItem, home: Path, current: Current) -> Fitted:
    """The stored fit of the same question on the data of now; else the one the report was made with."""
    id = next((one for one in stored_fits.ids(home) if _same(one, item, home, current)), item.run)
    if not id or not stored_fits.finished(home, id):
        raise ReportRefused("this fit is not stored in the study folder any more; run it again on the models page")
    found: StoredFit = stored_fits.read(home, id)
    asked = found.asked
    scale = pd.DataFrame([(name, mean, sd) for name, (_, mean, sd) in asked.scale.items()], columns=SCALE)
    return Fitted(
        asked.spec, run_folder.read_rows(home, id), terms_of(found.terms, asked.spec, asked.sd),
        pd.concat([found.terms, found.random], ignore_index=True), asked.sd, scale, asked.exposure or (0.0, 1.0),
        found.units, found.rows, asked.engine, asked.seed, found.diagnostics, found.notes, found.failed, asked.number,
        asked.generation, f"{found.computed:%d %b %Y}",
        tuple((name, version) for name, version in found.versions.items() if name not in ("dyadscope", "python")),
        found.versions.get("python", ""),
    )  # fmt: skip


def _same(id: str, item: FitItem, home: Path, current: Current) -> bool:
    """Whether a run is the item's question on the current data, and finished."""
    try:
        asked = stored_fits.asked(home, id)
    except UserError:
        return False
    if asked is None or asked.generation != current.sha256 or not stored_fits.finished(home, id):
        return False
    mine = (item.engine, item.seed, item.spec, item.chosen.selection)
    return (asked.engine, asked.seed, asked.spec, asked.selection) == mine


def refusal(found: Fitted) -> str:
    """Why a fit may not be given to others; '' where it may. Coefficients of covariates are in no table of a report, so
    that a rare level of one is not shown.
    """
    families = found.rows["family_id"].nunique()
    if families < T:
        return f"it rests on fewer than {T} families"
    if found.units - len(found.terms) / 2 < LEAST_DF:
        return f"it leaves fewer than {LEAST_DF} degrees of freedom"
    for column in ("exposure", "moderator"):
        if column in found.rows and found.rows[column].nunique() == 2:
            counts = found.rows.groupby(column, observed=True)["family_id"].nunique()
            if (counts < T).any():
                return f"one of the two groups it compares has fewer than {T} families"
    return ""


def released(found: Fitted) -> ReleasedFrame:
    """The terms as others may see them: of behaviours that T families show, and nothing that gives away the others."""
    frame = found.terms.reset_index(drop=True)
    frame = frame.assign(families=[_families(found.rows, row) for row in frame.to_dict("records")])
    frame = frame[["person", "code", "families", *ESTIMATES]].astype({"families": "float"})
    few = frame["families"] < T
    nearly = (found.rows["family_id"].nunique() - frame["families"]).between(1, T - 1)
    hidden = pd.DataFrame(False, index=frame.index, columns=frame.columns)
    hidden["families"] = few | nearly
    for name in ESTIMATES:
        hidden[name] = few & frame[name].notna()
    frame["evidence"] = frame["evidence"].map(EVIDENCE)
    return ReleasedFrame(frame.mask(hidden), SPEC, "presenting", hidden)


def _families(rows: pd.DataFrame, term: dict) -> int:
    """Families that show the behaviour of a term."""
    mine = rows[rows["code"].astype("str") == term["code"]]
    value = f"y_{term['response']}"
    return mine.loc[mine[value].notna() if value in mine else mine.index, "family_id"].nunique()


def shown_terms(found: Fitted) -> pd.DataFrame:
    """The terms that are not hidden; what they rest on (rows, units) is left out of figures for others."""
    hidden = released(found).hidden["mean"]
    return found.terms.reset_index(drop=True)[~hidden].assign(rows=float("nan"), units=float("nan"))


def export_of(found: Fitted, words: str, label: str, synthetic: bool) -> Export:
    """What stands under its table and figure."""
    spec, rows = found.spec, found.rows
    per = step_of(spec, found.exposure[1]).replace(exposure_name(spec), label) if spec.step.exposure else ""
    return Export(
        parts=(Part(step_name(spec), spec, shown_terms(found), found.table, found.failed),), rows=found.entered,
        units=found.units, dyads=rows["dyad_id"].nunique(), families=rows["family_id"].nunique(), words=words,
        number=found.number, checksum=found.sha256, engine=found.engine, seed=found.seed, day=found.day, sd=found.sd,
        exposure=label, per=per, synthetic=synthetic,
    )  # fmt: skip


def about(cursor: duckdb.DuckDBPyConnection, spec: Spec, observations: pd.DataFrame) -> Exposure:
    """The exposure of a spec as the screen names it."""
    instruments, variables = queries.instruments(cursor), queries.variables(cursor)
    known = exposures_of(instruments, variables, observations)
    other = Exposure(str(spec.exposure), exposure_name(spec), "")
    return next((one for one in known.values() if one.name == spec.exposure), other)


def facts_of(found: Fitted, item: FitItem, exposure: Exposure) -> Facts:
    """What its methods are written from; counts that are lost on the way are left out, because they are small."""
    planned = is_prespecified(found.spec) and not item.chosen.selection.narrowed
    notes = tuple(_without_counts(note) for note in found.notes if note.kind != "removed" or note.term)
    return Facts(
        spec=found.spec, about=exposure, words=item.chosen.said, flow=pd.DataFrame(), scale=found.scale,
        exposure=found.exposure, dyads=found.rows["dyad_id"].nunique(), families=found.rows["family_id"].nunique(),
        rows=found.entered, units=found.units, engine=found.engine, seed=found.seed, diagnostics=found.diagnostics,
        notes=notes, failed=found.failed, prespecified=planned, python=found.python, libraries=found.libraries,
    )  # fmt: skip


def _without_counts(note: Note) -> Note:
    """A behaviour that was left out, by its name alone."""
    return replace(note, text=f"{note.term} ({note.response}).", rows=None) if note.kind == "removed" else note
