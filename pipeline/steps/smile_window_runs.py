"""Searches that were run: what was asked of each, and its metrics, read from `runs/<id>/`."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pipeline.catalogue.window_settings import WindowSettings
from pipeline.errors import UserError
from pipeline.steps import run_folder
from pipeline.steps.smile_windows import FILE, KIND
from pipeline.steps.stored_fits import FAULTS, ids


class SearchDamaged(UserError):
    """A stored search whose files are missing or cannot be read."""


@dataclass(frozen=True)
class StoredSearch:
    """A finished search: `scores` as in `smile_window_report.report`; `words`: its selection; `generation`: checksum of
    the data it ran on; `computed` in UTC.
    """

    id: str
    scores: dict[str, dict]
    settings: WindowSettings
    selection: dict[str, object]
    words: str
    number: int | None
    generation: str
    seconds: float
    computed: datetime


def searches(home: Path) -> list[str]:
    """Ids of the finished searches of a study folder, the newest first."""
    return [id for id in ids(home) if run_folder.result(home, id).is_dir() and _kind(home, id) == KIND]


def _kind(home: Path, id: str) -> str:
    try:
        return str(run_folder.read_order(home, id)["kind"])
    except FAULTS:
        return ""


def read(home: Path, id: str) -> StoredSearch:
    """A finished search; SearchDamaged when it is not there whole."""
    try:
        asked = run_folder.read_order(home, id)
        path = run_folder.result(home, id) / FILE
        found = json.loads(path.read_text(encoding="utf-8"))
        spec = asked["spec"]
        return StoredSearch(
            id=id,
            scores=dict(found["scores"]),
            settings=WindowSettings.model_validate_json(json.dumps(found["settings"])),
            selection=dict(spec.get("selection", {})),
            words=str(spec.get("words", "")),
            number=spec.get("number"),
            generation=str(asked["generation"]),
            seconds=float(found["seconds"]),
            computed=datetime.fromtimestamp(path.stat().st_mtime, UTC),
        )
    except FAULTS:
        raise SearchDamaged(
            f"runs/{id[:8]}...: the files of this search are missing or damaged. Nothing was changed. "
            "Start the search again, or put the folder back from a backup."
        ) from None
