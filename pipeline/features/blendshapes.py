"""The 52 blendshapes and the pose of one face on the grid, out of the face track of the same video."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from pipeline.errors import UnreadableFile, file_name
from pipeline.features.face_names import BLENDSHAPES
from pipeline.features.grid import Grid

POSE = ("pitch_deg", "yaw_deg", "roll_deg")
FACE_VALUES = (*BLENDSHAPES, *POSE)
CONFIDENCE = "confidence"


def face_values(track: Path, grid: Grid, face: int) -> pd.DataFrame:
    """CONFIDENCE and FACE_VALUES for the rows of the grid; missing where the face is not in view (confidence 0)."""
    table = pq.read_table(track, columns=["frame", "face", CONFIDENCE, *FACE_VALUES]).to_pandas()
    own = table[table["face"] == face].set_index("frame")
    if not len(own):
        count = int(table["face"].max()) + 1
        raise UnreadableFile(
            f"{file_name(track)}: there is no face {face} in this track; it has {count}, counted from 0."
        )
    shown = own[[CONFIDENCE, *FACE_VALUES]].reindex(grid.picture)
    shown[CONFIDENCE] = shown[CONFIDENCE].fillna(0.0)
    return shown.reset_index(drop=True).astype(np.float32)
