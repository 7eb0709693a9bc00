"""Predictions as rows: whatever a file holds, what enters is sound, and every row is accounted for."""

import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline.steps.model_rows import Known, TrainedModel, checked, events, raw_rows
from pipeline.steps.phase_models import PREDICTED
from tests.model_files import card

KNOWN = Known(
    pd.DataFrame({"observation_id": ["O1", "O2"], "start_ms": [0, 0], "end_ms": [100, 50]}),
    pd.DataFrame({"behaviour_group": "face", "code": ["Smile", "Neutral"], "subject": "infant"}),
    pd.DataFrame({"observation_id": ["O2"], "coder_id": ["model:99999999"]}),
)  # fmt: skip
ROW = st.tuples(
    st.sampled_from(["O1", "O1", "O2", "O9"]),
    st.sampled_from(["infant", "infant", "caregiver1"]),
    st.just("face"),
    st.sampled_from(["Smile", "Neutral", "Grin"]),
    st.one_of(st.none(), st.integers(-5, 120)),
    st.one_of(st.none(), st.integers(-5, 120)),
    st.sampled_from([0.0, 0.5, 1.0, 1.5, float("nan")]),
)


def model(rows: list[tuple]) -> TrainedModel:
    frame = pd.DataFrame(rows, columns=list(PREDICTED)).astype({"onset_ms": "Int64", "offset_ms": "Int64"})
    return TrainedModel(card(), "", "", 0, frame)


def sound(row: tuple) -> bool:
    """The rule of one row, said again: known recording, known code, a length, inside, a share."""
    name, subject, _, code, onset, offset, sure = row
    end = {"O1": 100, "O2": 50}.get(name)
    if end is None or subject != "infant" or code == "Grin" or onset is None or offset is None:
        return False
    return 0 <= onset < min(offset, end) and 0 <= sure <= 1


@settings(max_examples=50)
@given(st.lists(ROW, min_size=1, max_size=12))
def test_what_enters_is_sound_and_every_row_is_accounted_for(rows):
    found = checked(model(rows), KNOWN)
    assert list(found["line"]) == list(range(1, len(rows) + 1)) and len(raw_rows(found)) == len(rows)
    made = events(found, "model:3fa9c1d2")
    refused_alone = set(found.loc[~found["reason"].isin(["", "prediction_overlaps"]), "line"])
    assert refused_alone == {line for line, row in enumerate(rows, 1) if not sound(row)}
    for (name, _), stream in made.groupby(["observation_id", "subject"]):
        ordered = stream.sort_values("onset_ms")
        ends = ordered["offset_ms"].tolist()
        assert all(end <= start for end, start in zip(ends, ordered["onset_ms"].tolist()[1:], strict=False))
        assert max(ends) <= {"O1": 100, "O2": 50}[name]
    first = [line for line, row in enumerate(rows, 1) if sound(row)]
    assert not first or len(made), "an overlap leaves the earlier of two"


def test_a_model_without_any_prediction_is_no_fault():
    found = checked(model([]), KNOWN)
    assert len(found) == len(raw_rows(found)) == len(events(found, "model:3fa9c1d2")) == 0


def test_a_recording_that_a_coded_file_gives_in_its_name_is_left_to_the_file():
    known = Known(KNOWN.observations, KNOWN.codes, KNOWN.coded.assign(coder_id="model:3fa9c1d2"))
    found = checked(
        model([("O1", "infant", "face", "Smile", 0, 9, 0.5), ("O2", "infant", "face", "Smile", 0, 9, 0.5)]), known
    )
    assert list(found["reason"]) == ["", "predicted_and_coded"]
    assert list(checked(model([("O2", "infant", "face", "Smile", 0, 9, 0.5)]), KNOWN)["reason"]) == [""]
