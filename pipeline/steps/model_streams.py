"""Whether feature streams are those a trained model can read: same kind, same choices, same width."""

import json

import pandas as pd

from pipeline.catalogue.phase_card import Card, StreamUsed
from pipeline.errors import StudyError
from pipeline.steps.phase_features import Reading, widths


def asked_choices(used: StreamUsed) -> dict[str, object]:
    """Choices of the extraction that a model's stream was made with; empty for an imported one."""
    try:
        found = json.loads(used.choices or "{}")
    except ValueError:
        found = {}
    return found if isinstance(found, dict) else {}


def refuse_other_streams(card: Card, rows: pd.DataFrame, reading: Reading) -> None:
    """StudyError where the streams `rows` (in the card's order) are not as those the model was taught with."""
    dims = [dim for _, dim in widths(reading)]
    for row, used, dim in zip(rows.itertuples(), card.streams, dims, strict=True):
        start = f"{row.observation_id}: the stream {used.stream}"
        if abs(float(row.fps) - used.fps) > 0.001:
            raise StudyError(
                f"{start} has {row.fps:g} frames per second; model {card.id} was taught with {used.fps:g}."
            )
        if dim != used.dim:
            text = f"{start} has {dim:,} numbers per frame; model {card.id} was taught with {used.dim:,}."
            raise StudyError(f"{text} Extract it with the same choices.")
        if other := _other_choice(str(row.choices), used):
            text = f"{start} was extracted with another choice ({other}) than those of model {card.id}."
            raise StudyError(f"{text} Extract it again in the same way.")
        if bool(row.random_weights) and not used.random_weights:
            raise StudyError(f"{start} comes from random weights and means nothing. Extract it with the real weights.")


def _other_choice(choices: str, used: StreamUsed) -> str:
    """'cells 16, not 4': the first choice that differs; '' where none does."""
    have, wanted = asked_choices(used.model_copy(update={"choices": choices})), asked_choices(used)
    for name in sorted({*have, *wanted}):
        if have.get(name) != wanted.get(name):
            return f"{name}: {_said(have.get(name))}, not {_said(wanted.get(name))}"
    return ""


def _said(value: object) -> str:
    return "the usual" if value is None else str(value)
