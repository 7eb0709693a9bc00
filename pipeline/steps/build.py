"""Builds one generation from a plan: stage, understand, apply the rules, derive, count."""

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pandas as pd

from db import stage, write
from db.connect import SCHEMA_VERSION
from db.publish import checksum
from pipeline import VERSION
from pipeline.catalogue.manifest import Manifest
from pipeline.errors import ManifestError, UnreadableFile
from pipeline.steps import (
    model_coder,
    primary_choice,
    scheme_rows,
    source_rows,
    stream_places,
    track_rows,
    track_sources,
    tracks,
    understand,
)
from pipeline.steps.coded import CodedFile, Loaded, load
from pipeline.steps.cohort import Cohort, build_cohort
from pipeline.steps.issues import MOST_PER_RULE, Log
from pipeline.steps.plan import Old, Plan
from pipeline.steps.stored_fit_rows import stored_fit_rows
from pipeline.steps.stored_fits import SHORT
from pipeline.steps.track_files import TimedFile
from pipeline.steps.track_kinds import FeatureStream, Track
from pipeline.steps.tracks import Placed, Tracked

OF_A_RECORDING = ("media", "episode", "observation_score", "observation_variable")
OF_THE_STUDY = ("family", "person", "dyad", "instrument", "band", "score", "item_response", "variable")
NOTHING_READ = "None of the {what} could be read; the sentences above say why. Nothing was imported."


@dataclass(frozen=True)
class Build:
    """What a build works on: the manifest at `path`, files under `data`, the generation `number` made from `old`,
    and the study folder `home` with its stored tracks and fits. `plan`: coded files, `tracks`: tracks.
    """

    manifest: Manifest
    path: Path
    data: Path
    digest: str
    scratch: Path
    number: int
    plan: Plan[CodedFile]
    tracks: Plan[TimedFile]
    old: Old | None
    home: Path


@dataclass(frozen=True)
class Built:
    """Counts of the files and rows read in this import, and issues per severity."""

    counts: dict[str, int]
    issues: dict[str, int]


def manifest_digest(path: Path, manifest: Manifest, data: Path) -> str:
    """Checksum of the manifest and every table it names: equal means that only coded files can have changed."""
    tables = [table.file for table in dict(manifest.tables).values() if table is not None and table.file]
    files = sorted({*tables, *(score.file for score in manifest.scores)})
    sums = [checksum(data / file) if (data / file).is_file() else "" for file in files]
    return hashlib.sha256(json.dumps([checksum(path), SCHEMA_VERSION, VERSION, *sums]).encode()).hexdigest()


def run(task: Build, connection: duckdb.DuckDBPyConnection, report: Callable[[str], None]) -> Built:
    """Fills the tables of the build; `report` is told the sentence of every file that cannot be read."""
    loaded = [load(connection, file, task.scratch, position) for position, file in enumerate(task.plan.new)]
    tracked = tracks.gather(task.tracks, task.old, task.home)
    _say_faults(task, loaded, tracked, report)
    read = [item for item in loaded if item.reading is not None]
    log = _log(task, loaded)
    tracks.log_files(tracked, task.tracks, log)
    kept = _copy_kept(task, connection, loaded, tracked)
    stage.unite(connection, [item.kept for item in read if item.kept])
    words = understand.names(connection, read)
    names = _recordings(task, words, tracked, kept)
    cohort = build_cohort(task.manifest, task.data, names, beside=task.path.parent)
    placed = tracks.place(tracked, task.old, task.home, cohort.observation, cohort.media, log)
    numbers = scheme_rows.store(connection, task.manifest, task.path.parent)
    understand.stage_words(connection, read, words, cohort.observation, numbers, log)
    write.apply_rules(connection)
    _finish(task, connection, cohort, loaded, (tracked, placed), log)
    new, unchanged = (len(task.plan.new) + len(task.tracks.new), len(task.plan.kept) + len(task.tracks.kept))
    counts = write.add_generation(connection, task.number, checksum(task.path), VERSION, new, unchanged)
    return Built(counts, write.issue_counts(connection, task.number))


