"""Builds one generation from a plan: stage, understand, apply the rules, derive, count."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from db import stage, write
from db.connect import SCHEMA_VERSION
from db.publish import checksum
from pipeline import VERSION
from pipeline.catalogue.manifest import Manifest
from pipeline.errors import ManifestError, UnreadableFile
from pipeline.steps import understand
from pipeline.steps.coded import Loaded, load
from pipeline.steps.cohort import Cohort, build_cohort
from pipeline.steps.issues import MOST_PER_RULE, Log


@dataclass(frozen=True)
class Build:
    """What a build works on: `number` is the generation it makes, `old` the current generation's file."""

    manifest: Manifest
    path: Path
    data: Path
    digest: str
    scratch: Path
    number: int
    old: Path | None


@dataclass(frozen=True)
class Built:
    """Counts of the rows read in this import, and issues per severity."""

    counts: dict[str, int]
    issues: dict[str, int]
    code_version: str = VERSION


def manifest_digest(path: Path, manifest: Manifest, data: Path) -> str:
    """Checksum of the manifest and of every table it names: equal means that nothing but coded files can have changed."""
    tables = [table.file for table in dict(manifest.tables).values() if table is not None and table.file]
    files = sorted({*tables, *(score.file for score in manifest.scores)})
    parts = [
        checksum(path),
        SCHEMA_VERSION,
        VERSION,
        *(checksum(data / file) if (data / file).is_file() else "" for file in files),
    ]
    return hashlib.sha256(json.dumps(parts).encode()).hexdigest()


def run(
    task: Build,
    connection: duckdb.DuckDBPyConnection,
    plan,
    known: dict[str, int],
    names: pd.DataFrame | None,
    report: Callable[[str], None],
) -> Built:
    """Fills the build's tables; `known` maps paths of the current generation to source ids, `names` its observation names."""
    loaded = _load(task, connection, plan, report)
    read = [item for item in loaded if item.reading is not None]
    log = Log(
        task.number,
        {item.file.source_id: item.file.shown for item in loaded} | {number: path for path, number in known.items()},
    )
    _log_files(log, loaded, plan, known)
    kept = _kept(plan, loaded, known)
    if task.old is not None:
        write.attach_current(connection, task.old)
        write.copy_sources(connection, kept)
    stage.unite(connection, [item.kept for item in read if item.kept])
    words = understand.names(connection, read)
    cohort = build_cohort(task.manifest, task.data, _all_names(words, names, kept), beside=task.path.parent)
    understand.stage_all(connection, read, words, cohort.observation, log, task.manifest, task.path.parent)
    write.apply_rules(connection)
    _finish(task, connection, cohort, read, log)
    return _counts(connection, task, plan, log)


def _load(task: Build, connection: duckdb.DuckDBPyConnection, plan, report: Callable[[str], None]) -> list[Loaded]:
    loaded = []
    for position, file in enumerate(plan.new):
        loaded.append(load(connection, file, task.scratch, position))
        if loaded[-1].fault:
            report(loaded[-1].fault)
    if plan.new and all(item.fault for item in loaded) and not plan.kept:
        if len(loaded) == 1:
            raise UnreadableFile(loaded[0].fault)
        raise ManifestError("None of the coded files could be read; the sentences above say why. Nothing was imported.")
    return loaded


def _kept(plan, loaded: list[Loaded], known: dict[str, int]) -> list[int]:
    """Sources that are copied: unchanged, gone, or replaced by a version that cannot be read."""
    failed = [item.file.shown for item in loaded if item.fault]
    return [known[path] for path in [*(file.shown for file in plan.kept), *plan.gone, *failed] if path in known]


def _log_files(log: Log, loaded: list[Loaded], plan, known: dict[str, int]) -> None:
    for item in loaded:
        for note in item.notes:
            log.note(item.file.source_id, note)
        if item.fault:
            kind = "kept_older_version" if item.file.shown in known else "unreadable_file"
            log.add(kind, None, file=item.file.shown, detail=item.fault)
        elif item.file.shown in known:
            log.add("superseded", item.file.source_id, other_file="the version before")
    for file, twin in plan.same:
        log.add("same_content", None, file=file.shown, other_file=twin)
    for path in plan.gone:
        log.add("file_gone", known[path], file=path)


def _all_names(words: pd.DataFrame, names: pd.DataFrame | None, kept: list[int]) -> list[str]:
    """Observation ids the coded files speak of, those of unchanged files included."""
    found = set(words["observation_id"].dropna())
    if names is not None:
        found |= set(names.loc[names["source_id"].isin(kept), "observation_id"].dropna())
    return sorted(found)


