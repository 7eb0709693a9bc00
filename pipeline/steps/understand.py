"""Gives meaning to the words of staged rows: observation names, coders, subjects and codes become small mapping tables."""

from pathlib import Path

import duckdb
import pandas as pd

from db import stage, write
from pipeline.catalogue.manifest import Coded, Manifest
from pipeline.catalogue.scheme import SUBJECTS, BehaviourGroup, Scheme
from pipeline.errors import ManifestError, did_you_mean
from pipeline.steps.coded import Loaded, entry_scheme
from pipeline.steps.issues import Log
from pipeline.steps.meaning import Reader, named

UNNAMED_CODER = "coder"
"""Coder of files that do not say who coded."""


def cleaned(text: str) -> str:
    """A cell without the blanks around it (no-break spaces and tabs too)."""
    return text.replace("\u00a0", " ").strip()


def names(connection: duckdb.DuckDBPyConnection, read: list[Loaded]) -> pd.DataFrame:
    """Observation names of the staged rows with what they mean: source_id, name, observation_id, coder_id (missing when the pattern does not match)."""
    entries = {item.file.source_id: item.file.entry for item in read}
    rows = []
    for row in write.distinct(connection, "observation").itertuples():
        text = cleaned(row.observation)
        found = named(entries[int(row.source_id)], text) if text else None
        rows.append((int(row.source_id), row.observation, found and found.observation_id, found and found.coder_id))
    return pd.DataFrame(rows, columns=["source_id", "name", "observation_id", "coder_id"]).astype(
        {"observation_id": "str", "coder_id": "str"}
    )


def stage_all(
    connection: duckdb.DuckDBPyConnection,
    read: list[Loaded],
    words: pd.DataFrame,
    observation: pd.DataFrame,
    log: Log,
    manifest: Manifest,
    folder: Path,
) -> None:
    """Fills the mapping tables that the row rules join with, and the log's words."""
    files = {item.file.source_id: item.file for item in read}
    log.schemes.update({number: file.scheme.name for number, file in files.items()})
    log.time_rules.update({item.file.source_id: item.reading.time_rule for item in read if item.reading})
    default = {number: file.entry.coder or UNNAMED_CODER for number, file in files.items()}
    words = words.assign(coder_id=words["coder_id"].fillna(words["source_id"].map(default)))
    _stage_marks(connection, read)
    stage.add(connection, "name", words)
    write.insert(connection, "main.source_observation", words)
    _stage_observations(connection, observation, read, words)
    _stage_coders(connection, {number: file.entry for number, file in files.items()}, words)
    numbers = _stage_schemes(connection, manifest, folder)
    _stage_meanings(
        connection, {number: Reader(file.entry, file.scheme) for number, file in files.items()}, numbers, log
    )
    _suggest_observations(log, words, observation)


def _stage_observations(
    connection: duckdb.DuckDBPyConnection, observation: pd.DataFrame, read: list[Loaded], words: pd.DataFrame
) -> None:
    """Known recordings with their ends; a length the coded file itself states fills in where the table has none."""
    lengths: dict[str, int] = {}
    meant = _meant(words)
    for item in read:
        for name, length in (item.reading.lengths_ms if item.reading else {}).items():
            if (found := meant.get((item.file.source_id, name))) is not None:
                lengths[found] = max(length, lengths.get(found, 0))
    frame = observation[["observation_id", "start_ms", "end_ms"]].copy()
    stated = frame["observation_id"].map(lengths).astype("Float64") + frame["start_ms"]
    frame["end_ms"] = frame["end_ms"].astype("Float64").fillna(stated).astype("Int64")
    stage.add(connection, "observation", frame.assign(obs=range(len(frame))))


def _stage_marks(connection: duckdb.DuckDBPyConnection, read: list[Loaded]) -> None:
    """Start, stop and point as the files write them."""
    known = {item.file.source_id: item.reading.marks for item in read if item.reading}
    texts = write.distinct(connection, "mark").itertuples(index=False, name=None)
    rows = [(source, text, known[source].get(cleaned(text).casefold())) for source, text in texts]
    stage.add(connection, "mark", pd.DataFrame([row for row in rows if row[2]], columns=["source_id", "word", "mark"]))


def _meant(words: pd.DataFrame) -> dict[tuple[int, str], str]:
    return {
        (source, name): found
        for source, name, found in words[["source_id", "name", "observation_id"]].itertuples(index=False, name=None)
        if isinstance(found, str)
    }


def _stage_coders(connection: duckdb.DuckDBPyConnection, entries: dict[int, Coded], words: pd.DataFrame) -> None:
    """Coders from a column of the file; an empty cell falls back to the name of the observation or the entry."""
    texts = write.distinct(connection, "coder").rename(columns={"coder": "text"})
    texts = texts[texts["text"] != ""]
    texts["coder_id"] = [
        _coder(entries[source], text)
        for source, text in texts[["source_id", "text"]].itertuples(index=False, name=None)
    ]
    texts = texts[texts["coder_id"] != ""]
    stage.add(connection, "coder_text", texts)
    coders = sorted({*texts["coder_id"], *words["coder_id"].dropna()})
    stage.add(
        connection, "coder", pd.DataFrame({"coder": range(len(coders)), "coder_id": pd.Series(coders, dtype="str")})
    )


