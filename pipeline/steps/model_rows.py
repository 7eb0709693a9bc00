"""Predictions of trained models as rows of a generation: read from `phase_models/`, checked like coded rows."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa

from pipeline.errors import UserError
from pipeline.steps import phase_models
from pipeline.steps.phase_models import ANNOTATIONS, ANSWERS, CARD, ID, PREDICTED, PREDICTIONS, Card
from pipeline.writers.study_events import seconds

MOST_NAMED = 5
STREAM = ["observation_id", "subject", "behaviour_group"]


@dataclass(frozen=True)
class TrainedModel:
    """A model that may be a coder: its card, a checksum of all that enters (`key`), the checksum of its predictions,
    its size in bytes, and its rows (columns PREDICTED), out-of-fold predictions first, annotations after them: of the
    recordings in `fresh`, by the last network, which the `families` taught."""

    card: Card
    key: str
    sha256: str
    bytes: int
    rows: pd.DataFrame
    fresh: frozenset[str] = frozenset()
    families: frozenset[str] = frozenset()

    @property
    def path(self) -> str:
        """Its folder, relative to the study folder."""
        return f"{phase_models.FOLDER}/{self.card.id}"


@dataclass(frozen=True)
class Known:
    """What predictions are checked against: recordings (observation_id, start_ms, end_ms), codes (behaviour_group,
    code, subject), what coded files say under the name of a model (observation_id, coder_id), and what people coded
    (STREAM, family_id)."""

    observations: pd.DataFrame
    codes: pd.DataFrame
    coded: pd.DataFrame
    people: pd.DataFrame = field(default_factory=lambda: pd.DataFrame(columns=[*STREAM, "family_id"]))


def trained(home: Path, study: str) -> tuple[list[TrainedModel], list[str], dict[str, str]]:
    """(models of this study that may be coders, ids of damaged ones, id -> study of those of other studies), by id.

    Models with random weights or published choices are in none of them.
    """
    found, damaged, others = [], [], {}
    for folder in sorted((home / phase_models.FOLDER).glob("*/")):
        if not ID.fullmatch(folder.name):
            continue
        try:
            card = phase_models.card(home, folder.name)
            if card.study_id != study:
                others[folder.name] = card.study_id
            elif card.may_be_coder:
                found.append(read(folder, card))
        except (UserError, OSError):
            damaged.append(folder.name)
    return found, damaged, others


def read(folder: Path, card: Card) -> TrainedModel:
    """The model of a folder; a recording that has out-of-fold predictions keeps those only. Raises ModelDamaged."""
    predictions = folder / PREDICTIONS
    files = [folder / CARD, predictions, *sorted((folder / ANNOTATIONS).glob("*.parquet"))]
    parts = [_table(phase_models.read_predictions(folder), folder)]
    parts += [annotation(file) for file in files[2:]]
    seen = set(parts[0]["observation_id"])
    kept = [parts[0], *(part[~part["observation_id"].isin(seen)] for part in parts[1:])]
    sums = [hashlib.sha256(file.read_bytes()).hexdigest() for file in files]
    key = hashlib.sha256("".join(sums).encode()).hexdigest()
    size = sum(file.stat().st_size for file in files[1:])
    fresh = frozenset(name for part in kept[1:] for name in part["observation_id"])
    families = _families(folder) if fresh else frozenset()
    return TrainedModel(card, key, sums[1], size, pd.concat(kept, ignore_index=True), fresh, families)


def _families(folder: Path) -> frozenset[str]:
    """The families that taught a model; none where its answers are not there."""
    if not (folder / ANSWERS).exists():
        return frozenset()
    return frozenset(phase_models.read_answers(folder, ["family"])["family"].astype("str"))


def annotation(file: Path) -> pd.DataFrame:
    """The segments of one annotated recording (columns PREDICTED). Raises ModelDamaged."""
    try:
        return _table(pd.read_parquet(file, engine="pyarrow"), file.parent.parent)
    except (OSError, ValueError, pa.ArrowException):
        raise phase_models.ModelDamaged(_damaged(file.parent.parent)) from None


def _table(rows: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """The columns of a prediction with their types; ModelDamaged where one is missing or of another kind."""
    try:
        text = rows[list(PREDICTED[:4])].astype("str")
        times = {name: rows[name].astype("Int64") for name in PREDICTED[4:6]}
        return text.assign(**times, confidence=rows["confidence"].astype(float))
    except (KeyError, ValueError, TypeError):
        raise phase_models.ModelDamaged(_damaged(folder)) from None


def _damaged(folder: Path) -> str:
    return f"{phase_models.FOLDER}/{folder.name}: predictions of this model are damaged. Put them back from a backup."


def checked(model: TrainedModel, known: Known) -> pd.DataFrame:
    """The model's rows with `line` (from 1), `reason` (the rule that refuses a row, else '') and `repaired`; an end
    after that of the recording is clipped, as for coded rows.
    """
    rows = model.rows.merge(known.observations, on="observation_id", how="left")
    codes = set(_tuples(known.codes))
    allowed = np.array([one in codes for one in _tuples(rows)], dtype=bool)
    mine = known.coded.loc[known.coded["coder_id"] == model.card.coder_id, "observation_id"]
    onset, offset = (rows[name].astype(float) for name in ("onset_ms", "offset_ms"))
    usable = (onset >= 0) & (offset > onset) & rows["confidence"].between(0, 1)
    faults: dict[str, pd.Series | np.ndarray] = {
        "prediction_without_recording": rows["end_ms"].isna(),
        "predicted_and_coded": rows["observation_id"].isin(mine),
        "prediction_by_relatives": _by_relatives(rows, model, known.people),
        "prediction_unknown_code": ~allowed,
        "prediction_unusable": ~usable,
        "prediction_past_end": onset >= rows["end_ms"],
    }
    rows["reason"] = np.select([np.asarray(fault, dtype=bool) for fault in faults.values()], list(faults), "")
    over = (rows["reason"] == "") & (offset > rows["end_ms"])
    rows["repaired"] = np.where(over, "clipped", "")
    rows["offset_ms"] = rows["offset_ms"].where(~over, rows["end_ms"].astype("Int64"))
    rows.loc[_late(rows), "reason"] = "prediction_overlaps"
    return rows.assign(line=np.arange(1, len(rows) + 1)).drop(columns=["start_ms", "end_ms"])


def _by_relatives(rows: pd.DataFrame, model: TrainedModel, people: pd.DataFrame) -> np.ndarray:
    """Rows of a recording that the last network annotated and people have coded since, where its family taught it."""
    taught = people["family_id"].isin(model.families) & people["observation_id"].isin(model.fresh)
    streams = set(people.loc[taught, STREAM].itertuples(index=False, name=None))
    return np.array([one in streams for one in rows[STREAM].itertuples(index=False, name=None)], dtype=bool)


def _tuples(codes: pd.DataFrame) -> list[tuple[str, ...]]:
    return list(codes[["behaviour_group", "code", "subject"]].itertuples(index=False, name=None))


def _late(rows: pd.DataFrame) -> pd.Index:
    """Good rows that begin before an earlier good row of their stream has ended."""
    good = rows[rows["reason"] == ""].sort_values([*STREAM, "onset_ms", "offset_ms"], kind="stable")
    before = good.groupby(STREAM)["offset_ms"].transform(lambda ends: ends.cummax().shift())
    return good.index[(good["onset_ms"] < before).fillna(False)]


def raw_rows(rows: pd.DataFrame) -> pd.DataFrame:
    """Rows of table raw_row without the source: every prediction as text, and what became of it."""
    words = [
        ";".join([*(str(value) for value in row[:4]), *map(_time, row[4:6]), f"{row[6]:.3f}"])
        for row in rows[list(PREDICTED)].itertuples(index=False, name=None)
    ]
    outcome = np.where(rows["reason"] == "", "accepted", "rejected")
    return pd.DataFrame({"line": rows["line"], "outcome": outcome, "reason": rows["reason"], "raw": words})


def _time(ms: object) -> str:
    return "" if pd.isna(ms) else seconds(int(str(ms)))


def events(rows: pd.DataFrame, coder: str) -> pd.DataFrame:
    """Accepted rows as rows of table event without the source, with their confidence."""
    good = rows[rows["reason"] == ""]
    columns = [*PREDICTED, "repaired"]
    return good[columns].assign(coder_id=coder, modifier="", kind="state", start_line=good["line"])


def named(rows: pd.DataFrame, column: str) -> str:
    """A few different values of a column, for a sentence."""
    values = sorted(set(rows[column]))
    more = f" and {len(values) - MOST_NAMED} more" if len(values) > MOST_NAMED else ""
    return ", ".join(values[:MOST_NAMED]) + more
