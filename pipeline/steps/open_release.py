"""The reading side of a release: its pages, views and frames, for whoever presents them. Never opens a generation."""

import json
from dataclasses import dataclass
from pathlib import Path

import duckdb

from db import release_file
from db.connect import home
from db.release_file import CurrentRelease
from pipeline.errors import StudyError, UserError
from pipeline.steps.release import ReleasedFrame, ReleaseSpec

MAKE = "Make one with `python -m pipeline release --threshold 5`"
PAIRS = ("percents", "statistics", "margins", "across")


@dataclass(frozen=True)
class ReleasedView:
    """One audited view. `options`: what its chart is told (`names`: column -> words, `protocol`, ...); `filter`: the
    one filter in words ('' for the whole study); `note`, `alt`, `words`: what stands below it, what it says to those
    who do not see it, its finding ('' where there is none)."""

    id: str
    page: str
    title: str
    question: str
    chart: str
    options: dict[str, object]
    spec: ReleaseSpec
    filter: str
    families: str
    note: str
    alt: str
    words: str


@dataclass(frozen=True)
class Release:
    """An open release. `about`: generation, sha256, threshold, families, created, version, audit; of the study title,
    study_id, synthetic ("true" or "false"), attribution ("" for none)."""

    connection: duckdb.DuckDBPyConnection
    about: dict[str, str]
    views: tuple[ReleasedView, ...]

    @property
    def pages(self) -> tuple[str, ...]:
        """Pages that have a view, in order."""
        return tuple(dict.fromkeys(view.page for view in self.views))

    def of_page(self, page: str) -> tuple[ReleasedView, ...]:
        """The views of a page, in order."""
        return tuple(view for view in self.views if view.page == page)

    def view(self, id: str) -> ReleasedView:
        """One view; UserError for an id this release does not have."""
        for view in self.views:
            if view.id == id:
                return view
        raise UserError("This view is not part of the release. Choose one of the list.")

    def released(self, id: str) -> ReleasedFrame:
        """The masked frame of a view, ready to be shown."""
        view = self.view(id)
        frame, hidden = release_file.frame(self.connection.cursor(), view.id)
        return ReleasedFrame(frame.astype({name: object for name in frame.select_dtypes("str")}), view.spec,
                             "presenting", hidden)  # fmt: skip


def current_release(folder: Path | None = None) -> CurrentRelease | None:
    """The release that is current on disk; None when none was made; StudyError when its pointer is damaged."""
    try:
        return release_file.current(folder or home())
    except (ValueError, OSError):
        raise StudyError(f"released/CURRENT.json: this file is damaged. {MAKE} again.") from None


def open_release(current: CurrentRelease) -> Release:
    """The views of a release, read-only; StudyError when its file is missing or damaged."""
    name = current.file.name
    if not current.file.is_file():
        raise StudyError(f"{name}: this file is missing. {MAKE} again.")
    try:
        connection = release_file.open_release(current.file)
        cursor = connection.cursor()
        return Release(connection, release_file.about(cursor), tuple(map(_view, release_file.views(cursor))))
    except (duckdb.Error, ValueError, TypeError):
        raise StudyError(f"{name}: this file is damaged, or not a release. {MAKE} again.") from None


def _view(row: release_file.ViewRow) -> ReleasedView:
    return ReleasedView(
        row.id, row.page, row.title, row.question, row.chart, json.loads(row.options), spec_of(json.loads(row.spec)),
        row.filter, row.families, row.note, row.alt, row.words,
    )  # fmt: skip


def spec_of(content: dict[str, object]) -> ReleaseSpec:
    """The spec that was written as JSON: lists become tuples again."""
    fixed = {name: tuple(map(tuple, content[name])) for name in PAIRS}
    lists = {name: tuple(content[name]) for name in ("labels", "counts", "extremes")}
    return ReleaseSpec(**{**content, **fixed, **lists})
