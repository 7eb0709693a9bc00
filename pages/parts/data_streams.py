"""The panel of the data page about feature streams: what describes the picture and the sound, frame by frame."""

from dataclasses import replace

import pandas as pd
import streamlit as st

from pages.parts import show, store_data
from pages.parts.words import SUBJECTS, counted, escape
from pipeline.errors import listed
from pipeline.steps.release import renamed

KINDS = {
    "motion_grid": "Movement in cells of the picture",
    "blendshapes": "Movements of a face",
    "dinov2": "What the picture shows (DINOv2)",
    "dino_v2_embeddings": "What the picture shows (DINOv2)",
    "log_mel": "Loudness of high and low sounds",
    "w2vbert": "What is heard (W2V-BERT)",
    "w2v_bert_2_embeddings": "What is heard (W2V-BERT)",
}
"""Stream -> what its numbers describe."""
SESSION = "Whole session"
NAMES = {
    "kind": "What it describes", "subject": "Of whom", "stream": "Name", "observations": "Recordings",
    "minutes": "Minutes", "frames": "Frames", "dim": "Numbers per frame", "fps": "Frames per second",
    "reported": "In reports",
}  # fmt: skip
FILE_NAMES = {
    "observation_id": "Recording", "kind": "What it describes", "subject": "Of whom", "stream": "Name",
    "frames": "Frames", "dim": "Numbers per frame", "fps": "Frames per second", "offset_ms": "Offset (ms)",
    "reported": "In reports", "path": "File", "choices": "How it was made",
}  # fmt: skip
HOW = (
    "Name the files under [[streams]] in the study's manifest and import again. "
    "`python -m pipeline extract VIDEO --streams motion_grid,log_mel` makes some from a video."
)


def streams() -> None:
    """Which streams there are, of whom and how long, which of them mean nothing, and where each came from."""
    released = store_data.streams()
    if released.frame.empty:
        show.empty("This study has no feature streams.", HOW)
        return
    frame = released.frame
    st.markdown(
        "A feature stream has one row of numbers per frame, which describe the picture or the sound. "
        "Classifiers of engagement phases are taught on them."
    )
    if wild := sorted(set(frame.loc[frame["random_weights"], "stream"])):
        st.warning(
            f"**{escape(listed(wild))}**: made by a network with random weights, for trying things out. The numbers "
            "mean nothing, so they enter no report.",
            icon=":material/warning:",
        )
    worded = _worded(frame).assign(minutes=(frame["seconds"] / 60).round(1))
    text = replace(released, frame=pd.DataFrame([_stream(row) for row in worded.itertuples()]))
    show.words(text, renamed(replace(released, frame=worded), NAMES), "streams", "feature_streams")
    _files()


def _stream(row: tuple) -> dict[str, str]:
    """One stream in words."""
    return {
        "What it describes": f"**{escape(row.kind)}**, {row.subject.lower()} ({escape(row.stream)})",
        "How much": f"{counted(row.observations, 'recording')}, {row.minutes:,.1f} min, {row.frames:,} frames",
        "Numbers": f"{row.dim:,} per frame, {row.fps:g} frames per second",
        "In reports": row.reported,
    }


def _files() -> None:
    """One row per recording and stream."""
    released = store_data.stream_files()
    with st.expander(f"{counted(len(released.frame), 'stream')} by recording"):
        worded = replace(released, frame=_worded(released.frame))
        show.table(renamed(worded, FILE_NAMES), "stream_files", "feature_streams_by_recording")


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    """The rows in words a reader knows."""
    return frame.assign(
        kind=frame["stream"].map(KINDS).fillna("Imported numbers"),
        subject=frame["subject"].map(SUBJECTS).fillna(SESSION),
        reported=frame["random_weights"].map({True: "no: random weights", False: "yes"}),
    )