def _coder(entry: Coded, text: str) -> str:
    return entry.coders.get(cleaned(text), cleaned(text))


def all_groups(manifest: Manifest, folder: Path) -> list[BehaviourGroup]:
    """Behaviour groups of all schemes the manifest uses."""
    return [group for scheme in _schemes(manifest, folder) for group in scheme.groups]


def _schemes(manifest: Manifest, folder: Path) -> list[Scheme]:
    found: dict[str, Scheme] = {}
    for entry in manifest.coded:
        scheme = entry_scheme(manifest, entry, folder)
        if found.setdefault(scheme.name, scheme) != scheme:
            raise ManifestError(f"two different schemes are both named '{scheme.name}'. Rename one.")
    _check_group_names(list(found.values()))
    return list(found.values())


def _check_group_names(schemes: list[Scheme]) -> None:
    """A behaviour group's name means one thing in a study."""
    owners: dict[str, str] = {}
    for scheme in schemes:
        for group in scheme.groups:
            if owners.setdefault(group.name, scheme.name) != scheme.name:
                raise ManifestError(
                    f"schemes {owners[group.name]} and {scheme.name} both have a group '{group.name}'. Rename one of the two groups."
                )


def _stage_schemes(
    connection: duckdb.DuckDBPyConnection, manifest: Manifest, folder: Path
) -> dict[tuple[str, str, str], int]:
    """Stores groups and codes; returns the number of each (scheme, group, code)."""
    groups, codes, staged, group_no = [], [], [], 0
    for scheme in _schemes(manifest, folder):
        for position, group in enumerate(scheme.groups):
            groups.append(
                (scheme.name, group.name, group.title, position, group.exclusive, group.exhaustive, group.reference)
            )
            for place, code in enumerate(group.codes):
                subjects = ",".join(group.subjects_of(code))
                codes.append(
                    (
                        scheme.name,
                        group.name,
                        code.label,
                        place,
                        code.kind,
                        code.unobservable,
                        code.colour,
                        subjects,
                        code.description or None,
                    )
                )
                staged.append(
                    (
                        len(staged),
                        group_no,
                        scheme.name,
                        group.name,
                        code.label,
                        code.kind,
                        code.unobservable,
                        group.exclusive,
                        group.exhaustive,
                    )
                )
            group_no += 1
    write.insert(
        connection,
        "behaviour_group",
        pd.DataFrame(
            groups, columns=["scheme", "behaviour_group", "title", "position", "exclusive", "exhaustive", "reference"]
        ),
    )
    columns = [
        "scheme",
        "behaviour_group",
        "code",
        "position",
        "kind",
        "unobservable",
        "colour",
        "subjects",
        "description",
    ]
    write.insert(connection, "code", pd.DataFrame(codes, columns=columns))
    columns = [
        "code_no",
        "group_no",
        "scheme",
        "behaviour_group",
        "code",
        "kind",
        "unobservable",
        "exclusive",
        "exhaustive",
    ]
    stage.add(connection, "code", pd.DataFrame(staged, columns=columns))
    return {(row[2], row[3], row[4]): row[0] for row in staged}


def _stage_meanings(
    connection: duckdb.DuckDBPyConnection,
    readers: dict[int, Reader],
    numbers: dict[tuple[str, str, str], int],
    log: Log,
) -> None:
    rows = []
    for source, subject, group, code in write.distinct(connection, "subject", "behaviour_group", "code").itertuples(
        index=False, name=None
    ):
        if not cleaned(code) and not cleaned(subject):
            continue
        reader = readers[source]
        meaning = reader.meaning(cleaned(subject), cleaned(group), cleaned(code))
        log.meanings[source, subject, group, code] = meaning
        number = numbers.get((reader.scheme.name, meaning.group or "", meaning.code or ""))
        place = SUBJECTS.index(meaning.subject) if meaning.subject else None
        rows.append((source, subject, group, code, meaning.subject, place, number, meaning.reason))
    columns = ["source_id", "subject_text", "group_text", "code_text", "subject", "subject_no", "code_no", "reason"]
    frame = pd.DataFrame(rows, columns=columns).astype({"subject": "str", "subject_no": "Int64", "code_no": "Int64"})
    stage.add(connection, "meaning", frame)


def _suggest_observations(log: Log, words: pd.DataFrame, observation: pd.DataFrame) -> None:
    """For names that are no known recording: the nearest known one."""
    known = set(observation["observation_id"])
    for source, name, found in words[["source_id", "name", "observation_id"]].itertuples(index=False, name=None):
        if found not in known and name and len(known) <= 5000:
            log.suggestions[source, name] = did_you_mean(name, known)