def _say_faults(task: Build, loaded: list[Loaded], tracked: Tracked, report: Callable[[str], None]) -> None:
    """Reports files that cannot be read; an import of nothing else is refused."""
    faults = [*(item.fault for item in loaded if item.fault), *(fault for _, fault in tracked.faults)]
    nothing = len(faults) == len(task.plan.new) + len(task.tracks.new)
    if faults and nothing and not task.plan.known and not task.tracks.known:
        if len(faults) == 1:
            raise UnreadableFile(faults[0])
        for fault in faults:
            report(fault)
        measured = {file.content for file in task.tracks.new}
        kinds = {"coded files": bool(task.plan.new), "tracks": bool(measured - {"stream"})}
        kinds |= {"streams": "stream" in measured}
        raise ManifestError(NOTHING_READ.format(what=" and ".join(kind for kind, there in kinds.items() if there)))
    for fault in faults:
        report(fault)


def _copy_kept(task: Build, connection: duckdb.DuckDBPyConnection, loaded: list[Loaded], tracked: Tracked) -> list[int]:
    """Copies files that did not change, are gone, or have a new version that cannot be read; returns their numbers.

    Of tracks only the issues that belong to the file itself are copied: the rest is made anew from stored frames.
    """
    if task.old is None:
        return []
    failed = [item.file.shown for item in loaded if item.fault]
    paths = [*(file.shown for file in task.plan.kept), *task.plan.gone, *failed]
    kept = [task.plan.known[path].source_id for path in paths if path in task.plan.known]
    write.attach_current(connection, task.old.current.file)
    write.copy_sources(connection, kept)
    write.copy_issues(connection, tracks.kept_ids(tracked, task.tracks), tracks.OF_PLACING)
    return kept


def _log(task: Build, loaded: list[Loaded]) -> Log:
    """The issues that are known before any row is read."""
    paths = {known.source_id: path for path, known in task.plan.known.items()}
    log = Log(task.number, paths | {item.file.source_id: item.file.shown for item in loaded})
    for item in loaded:
        for note in item.notes:
            log.note(item.file.source_id, note)
        if item.fault and item.file.shown in task.plan.known:
            log.add("kept_older_version", None, file=item.file.shown, detail=item.fault)
        elif item.fault:
            log.add("unreadable_file", item.file.source_id, detail=item.fault)
        elif task.plan.corrected(item.file):
            log.add("superseded", item.file.source_id, other_file="its earlier version")
    for file, twin in task.plan.same:
        log.add("same_content", None, file=file.shown, other_file=twin)
    for path in task.plan.gone:
        log.add("file_gone", None, file=path)
    return log


def _recordings(task: Build, words: pd.DataFrame, tracked: Tracked, kept: list[int]) -> list[str]:
    """Recordings the coded files and tracks speak of, those of unchanged files included."""
    found = set(words["observation_id"].dropna()) | set(tracked.names["observation_id"].dropna())
    if task.old is not None:
        names = task.old.names
        stay = [*kept, *tracks.kept_ids(tracked, task.tracks)]
        found |= set(names.loc[names["source_id"].isin(stay), "observation_id"].dropna())
    return sorted(found)


def _finish(
    task: Build,
    connection: duckdb.DuckDBPyConnection,
    cohort: Cohort,
    loaded: list[Loaded],
    found: tuple[Tracked, Placed],
    log: Log,
) -> None:
    """Tables of the cohort, smiles, derived rows, issues, sources."""
    left = _insert_cohort(connection, cohort, found[1], log, task.manifest.tables.observations.file or "")
    _insert_sources(task, connection, cohort, loaded, found, left)
    _insert_smiles(task, connection, cohort, found, log)
    before = task.old.sources if task.old else pd.DataFrame()
    model_coder.insert(connection, task.home, task.manifest.study.id, task.number, before, log)
    one_camera = scheme_rows.one_camera(task.manifest, task.path.parent)
    primary_choice.derive(connection, task.manifest.primary, one_camera, task.path.name, log)
    log.refused(write.frame_of(connection, "refusals", most=MOST_PER_RULE))
    log.noted(write.frame_of(connection, "notes", most=MOST_PER_RULE))
    for row in write.superseded(connection).itertuples():
        other = Path(log.files[int(row.source_id)]).name
        log.add("superseded", int(row.new_source), other_file=other, count=int(row.identities))
    _insert_fits(task, connection, log)
    nowhere = pd.array([pd.NA] * len(cohort.issues), dtype="Int64")
    stage.insert(connection, "issue", log.frame())
    stage.insert(connection, "issue", cohort.issues.assign(generation=task.number, source_id=nowhere))
    stage.insert(connection, "study", _study(task))


