"""Gives meaning to the words of staged rows: names, coders, marks, subjects and codes become mapping tables."""

import duckdb
import pandas as pd

from db import stage, write
from pipeline.catalogue.manifest import Coded
from pipeline.catalogue.scheme import SUBJECTS
from pipeline.errors import did_you_mean
from pipeline.steps.coded import Loaded
from pipeline.steps.issues import Log
from pipeline.steps.meaning import Reader, named
from pipeline.steps.scheme_rows import CodeNumbers

UNNAMED_CODER = "coder"
"""Coder of files that do not say who coded."""

MOST_SUGGESTED_FROM = 5_000
"""No suggestions are looked for among more recordings than these."""

NAME = ["source_id", "name", "observation_id", "coder_id"]
MEANING = ["source_id", "subject_text", "group_text", "code_text", "subject", "subject_no", "code_no", "reason"]


def cleaned(text: str) -> str:
    """A cell without the blanks around it (no-break spaces and tabs too)."""
    return text.replace("\u00a0", " ").strip()


def names(connection: duckdb.DuckDBPyConnection, read: list[Loaded]) -> pd.DataFrame:
    """Observation names of the staged rows and what they mean: source_id, name, observation_id, coder_id.

    Both ids are missing where the manifest's pattern does not match; the coder also where the pattern names none.
    """
    entries = {item.file.source_id: item.file.entry for item in read}
    rows = []
    for source, name in write.distinct(connection, "observation").itertuples(index=False, name=None):
        found = named(entries[source], cleaned(name)) if cleaned(name) else None
        rows.append((source, name, found and found.observation_id, found and found.coder_id))
    return pd.DataFrame(rows, columns=NAME).astype({"observation_id": "str", "coder_id": "str"})


def stage_words(
    connection: duckdb.DuckDBPyConnection,
    read: list[Loaded],
    words: pd.DataFrame,
    observation: pd.DataFrame,
    numbers: CodeNumbers,
    log: Log,
) -> None:
    """Fills the mapping tables that the row rules join with, and the words the log needs for its sentences."""
    files = {item.file.source_id: item.file for item in read}
    log.schemes.update({number: file.scheme.name for number, file in files.items()})
    log.time_rules.update({item.file.source_id: item.reading.time_rule for item in read if item.reading})
    default = {number: file.entry.coder or UNNAMED_CODER for number, file in files.items()}
    words = words.assign(coder_id=words["coder_id"].fillna(words["source_id"].map(default)))
    wholes = [_whole(files[source].entry, name) for source, name in words[NAME[:2]].itertuples(index=False, name=None)]
    stage.add(connection, "name", words.assign(whole=pd.Series(wholes, index=words.index, dtype="str")))
    stage.insert(connection, "main.source_observation", words)
    _stage_marks(connection, read)
    _stage_observations(connection, observation, read, words)
    _stage_coders(connection, {number: file.entry for number, file in files.items()}, words)
    readers = {number: Reader(file.entry, file.scheme) for number, file in files.items()}
    _stage_meanings(connection, readers, numbers, log)
    _suggest_observations(log, words, observation)


def _whole(entry: Coded, name: str) -> str | None:
    """The recording of several people that a name such as 'Group 1 / child 3' is a part of."""
    return cleaned(name).rpartition(" / ")[0] if entry.split_subjects else None


def _stage_marks(connection: duckdb.DuckDBPyConnection, read: list[Loaded]) -> None:
    """Start, stop and point as the files write them."""
    known = {item.file.source_id: item.reading.marks for item in read if item.reading}
    texts = write.distinct(connection, "mark").itertuples(index=False, name=None)
    rows = [(source, text, known[source].get(cleaned(text).casefold())) for source, text in texts]
    stage.add(connection, "mark", pd.DataFrame([row for row in rows if row[2]], columns=["source_id", "word", "mark"]))


def _stage_observations(
    connection: duckdb.DuckDBPyConnection, observation: pd.DataFrame, read: list[Loaded], words: pd.DataFrame
) -> None:
    """Known recordings with their ends; a length the coded file states fills in where the table has none."""
    meant = {(source, name): found for source, name, found, _ in words[NAME].itertuples(index=False, name=None)}
    lengths: dict[str, int] = {}
    for item in read:
        for name, length in (item.reading.lengths_ms if item.reading else {}).items():
            found = meant.get((item.file.source_id, name))
            if isinstance(found, str):
                lengths[found] = max(length, lengths.get(found, 0))
    frame = observation[["observation_id", "start_ms", "end_ms"]].copy()
    stated = frame["observation_id"].map(lengths).astype("Float64") + frame["start_ms"]
    frame["end_ms"] = frame["end_ms"].astype("Float64").fillna(stated).astype("Int64")
    stage.add(connection, "observation", frame.assign(obs=range(len(frame))))


def _stage_coders(connection: duckdb.DuckDBPyConnection, entries: dict[int, Coded], words: pd.DataFrame) -> None:
    """Coders from a column of the file; an empty cell falls back to the name of the observation or the entry."""
    texts = write.distinct(connection, "coder").itertuples(index=False, name=None)
    rows = [(source, text, _coder(entries[source], text)) for source, text in texts if cleaned(text)]
    stage.add(connection, "coder_text", pd.DataFrame(rows, columns=["source_id", "text", "coder_id"]))
    coders = sorted({*(coder for _, _, coder in rows), *words["coder_id"].dropna()})
    frame = pd.DataFrame({"coder": range(len(coders)), "coder_id": pd.Series(coders, dtype="str")})
    stage.add(connection, "coder", frame)


def _coder(entry: Coded, text: str) -> str:
    return entry.coders.get(cleaned(text), cleaned(text))


def _stage_meanings(
    connection: duckdb.DuckDBPyConnection, readers: dict[int, Reader], numbers: CodeNumbers, log: Log
) -> None:
    """What each (subject, group, code) as written means in its scheme, or the rule that refuses it."""
    rows = []
    texts = write.distinct(connection, "subject", "behaviour_group", "code").itertuples(index=False, name=None)
    for source, subject, group, code in texts:
        reader = readers[source]
        meaning = reader.meaning(cleaned(subject), cleaned(group), cleaned(code))
        log.meanings[source, subject, group, code] = meaning
        place = SUBJECTS.index(meaning.subject) if meaning.subject else None
        number = numbers.get((reader.scheme.name, meaning.group or "", meaning.code or ""))
        rows.append((source, subject, group, code, meaning.subject, place, number, meaning.reason))
    frame = pd.DataFrame(rows, columns=MEANING)
    stage.add(connection, "meaning", frame.astype({"subject": "str", "subject_no": "Int64", "code_no": "Int64"}))


def _suggest_observations(log: Log, words: pd.DataFrame, observation: pd.DataFrame) -> None:
    """For names that are no known recording: the nearest known one."""
    known = set(observation["observation_id"])
    if len(known) > MOST_SUGGESTED_FROM:
        return
    for source, name, found, _ in words[NAME].itertuples(index=False, name=None):
        if found not in known and name:
            log.suggestions[source, name] = did_you_mean(name, known)