def _finish(task: Build, connection: duckdb.DuckDBPyConnection, cohort: Cohort, read: list[Loaded], log: Log) -> None:
    """Tables of the cohort, derived rows, issues, sources."""
    left = _insert_cohort(connection, cohort, log, task.manifest.tables.observations.file or "")
    manifest = task.manifest
    groups = understand.all_groups(manifest, task.path.parent)
    one_camera = [(group.name, group.one_camera_modifier) for group in groups if group.one_camera_modifier]
    write.derive(connection, manifest.primary.coders, manifest.primary.prefer, one_camera)
    log.refused(write.frame_of(connection, "refusals", most=MOST_PER_RULE))
    log.noted(write.frame_of(connection, "notes", most=MOST_PER_RULE))
    for row in write.superseded(connection).itertuples():
        log.add(
            "superseded",
            int(row.new_source),
            other_file=Path(log.files[int(row.source_id)]).name,
            count=int(row.identities),
        )
    write.insert(connection, "source", _sources(task, connection, cohort, read, left))
    write.insert(connection, "issue", pd.concat([log.frame(), _cohort_issues(cohort, task.number)]))
    write.insert(connection, "study", _study(task))


def _insert_cohort(connection: duckdb.DuckDBPyConnection, cohort: Cohort, log: Log, file: str) -> int:
    """Inserts the tables; returns how many recordings were left out because nothing says how long they are."""
    ends = write.found_ends(connection).set_index("observation_id")["end_ms"]
    observation = cohort.observation.copy()
    observation["end_ms"] = observation["observation_id"].map(ends).astype("Int64")
    without = observation["end_ms"].isna()
    for name in observation.loc[without, "observation_id"]:
        log.add("observation_without_length", None, file=file, observation_id=name)
    write.insert(connection, "observation", observation[~without])
    left = set(observation.loc[without, "observation_id"])
    for table in (
        "family",
        "person",
        "dyad",
        "media",
        "instrument",
        "band",
        "score",
        "item_response",
        "observation_score",
        "variable",
        "observation_variable",
    ):
        frame = getattr(cohort, table)
        write.insert(
            connection, table, frame[~frame["observation_id"].isin(left)] if "observation_id" in frame else frame
        )
    return len(left)


def _sources(
    task: Build, connection: duckdb.DuckDBPyConnection, cohort: Cohort, read: list[Loaded], left: int
) -> pd.DataFrame:
    """One row per file of this import: coded files with their counted rows, then the tables."""
    counts = write.frame_of(connection, "counts").set_index("source_id")
    when = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    rows = []
    for item in read:
        number = item.file.source_id
        found = (
            counts.loc[number].to_dict()
            if number in counts.index
            else dict.fromkeys(("rows", "accepted", "rejected", "blank"), 0)
        )
        assert item.reading is not None
        rows.append(
            {
                "source_id": number,
                "path": item.file.shown,
                "content": "coded",
                "format": item.file.entry.format,
                "sha256": item.file.sha256,
                "import_key": item.file.import_key,
                "bytes": item.file.path.stat().st_size,
                "dialect": item.reading.dialect,
                **found,
            }
        )
    first = write.next_source_id(connection, [row["source_id"] for row in rows])
    tables = cohort.sources.assign(
        source_id=range(first, first + len(cohort.sources)), content="table", import_key=task.digest
    )
    here = tables["path"] == task.manifest.tables.observations.file
    tables.loc[here, "accepted"] -= left
    tables.loc[here, "rejected"] += left
    return pd.concat([pd.DataFrame(rows), tables], ignore_index=True).assign(generation=task.number, imported_at=when)


def _cohort_issues(cohort: Cohort, number: int) -> pd.DataFrame:
    return cohort.issues.assign(generation=number, source_id=pd.array([pd.NA] * len(cohort.issues), dtype="Int64"))


def _study(task: Build) -> pd.DataFrame:
    study = task.manifest.study
    entries = {
        "title": study.title,
        "study_id": study.id,
        "synthetic": str(study.synthetic).lower(),
        "attribution": study.attribution,
        "schema_version": SCHEMA_VERSION,
        "import_digest": task.digest,
    }
    return pd.DataFrame(list(entries.items()), columns=["key", "value"])


def _counts(connection: duckdb.DuckDBPyConnection, task: Build, plan, log: Log) -> Built:
    """Adds the row of this generation; returns its counts."""
    counts = write.add_generation(connection, task.number, checksum(task.path), VERSION, len(plan.new), len(plan.kept))
    severities = write.issue_counts(connection, task.number)
    return Built(counts, severities)
