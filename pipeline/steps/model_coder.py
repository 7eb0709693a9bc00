"""Trained models as coders: their predictions enter a generation at every import, and on their own as soon as a model
is trained or has annotated a recording.
"""

import shutil
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import pandas as pd

from db import publish, stage, write, write_models
from db.connect import SCHEMA_VERSION, Current, current, open_reader
from db.queries import rows as asked
from db.queries import study as study_of
from pipeline import VERSION
from pipeline.catalogue.manifest import Primary
from pipeline.catalogue.model_rules import MODEL_RULES
from pipeline.steps import primary_choice
from pipeline.steps.issues import Log
from pipeline.steps.model_rows import Known, TrainedModel, checked, events, named, raw_rows, trained
from pipeline.steps.open_study import MEMORY, building_in_words

WAIT_S, TICK_S = 60.0, 0.25
"""How long an import that is running is waited for."""
FORMAT = "phase model"
KNOWN = ("model_observations", "model_codes", "model_coded", "model_people")
"""Statements on what predictions are checked against."""
LATER = "Another import is running: the predictions enter the study at the next import."
OLD_STUDY = "This study was made by another version of Dyadscope: the predictions enter it when it is imported again."
NAMED_BY = {"prediction_unknown_code": "code"}
"""Rule -> the column whose values its sentence names; the others name recordings."""

Report = Callable[[str], None]


def insert(
    connection: duckdb.DuckDBPyConnection, home: Path, study: str, number: int, old: pd.DataFrame, log: Log
) -> list[str]:
    """Puts the predictions of all models of a study into a build; returns a sentence per model. Call it when files,
    recordings and codes are there and before anything is derived. `old`: rows of source of the generation before.
    """
    found, damaged, others = trained(home, study)
    for id in damaged:
        log.add("damaged_model", None, file=f"phase_models/{id}")
    for id, other in others.items():
        log.add("model_of_other_study", None, file=f"phase_models/{id}", study=other)
    known = Known(*(write.frame_of(connection, name) for name in KNOWN))
    first = write.next_source_id(connection, [])
    return [
        _insert_one(connection, model, known, _source(model, first + place, number, old), log)
        for place, model in enumerate(found)
    ]


def _source(model: TrainedModel, id: int, number: int, old: pd.DataFrame) -> dict[str, object]:
    """The row of table source; a model that was there in the same state keeps when it was read."""
    same = old[(old["path"] == model.path) & (old["import_key"] == model.key)] if len(old) else old
    stamp = {"generation": number, "imported_at": datetime.now(UTC).replace(tzinfo=None, microsecond=0)}
    if len(same):
        stamp = {name: same[name].iloc[0] for name in stamp}
    about = {"source_id": id, "path": model.path, "content": "model", "format": FORMAT, "dialect": model.card.title}
    return about | {"sha256": model.sha256, "import_key": model.key, "bytes": model.bytes} | stamp


def _insert_one(
    connection: duckdb.DuckDBPyConnection, model: TrainedModel, known: Known, source: dict[str, object], log: Log
) -> str:
    rows, id = checked(model, known), source["source_id"]
    accepted = int((rows["reason"] == "").sum())
    counts = {"rows": len(rows), "accepted": accepted, "rejected": len(rows) - accepted, "blank": 0}
    stage.insert(connection, "source", pd.DataFrame([source | counts]))
    stage.insert(connection, "raw_row", raw_rows(rows).assign(source_id=id))
    made = events(rows, model.card.coder_id)
    stage.insert(connection, "event", made.drop(columns="confidence").assign(source_id=id))
    sure = ["observation_id", "coder_id", "subject", "behaviour_group", "code", "onset_ms", "confidence"]
    stage.insert(connection, "confidence", made[sure])
    for rule, left in rows[rows["reason"] != ""].groupby("reason"):
        names = named(left, NAMED_BY.get(str(rule), "observation_id"))
        words = {"names": names, "coder": model.card.coder_id}
        log.add(str(rule), int(str(id)), file=model.path, count=len(left), **words)
    return f"{model.card.coder_id}: {accepted:,} events of {made['observation_id'].nunique():,} recordings."


def changed(home: Path, study: str, sources: pd.DataFrame) -> bool:
    """Whether the models on disk are others than those in a generation, given its rows of source."""
    before = sources[sources["content"] == "model"]
    return {one.path: one.key for one in trained(home, study)[0]} != dict(
        zip(before["path"], before["import_key"], strict=True)
    )


def publish_models(home: Path, report: Report = print, wait_s: float = WAIT_S) -> int | None:
    """A new generation: the current one with the predictions of all models of its study. Its number, or None where
    nothing has changed, there is no study yet, or another import runs for too long (the next one takes them in).

    Raises StudyError when the disk is full or the study cannot be read; nothing is changed then.
    """
    until = time.monotonic() + wait_s
    while True:
        try:
            with building_in_words(), publish.lock(home):
                return _publish(home, report)
        except publish.Locked:
            if time.monotonic() >= until:
                report(LATER)
                return None
            time.sleep(TICK_S)


def _publish(home: Path, report: Report) -> int | None:
    """Holding the lock: looks what the current generation has, and builds the next one if that is not all."""
    found = current(home)
    if found is None:
        return None
    with open_reader(found.file) as connection:
        study, sources = study_of(connection), asked(connection, "sources")
    if study.get("schema_version") != SCHEMA_VERSION:
        report(OLD_STUDY)
        return None
    if not changed(home, study["study_id"], sources):
        return None
    scratch = publish.scratch(home)
    try:
        return _build(home, found, study, sources, scratch, report)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _build(
    home: Path, found: Current, study: dict[str, str], sources: pd.DataFrame, scratch: Path, report: Report
) -> int:
    number = publish.next_number(home)
    log = Log(number, {})
    connection = write.open_build(scratch, MEMORY)
    write.attach_current(connection, found.file)
    write_models.copy_generation(connection, (primary_choice.ABSENT, *(rule.kind for rule in MODEL_RULES)))
    lines = insert(connection, home, study["study_id"], number, sources, log)
    primary = Primary.model_validate_json(study["primary"])
    primary_choice.derive(connection, primary, [], study["manifest"], log)
    stage.insert(connection, "issue", log.frame())
    files, manifest = write_models.counts(connection)
    counts = write.add_generation(connection, number, manifest, VERSION, 0, files)
    tables = publish.table_counts(connection)
    write.close_build(connection)
    publish.failpoint("built")
    versions = {"code_version": VERSION, "duckdb_version": duckdb.__version__}
    entry = {"generation": number, "manifest": "trained models", **counts, **versions}
    publish.publish(home, scratch / "build.duckdb", tables, entry)
    for line in lines:
        report(line)
    report(f"Generation {number} is published.")
    return number
