"""What an import has to do: which files are new, which stay as they are, and what the study holds already."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, TypeVar

import pandas as pd

from db import queries, queries_smiles, queries_streams
from db.connect import SCHEMA_VERSION, Current, current, open_reader
from pipeline.catalogue.manifest import Manifest
from pipeline.errors import StudyError
from pipeline.steps.coded import CodedFile
from pipeline.steps.track_files import TimedFile

DEMO_STUDY = "demo"
TRACKS = ("track", "speech", "stream")
"""Contents of sources that are files of one recording each over time."""

File = TypeVar("File", CodedFile, TimedFile)


@dataclass(frozen=True)
class Known:
    """A coded file, or a track, of the current generation."""

    source_id: int
    sha256: str
    import_key: str


@dataclass(frozen=True)
class Old:
    """The current generation as far as an import needs it: its coded files and its tracks by path, all rows of source,
    the names in the files, and the rows of track, speech_track and feature_stream."""

    current: Current
    import_digest: str
    files: dict[str, Known]
    tracks: dict[str, Known]
    sources: pd.DataFrame
    names: pd.DataFrame
    track: pd.DataFrame
    speech_track: pd.DataFrame
    feature_stream: pd.DataFrame


@dataclass(frozen=True)
class Plan(Generic[File]):
    """Files that are read, that stay as they are, that say the same as another, and paths that are gone."""

    new: tuple[File, ...]
    kept: tuple[File, ...]
    same: tuple[tuple[File, str], ...]
    gone: tuple[str, ...]
    known: dict[str, Known]

    def corrected(self, file: File) -> bool:
        """True when an earlier version of the file, with another content, was imported before."""
        return file.shown in self.known and self.known[file.shown].sha256 != file.sha256


def read_old(home: Path, manifest: Manifest) -> Old | None:
    """The current generation of this study; None to start afresh (nothing yet, the demo, another schema version)."""
    found = current(home)
    if found is None:
        return None
    with open_reader(found.file) as connection:
        study = queries.study(connection)
        same = _same_study(study.get("study_id", ""), manifest, home)
        if not same or study.get("schema_version") != SCHEMA_VERSION:
            return None
        sources = queries.rows(connection, "sources")
        names = queries.rows(connection, "source_observations")
        tracks, speech = queries_smiles.tracks(connection), queries_smiles.speech_tracks(connection)
        streams = queries_streams.feature_streams(connection)
    files, others = _known(sources, ("coded",)), _known(sources, TRACKS)
    return Old(found, study["import_digest"], files, others, sources, names, tracks, speech, streams)


def _known(sources: pd.DataFrame, content: tuple[str, ...]) -> dict[str, Known]:
    columns = sources.loc[sources["content"].isin(content), ["path", "source_id", "sha256", "import_key"]]
    rows = columns.itertuples(index=False, name=None)
    return {path: Known(int(number), sha256, key) for path, number, sha256, key in rows}


def _same_study(study_id: str, manifest: Manifest, home: Path) -> bool:
    """One folder holds one study; only the demo makes way for a real one."""
    if study_id not in (manifest.study.id, DEMO_STUDY):
        raise StudyError(
            f"The study folder '{home.name}' holds the study '{study_id}', and the manifest describes "
            f"'{manifest.study.id}'. Set DYADSCOPE_HOME to another folder, or correct the id in the manifest. "
            "Nothing was changed."
        )
    return study_id == manifest.study.id


def first_id(old: Old | None) -> int:
    """The first number for new files."""
    return 1 + max([known.source_id for known in (old.files | old.tracks).values()] if old else [0], default=0)


def make_plan(files: Sequence[File], known: Mapping[str, Known]) -> Plan[File]:
    """Sorts the files. A file stays when path, content, scheme, manifest entry and recordings table are as before."""
    kept = tuple(file for file in files if file.shown in known and known[file.shown].import_key == file.import_key)
    first = {_said(file): file.shown for file in kept}
    new: list[File] = []
    same: list[tuple[File, str]] = []
    for file in files:
        twin = first.setdefault(_said(file), file.shown)
        if file not in kept and twin == file.shown:
            new.append(file)
        elif file not in kept:
            same.append((file, twin))
    gone = tuple(sorted(set(known) - {file.shown for file in files}))
    return Plan(tuple(new), kept, tuple(same), gone, dict(known))


def _said(file: File) -> tuple[str, str]:
    """Two files say the same when their content and the way it is read are equal; two entries may name two coders."""
    return file.sha256, file.entry.model_dump_json(exclude={"files"})