def _insert_sources(
    task: Build,
    connection: duckdb.DuckDBPyConnection,
    cohort: Cohort,
    loaded: list[Loaded],
    found: tuple[Tracked, Placed],
    left: int,
) -> None:
    """Sources of all kinds, tables numbered last; tracks that were known before keep their generation."""
    new, known = track_sources.sources(*found, task.tracks, task.old)
    coded = source_rows.coded(connection, loaded, task.plan)
    stage.insert(connection, "source", known)
    files = pd.concat([frame for frame in (coded, new) if len(frame)] or [coded], ignore_index=True)
    tables = source_rows.tables(cohort.sources, task.manifest.tables.observations.file, left)
    sources = source_rows.number(connection, files, tables, task.digest)
    stage.insert(connection, "source", source_rows.stamp(sources, task.number))
    stage.insert(connection, "source_observation", track_sources.names(found[0], task.tracks, task.old))


def _insert_smiles(
    task: Build, connection: duckdb.DuckDBPyConnection, cohort: Cohort, found: tuple[Tracked, Placed], log: Log
) -> None:
    """Measures the tracks of all recordings that have a length, and adds the rows of their feature streams."""
    tracked, placed = found
    numbers = write.table_sources(connection)
    table = cohort.speech.assign(source_id=cohort.speech["file"].map(numbers))
    parameters, ends = task.manifest.smiles, write.ends(connection)
    measured = track_rows.measure(placed, tracked, task.home, parameters, table, ends, log)
    measured.insert(connection, parameters)
    stage.insert(connection, "feature_stream", stream_places.table_rows(placed.streams, ends, log))


def _insert_cohort(connection: duckdb.DuckDBPyConnection, cohort: Cohort, placed: Placed, log: Log, file: str) -> int:
    """Inserts the tables; returns how many recordings were left out because nothing says how long they are."""
    ends = write.found_ends(connection).set_index("observation_id")["end_ms"]
    observation = cohort.observation.copy()
    observation["end_ms"] = observation["observation_id"].map(ends).astype("Int64")
    _end_with(observation, placed.tracks, "length_from_track", log, file)
    _end_with(observation, placed.streams, "length_from_stream", log, file)
    left = set(observation.loc[observation["end_ms"].isna(), "observation_id"])
    if (count := write.ends_from_codes(connection)) > 0:
        log.add("length_from_codes", None, file=file, count=count)
    for name in sorted(left):
        log.add("observation_without_length", None, file=file, observation_id=name)
    stage.insert(connection, "observation", observation[~observation["observation_id"].isin(left)])
    for table in OF_THE_STUDY:
        stage.insert(connection, table, getattr(cohort, table))
    for table in OF_A_RECORDING:
        frame = getattr(cohort, table)
        stage.insert(connection, table, frame[~frame["observation_id"].isin(left)])
    return len(left)


def _end_with(
    observation: pd.DataFrame, files: Sequence[Track | FeatureStream], kind: str, log: Log, file: str
) -> None:
    """Recordings that nothing else ends: each ends with its longest face track, or its longest feature stream."""
    ends: dict[str, int] = {}
    for one in files:
        ends[one.observation_id] = max(one.end_ms, ends.get(one.observation_id, 0))
    found = observation["observation_id"].map(ends).astype("Int64")
    taken = observation["end_ms"].isna() & (found > observation["start_ms"]).fillna(False)
    observation.loc[taken, "end_ms"] = found[taken]
    if taken.any():
        log.add(kind, None, file=file, count=int(taken.sum()))


def _insert_fits(task: Build, connection: duckdb.DuckDBPyConnection, log: Log) -> None:
    """Takes in the stored fits of runs/; a damaged one is left out with an issue."""
    fits, terms, damaged = stored_fit_rows(task.home, task.manifest.study.id)
    for id in damaged:
        log.add("damaged_fit", None, file=f"runs/{id[:SHORT]}")
    stage.insert(connection, "fit", fits)
    stage.insert(connection, "fit_term", terms)


def _study(task: Build) -> pd.DataFrame:
    study = task.manifest.study
    entries = {
        "title": study.title,
        "study_id": study.id,
        "synthetic": str(study.synthetic).lower(),
        "attribution": study.attribution,
        "schema_version": SCHEMA_VERSION,
        "import_digest": task.digest,
        "manifest": task.path.name,
        "primary": task.manifest.primary.model_dump_json(),
    }
    return pd.DataFrame(list(entries.items()), columns=["key", "value"])
