"""Imports a study: reads the manifest and what it names, builds a new generation beside the current one, publishes it."""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pandas as pd

from db import failures, publish, queries, write
from db.connect import SCHEMA_VERSION, Current, PointerDamaged, current, open_reader
from pipeline.catalogue.manifest import Manifest, load_manifest
from pipeline.errors import ImportLocked, StudyError
from pipeline.steps import build
from pipeline.steps.coded import CodedFile, coded_files
from pipeline.steps.open_study import POINTER_DAMAGED

MEMORY = os.environ.get("DYADSCOPE_MEMORY", "1200MB")
DEMO_STUDY = "demo"

Report = Callable[[str], None]


@dataclass(frozen=True)
class Outcome:
    """What an import did: the generation that is current now, whether it is new, and its counts."""

    generation: Current
    new: bool
    files_new: int = 0
    files_unchanged: int = 0
    rows: int = 0
    accepted: int = 0
    rejected: int = 0
    blank: int = 0
    issues: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Old:
    """The current generation as far as an import needs it: its sources by path, names and study entries."""

    current: Current
    study: dict[str, str]
    sources: pd.DataFrame
    names: pd.DataFrame


@dataclass(frozen=True)
class Plan:
    """Which coded files are read, which stay as they are, which say the same as another."""

    new: tuple[CodedFile, ...]
    kept: tuple[CodedFile, ...]
    same: tuple[tuple[CodedFile, str], ...]
    gone: tuple[str, ...]


def import_study(path: Path, home: Path, data: Path | None = None, report: Report = print) -> Outcome:
    """Imports the study of a manifest into the study folder `home`.

    `data` is the folder the manifest's paths are relative to (default: the manifest's own). Nothing changes unless all of it succeeds.
    Raises UserError children: ManifestError, StudyError, ImportLocked (another import holds the lock).
    """
    manifest = load_manifest(path)
    try:
        with publish.lock(home):
            return _import(manifest, path, home, (data or path.parent).resolve(), report)
    except publish.Locked:
        raise ImportLocked("Another import is running. Nothing was changed.") from None
    except PointerDamaged:
        raise StudyError(POINTER_DAMAGED) from None
    except publish.Damaged:
        raise StudyError(
            "The new generation did not read back as it was written; the disk may be failing. Nothing was changed."
        ) from None
    except (duckdb.Error, OSError) as fault:
        words = failures.sentence(fault)
        if words is None:
            raise
        raise StudyError(words) from None


def _import(manifest: Manifest, path: Path, home: Path, data: Path, report: Report) -> Outcome:
    old = read_old(home, manifest)
    files = coded_files(manifest, path.parent, data, _first_id(old))
    plan = make_plan(files, old)
    digest = build.manifest_digest(path, manifest, data)
    if old is not None and not plan.new and old.study.get("import_digest") == digest:
        return _unchanged(old, plan, report)
    scratch = publish.scratch(home)
    try:
        return _publish(
            build.Build(manifest, path, data, digest, scratch, publish.next_number(home), old and old.current.file),
            plan,
            old,
            home,
            report,
        )
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _publish(task: "build.Build", plan: Plan, old: Old | None, home: Path, report: Report) -> Outcome:
    connection = write.open_build(task.scratch, MEMORY)
    known = {} if old is None else {row.path: int(row.source_id) for row in old.sources.itertuples()}
    result = build.run(task, connection, plan, known, old.names if old is not None else None, report)
    counts = publish.table_counts(connection)
    write.close_build(connection)
    publish.failpoint("built")
    entry = {
        "generation": task.number,
        "manifest": task.path.name,
        **result.counts,
        "code_version": result.code_version,
        "duckdb_version": duckdb.__version__,
    }
    found = publish.publish(home, task.scratch / "build.duckdb", counts, entry)
    outcome = Outcome(
        found, True, issues=result.issues, **{key: int(value) for key, value in result.counts.items() if key != "user"}
    )
    report(
        f"Generation {found.number} is published: {outcome.files_new} files read, {outcome.files_unchanged} unchanged."
    )
    return outcome


def _unchanged(old: Old, plan: Plan, report: Report) -> Outcome:
    when = old.current.published_at[:10]
    for file in plan.kept[:20]:
        report(f"{Path(file.shown).name} was imported on {when} (same content). Nothing was changed.")
    if len(plan.kept) > 20:
        report(f"... and {len(plan.kept) - 20} further files with the same content.")
    return Outcome(old.current, False, files_unchanged=len(plan.kept))


def read_old(home: Path, manifest: Manifest) -> Old | None:
    """The current generation of this study, or None to start afresh (nothing yet, the demo, or another schema version)."""
    found = current(home)
    if found is None:
        return None
    with open_reader(found.file) as connection:
        study = queries.study(connection)
        if study.get("schema_version") != SCHEMA_VERSION:
            return None
        _check_same_study(study, manifest, home)
        if study["study_id"] != manifest.study.id:
            return None
        sources = queries.rows(connection, "sources")
        return Old(
            found, study, sources[sources["content"] == "coded"], queries.rows(connection, "source_observations")
        )


def _check_same_study(study: dict[str, str], manifest: Manifest, home: Path) -> None:
    """One folder holds one study; only the demo makes way for a real one."""
    if study["study_id"] in (manifest.study.id, DEMO_STUDY):
        return
    raise StudyError(
        f"The study folder '{home.name}' holds the study '{study['study_id']}', and the manifest describes '{manifest.study.id}'. "
        "Set DYADSCOPE_HOME to another folder, or correct the id in the manifest. Nothing was changed."
    )


def _first_id(old: Old | None) -> int:
    return 1 if old is None or old.sources.empty else int(old.sources["source_id"].max()) + 1


def make_plan(files: list[CodedFile], old: Old | None) -> Plan:
    """Sorts the files: unchanged (same path, content, scheme and manifest entry), same content as another file, new; and what is gone."""
    keys = {} if old is None else dict(zip(old.sources["path"], old.sources["import_key"], strict=True))
    kept = tuple(file for file in files if keys.get(file.shown) == file.import_key)
    first: dict[tuple[str, str], str] = {(file.sha256, file.entry.format): file.shown for file in kept}
    new, same = [], []
    for file in files:
        if file in kept:
            continue
        twin = first.setdefault((file.sha256, file.entry.format), file.shown)
        same.append((file, twin)) if twin != file.shown else new.append(file)
    gone = tuple(sorted(set(keys) - {file.shown for file in files}))
    return Plan(tuple(new), kept, tuple(same), gone)
