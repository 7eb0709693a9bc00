"""The frames behind the picture of all observations: order, grid of cells, mean picture. No streamlit."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from pages.parts.words import plain


@dataclass(frozen=True)
class Order:
    """How observations are sorted: by a column whose values make bands, or by the share of a code (None)."""

    title: str
    column: str | None


ORDERS = (
    Order("Activity", "activity"),
    Order("Caregiver", "role"),
    Order("Visit", "visit"),
    Order("Camera", "camera"),
    Order("Share of a code", None),
)


def ordered(observations: pd.DataFrame, cells: pd.DataFrame, order: Order, code: str) -> pd.DataFrame:
    """Observations with `code_share` (cells of the code / coded cells), most of the code first within each band."""
    counts = cells.groupby("observation_id")["code"].agg(lambda codes: (codes == code).mean())
    frame = observations.assign(code_share=observations["observation_id"].map(counts))
    frame["band"] = frame[order.column].map(plain) if order.column else f"Most {code} first"
    frame = frame.sort_values(["code_share", "observation_id"], ascending=[False, True], kind="stable")
    return frame.sort_values("band", kind="stable").reset_index(drop=True)


def bands(frame: pd.DataFrame) -> list[tuple[str, int]]:
    """Bands from top to bottom with their number of rows."""
    return [(str(name), int(size)) for name, size in frame.groupby("band", sort=False).size().items()]


def grid(frame: pd.DataFrame, cells: pd.DataFrame, codes: list[str], bin_ms: int) -> np.ndarray:
    """Rows of `frame` x cells: number of the code in `codes`, -1 where nothing (or too little) was coded."""
    columns = int(-(-frame["length_ms"].max() // bin_ms))
    picture = np.full((len(frame), columns), -1, dtype=np.int16)
    row_of = {name: i for i, name in enumerate(frame["observation_id"])}
    number_of = {code: i for i, code in enumerate(codes)}
    here = cells[cells["observation_id"].isin(row_of)]
    picture[here["observation_id"].map(row_of), here["cell"]] = here["code"].map(number_of)
    return picture


def mean_picture(observations: pd.DataFrame, cells: pd.DataFrame, codes: list[str], bin_ms: int) -> pd.DataFrame:
    """Share of observations in each code per cell; the denominator is the observations that last so long.

    Columns: the codes, `going_on` (observations that last so long); index: number of the cell.
    """
    columns = int(-(-observations["length_ms"].max() // bin_ms))
    starts = np.arange(columns) * bin_ms
    going_on = (observations["length_ms"].to_numpy()[:, None] > starts).sum(axis=0)
    counts = cells.groupby(["cell", "code"]).size().unstack(fill_value=0)
    counts = counts.reindex(index=range(columns), columns=codes, fill_value=0)
    return counts.div(going_on, axis=0).assign(going_on=going_on)
