"""Imports a study: reads its manifest and files, builds a new generation beside the current one, publishes it."""

import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from db import publish, write
from db.connect import Current
from pipeline import VERSION
from pipeline.catalogue.manifest import Manifest, load_manifest
from pipeline.errors import ImportLocked, ManifestError
from pipeline.plain_words import counted
from pipeline.steps import build, model_coder, track_store
from pipeline.steps.coded import CodedFile, coded_files
from pipeline.steps.open_study import MEMORY, building_in_words
from pipeline.steps.plan import Old, Plan, first_id, make_plan, read_old
from pipeline.steps.track_files import TimedFile, timed_files

MOST_NAMED = 20
BUSY = "Another import is running. Nothing was changed."

Report = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What an import did: the generation that is current now, whether it is new, its counts, issues per severity."""

    generation: Current
    new: bool
    files_new: int = 0
    files_unchanged: int = 0
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    blank: int = 0
    issues: dict[str, int] = field(default_factory=dict)


def import_study(path: Path, home: Path, data: Path | None = None, report: Report = print) -> Outcome:
    """Imports the study of a manifest into the study folder `home`; nothing changes unless all of it succeeds.

    `data` is the folder the manifest's paths are relative to (default: the manifest's own).
    Raises UserError children: ManifestError, CatalogueError, UnreadableFile, StudyError,
    ImportLocked (another import holds the lock).
    """
    manifest = load_manifest(path)
    try:
        with building_in_words(), publish.lock(home):
            return _import(manifest, path, home, (data or path.parent).resolve(), report)
    except publish.Locked:
        raise ImportLocked(BUSY) from None


def _import(manifest: Manifest, path: Path, home: Path, data: Path, report: Report) -> Outcome:
    old = read_old(home, manifest)
    coded, tracks = _files(manifest, path, data, old)
    plan, timed = make_plan(coded, old.files if old else {}), make_plan(tracks, old.tracks if old else {})
    for file, twin in (*plan.same, *timed.same):
        report(f"{Path(file.shown).name} has the same content as {Path(twin).name}. It was not imported a second time.")
    digest = build.manifest_digest(path, manifest, data)
    same = (
        old is not None
        and old.import_digest == digest
        and not model_coder.changed(home, manifest.study.id, old.sources)
    )
    if same and not plan.new and not timed.new and _whole(timed, old, home):
        return _unchanged(old, [*plan.kept, *timed.kept], report)
    scratch = publish.scratch(home)
    try:
        number = publish.next_number(home)
        task = build.Build(manifest, path, data, digest, scratch, number, plan, timed, old, home)
        return _publish(task, home, report)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _files(manifest: Manifest, path: Path, data: Path, old: Old | None) -> tuple[list[CodedFile], list[TimedFile]]:
    """Coded files and tracks; ManifestError where one file is named as both."""
    coded = coded_files(manifest, path.parent, data, first_id(old))
    timed = timed_files(manifest, data, first_id(old) + len(coded))
    if both := sorted({file.shown for file in coded} & {file.shown for file in timed}):
        raise ManifestError(f"'{both[0]}' is named by a coded entry and as a track. Name it in one of them.")
    return coded, timed


def _whole(timed: Plan[TimedFile], old: Old, home: Path) -> bool:
    """Whether the stored frames of all tracks and streams in use are still there, those of lost files aside."""
    used = [*((file, "track") for frame in (old.track, old.speech_track) for file in frame["file"])]
    used += [(file, "stream") for file in old.feature_stream["file"]]
    gone = {known.source_id for shown, known in timed.known.items() if shown in timed.gone}
    lost = {
        file for frame in (old.track, old.feature_stream) for file in frame.loc[frame["source_id"].isin(gone), "file"]
    }
    return all(track_store.there(home, file, content) for file, content in used if file not in lost)


def _publish(task: build.Build, home: Path, report: Report) -> Outcome:
    connection = write.open_build(task.scratch, MEMORY)
    built = build.run(task, connection, report)
    tables = publish.table_counts(connection)
    write.close_build(connection)
    publish.failpoint("built")
    versions = {"code_version": VERSION, "duckdb_version": duckdb.__version__}
    entry = {"generation": task.number, "manifest": task.path.name, **built.counts, **versions}
    found = publish.publish(home, task.scratch / "build.duckdb", tables, entry)
    outcome = Outcome(found, True, issues=built.issues, **built.counts)
    new, unchanged = outcome.files_new, outcome.files_unchanged
    report(f"Generation {found.number} is published: {counted(new, 'file')} read, {unchanged} unchanged.")
    return outcome


def _unchanged(old: Old, kept: list[CodedFile | TimedFile], report: Report) -> Outcome:
    when = old.current.published_at[:10]
    for file in kept[:MOST_NAMED]:
        report(f"{Path(file.shown).name} was imported on {when} (same content). Nothing was changed.")
    if len(kept) > MOST_NAMED:
        report(f"... and {len(kept) - MOST_NAMED} further files with the same content.")
    return Outcome(old.current, False, files_unchanged=len(kept))
