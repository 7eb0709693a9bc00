"""What an annotation leaves: files for a person to look at and correct, and segments kept with the model."""

import os
from pathlib import Path
from urllib.parse import quote
from uuid import uuid4

import pandas as pd

from db.publish import sync
from pipeline.catalogue.nova_names import in_folder_name
from pipeline.catalogue.phase_card import Card
from pipeline.errors import StudyError, file_name
from pipeline.steps import phase_models
from pipeline.steps.phase_models import ANNOTATIONS
from pipeline.steps.whole_file import write_whole
from pipeline.steps.write_events import write_files
from pipeline.writers.study_events import StudyEvents, seconds, table

COLUMNS = ("observation_id", "coder", "subject", "behaviour_group", "code", "onset_s", "offset_s", "confidence")


def csv_file(folder: Path, name: str, card: Card) -> Path:
    """Where the table of segments goes."""
    return folder / f"{in_folder_name(name)}.model_{card.id}.csv"


def refuse_written(folder: Path, name: str, card: Card) -> None:
    """StudyError where files of an earlier annotation stand, which a person may have corrected; asked before work."""
    there = [csv_file(folder, name, card), *(folder / in_folder_name(name)).glob(f"*.model_{card.id}.annotation")]
    if written := [file for file in there if file.exists()]:
        text = f"{file_name(written[0])} is in that folder already, and a person may have corrected it."
        raise StudyError(f"{text} Choose another folder with --out, or move it away. Nothing was written.")


def write_annotation(folder: Path, name: str, card: Card, rows: pd.DataFrame, codes: pd.DataFrame) -> list[str]:
    """Writes a NOVA annotation (`<name>/<role>.<scheme>.model_<id>.annotation`) and a CSV table, nothing over anything;
    returns their names. `codes`: as `queries.codes`, so that a person can choose among all codes of the group.
    """
    more = {"coder_id": card.coder_id, "modifier": "", "kind": "state", "title": "", "exclusive": True}
    written = write_files(StudyEvents(rows.assign(**more), pd.DataFrame(), codes), "nova", folder)
    file = csv_file(folder, name, card)
    cells = [
        (row.observation_id, card.coder_id, row.subject, row.behaviour_group, row.code)
        + (seconds(row.onset_ms), seconds(row.offset_ms), f"{row.confidence:.3f}")
        for row in rows.itertuples()
    ]
    write_whole(file, table(COLUMNS, cells, ","))
    return [*(one for one in written if not one.endswith("~")), file.name]


def keep_annotation(home: Path, card: Card, observation: str, rows: pd.DataFrame) -> Path:
    """Keeps the segments of an observation with the model, whole or not at all: every import takes them in."""
    folder = phase_models.model_folder(home, card.id) / ANNOTATIONS
    folder.mkdir(exist_ok=True, mode=0o700)
    target = folder / f"{quote(observation, safe=' ')}.parquet"
    part = folder / f".{uuid4().hex}.part"
    try:
        rows.to_parquet(part, engine="pyarrow", index=False)
        sync(part)
        os.replace(part, target)
        sync(folder)
    except OSError as fault:
        text = f"{target.name}: not kept with the model ({fault.strerror}). Free some room, or check its folder."
        raise StudyError(text) from None
    finally:
        part.unlink(missing_ok=True)
    return target
