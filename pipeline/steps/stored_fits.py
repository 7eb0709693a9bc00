"""Stored fits: what was asked of each run of the kind 'fit', and its result, read from `runs/<id>/`.

A fit is asked for with everything that makes it understood later: the spec, the selection as data and in words, the
scale of its outcome and what was lost on the way. The id of the run is the checksum of all that.
"""

import json
import math
import re
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from importlib import metadata
from pathlib import Path

import pandas as pd

from pipeline import VERSION
from pipeline.catalogue.spec import Spec
from pipeline.errors import UserError
from pipeline.models.fit import COLUMNS, Fit, Note
from pipeline.selection import Selection
from pipeline.steps import run_folder
from pipeline.steps.fit import ModelRows, job_spec, store

KIND = "fit"
ID = re.compile(r"[0-9a-f]{64}")
SHORT = 8
"""So many letters of an id name a fit on the screen."""
FAULTS = (OSError, ValueError, KeyError, TypeError, AttributeError)
"""What reading a damaged folder can raise: missing or torn files, other content."""
LIBRARIES = ("numpy", "pandas", "scipy")


class FitDamaged(UserError):
    """A stored fit whose files are missing or cannot be read."""


@dataclass(frozen=True)
class Asked:
    """What a run was asked to fit. `scale`: response -> (values, mean, SD) of the shares; `exposure`: mean and SD that
    its z stands on; `flow`: stage, reason, lost, left; `number`: of the generation whose checksum is `generation`;
    `study`: its id.
    """

    id: str
    engine: str
    seed: int
    spec: Spec
    selection: Selection | None
    words: str
    generation: str
    number: int | None
    version: str
    scale: dict[str, tuple[int, float, float]]
    exposure: tuple[float, float] | None
    dyads: int
    families: int
    flow: tuple[dict[str, object], ...]
    study: str = ""

    @property
    def short(self) -> str:
        """The first letters of the id."""
        return self.id[:SHORT]

    @property
    def sd(self) -> dict[str, float]:
        """Response -> SD of its shares of time: what 1 of the outcome stands for."""
        return {response: sd for response, (_, _, sd) in self.scale.items()}


@dataclass(frozen=True)
class StoredFit:
    """A finished fit: `terms` and `random` as in `pipeline.models.fit.Fit`, `computed` in UTC, `versions` of what
    computed it, `draws` the NetCDF file of its draws where the engine has one.
    """

    asked: Asked
    terms: pd.DataFrame
    random: pd.DataFrame
    rows: int
    units: int
    diagnostics: dict[str, float]
    failed: tuple[str, ...]
    notes: tuple[Note, ...]
    versions: dict[str, str]
    computed: datetime
    draws: Path | None


def order(
    spec: Spec,
    engine: str,
    seed: int,
    rows: ModelRows,
    selection: Selection,
    words: str = "",
    number: int | None = None,
    study: str = "",
) -> dict[str, object]:
    """What a job of the kind 'fit' is asked, with all that a stored fit carries: plain JSON; its frame is `rows.frame`.

    `words`: the selection in words; `number`: of the generation; `study`: its id.
    """
    frame = rows.frame
    return job_spec(spec, engine, seed) | {
        "selection": selection_json(selection),
        "words": words,
        "number": number,
        "study": study,
        "scale": [_finite(one) for one in rows.scale.to_dict("records")],
        "exposure": list(rows.exposure) if all(map(math.isfinite, rows.exposure)) else None,
        "dyads": int(frame["dyad_id"].nunique()),
        "families": int(frame["family_id"].nunique()),
        "flow": [_finite(one) for one in rows.flow.to_dict("records")],
    }


def _finite(row: dict[str, object]) -> dict[str, object]:
    """Numbers of numpy as numbers of Python, what is not a number as None."""
    plain = {name: value.item() if hasattr(value, "item") else value for name, value in row.items()}
    return {
        name: None if isinstance(value, float) and not math.isfinite(value) else value for name, value in plain.items()
    }


def selection_json(selection: Selection) -> dict[str, object]:
    """A selection as plain JSON."""
    return json.loads(json.dumps(asdict(selection), default=lambda value: value.item()))


def selection_of(content: dict[str, object]) -> Selection:
    """The selection that `selection_json` wrote."""
    tuples = {
        "choices": tuple((column, tuple(values)) for column, values in content["choices"]),
        "ranges": tuple((column, low, high) for column, low, high in content["ranges"]),
    }
    lists = {name: tuple(content[name]) for name in ("complete", "families", "dyads")}
    return Selection(protocol=content["protocol"], **tuples, **lists)


def ids(home: Path) -> list[str]:
    """Ids of all runs of a study folder, of whatever kind and state, the newest first."""
    folder = home / "runs"
    found = [one for one in folder.iterdir() if ID.fullmatch(one.name)] if folder.is_dir() else []
    return [one.name for one in sorted(found, key=_age)]


def _age(folder: Path) -> tuple[float, str]:
    try:
        return -folder.stat().st_mtime, folder.name
    except OSError:
        return math.inf, folder.name


def finished(home: Path, id: str) -> bool:
    """Whether the whole result of a run is there."""
    return run_folder.result(home, id).is_dir()


def asked(home: Path, id: str) -> Asked | None:
    """What a run was asked to fit; None when it is of another kind; FitDamaged when it cannot be read."""
    try:
        content = run_folder.read_order(home, id)
        return _asked(id, content) if content["kind"] == KIND else None
    except FAULTS:
        raise FitDamaged(_damaged(id)) from None


def _asked(id: str, content: dict[str, object]) -> Asked:
    spec = content["spec"]
    scale = {one["response"]: (one["values"], one["mean"], one["sd"]) for one in spec.get("scale", [])}
    exposure = spec.get("exposure")
    return Asked(
        id=id,
        engine=str(spec["engine"]),
        seed=int(spec["seed"]),
        spec=Spec.model_validate_json(json.dumps(spec["spec"])),
        selection=selection_of(spec["selection"]) if "selection" in spec else None,
        words=spec.get("words", ""),
        generation=str(content["generation"]),
        number=spec.get("number"),
        version=str(content["version"]),
        scale=scale,
        exposure=tuple(exposure) if exposure else None,
        dyads=spec.get("dyads", 0),
        families=spec.get("families", 0),
        flow=tuple(spec.get("flow", ())),
        study=spec.get("study", ""),
    )


def read(home: Path, id: str) -> StoredFit:
    """A finished fit; FitDamaged when it is not there whole."""
    question = asked(home, id)
    if question is None:
        raise FitDamaged(f"The run {id[:SHORT]} is not a fit. Choose another one.")
    folder = run_folder.result(home, id)
    try:
        return _read(question, folder)
    except FAULTS:
        raise FitDamaged(_damaged(id)) from None


def _read(question: Asked, folder: Path) -> StoredFit:
    table = pd.read_parquet(folder / "terms.parquet", engine="pyarrow")
    if missing := set(COLUMNS) - set(table):
        raise ValueError(f"columns are missing: {sorted(missing)}")
    about = json.loads((folder / "fit.json").read_text(encoding="utf-8"))
    versions = folder / "versions.json"
    draws = folder / "draws.nc"
    random = table["term"].str.match("unit_(var|sd)_").cummax()  # the random part begins with it
    return StoredFit(
        asked=question,
        terms=table[~random].reset_index(drop=True),
        random=table[random].reset_index(drop=True),
        rows=int(about["rows"]),
        units=int(about["units"]),
        diagnostics={name: float(value) for name, value in about["diagnostics"].items()},
        failed=tuple(about["failed"]),
        notes=tuple(Note(one["kind"], one["text"]) for one in about["notes"]),
        versions=json.loads(versions.read_text(encoding="utf-8")) if versions.exists() else {},
        computed=datetime.fromtimestamp((folder / "fit.json").stat().st_mtime, UTC),
        draws=draws if draws.exists() else None,
    )


def _damaged(id: str) -> str:
    return (
        f"runs/{id[:SHORT]}...: the files of this stored fit are missing or damaged. Nothing was changed. "
        "Run the fit again, or put the folder back from a backup."
    )


def keep(home: Path, id: str, order: dict[str, object], generation: str, rows: pd.DataFrame, found: Fit) -> None:
    """Stores a fit that was computed here: the same files as a job leaves; one that is there already stays.

    OSError when the disk is full.
    """
    if finished(home, id):
        return
    whole = {"id": id, "kind": KIND, "spec": order, "generation": generation, "version": VERSION}
    run_folder.store(home, id, whole, rows)
    partial = run_folder.begin(home, id)
    try:
        store(found, order, partial)
        versions = {"dyadscope": VERSION, "python": sys.version.split()[0]}
        versions |= {name: metadata.version(name) for name in LIBRARIES}
        (partial / "versions.json").write_text(json.dumps(versions, indent=1), encoding="utf-8")
        run_folder.keep(partial)
    finally:
        run_folder.sweep(home, id)


def all_readable(home: Path, names: Iterable[str]) -> tuple[list[StoredFit], list[str]]:
    """(finished fits of these runs, ids of those whose files are damaged)."""
    found, damaged = [], []
    for id in names:
        try:
            if asked(home, id) is not None and finished(home, id):
                found.append(read(home, id))
        except FitDamaged:
            damaged.append(id)
    return found, damaged


def with_losses(found: StoredFit) -> StoredFit:
    """The fit with its notes beginning with the recordings and units that did not enter."""
    lost = [one for one in found.asked.flow if one["lost"] and one["stage"] != "values"]
    notes = [
        Note("lost", f"{one['lost']} {one['stage'] if one['lost'] != 1 else one['stage'][:-1]} did not enter: "
        f"{one['reason']}.") for one in lost
    ]  # fmt: skip
    known = {note.text for note in found.notes}
    return replace(found, notes=(*(note for note in notes if note.text not in known), *found.notes))
