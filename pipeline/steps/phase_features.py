"""Features of sessions for a classifier: streams side by side, patches reduced to components that a fold may know.

A `Reading` is plain data and goes to any process. Numbers that fit into CACHE_BYTES are kept while a fold runs, the
others are read anew: memory does not grow with the number of sessions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from pipeline.catalogue.phase_asked import AS_IMPORTED
from pipeline.errors import StudyError
from pipeline.features.stream_table import read_sums
from pipeline.measures.pca import Components, components, merged
from pipeline.measures.token_scores import PER_PATCH, TokenStore, features, frame_features, session_features
from pipeline.models.phases_lesson import Read
from pipeline.steps.feature_streams import session_blocks, session_clock
from pipeline.steps.stream_files import DAMAGED, VALUES
from pipeline.steps.stream_store import sums_of

CACHE_BYTES = 256 * 2**20
"""Numbers kept in memory by each process."""
DESCRIPTORS = 4
"""Numbers per cell of motion_grid: difference energy and length of the flow come first."""
TRAIN_FOLD, SESSION, FRAME = "train_fold", "session", "frame"


@dataclass(frozen=True)
class Reading:
    """How features of sessions are read. `rows`: streams of each session in the order in which they stand side by side;
    `ends`: end of each session (ms). `scope`: rows that components are fitted on. `energy`: only how much moves, of
    motion_grid (two numbers per frame). `given`: components by stream that were fitted before.
    """

    home: Path
    rows: pd.DataFrame
    ends: Mapping[str, int]
    scope: str = TRAIN_FOLD
    energy: bool = False
    given: Mapping[str, Components] = field(default_factory=dict)

    def __call__(self, names: tuple[str, ...]) -> Read:
        """Features by session, for components fitted on the sessions named."""
        return Cached(self, dict(self.given) or self.components(names))

    def of(self, name: str) -> pd.DataFrame:
        """Streams of one session."""
        return self.rows[self.rows["observation_id"] == name]

    @property
    def reduced(self) -> list[str]:
        """Streams whose patches are reduced to components."""
        first = self.of(str(self.rows["observation_id"].iloc[0])) if len(self.rows) else self.rows
        return [str(row.stream) for row in first.itertuples() if has_tokens(self.home, str(row.file))]

    def components(self, names: Sequence[str]) -> dict[str, Components]:
        """Components by stream, fitted on the patches of these sessions; empty in the other scopes."""
        if self.scope != TRAIN_FOLD or self.energy:
            return {}
        return {stream: self._fitted(stream, names) for stream in self.reduced}

    def _fitted(self, stream: str, names: Sequence[str]) -> Components:
        """Sums are added up one session after the other: they are too large to be held for all."""
        stores = (self.store(name, stream) for name in sorted(names))
        return components(reduce(merged, (store.sums for store in stores)), PER_PATCH)

    def store(self, name: str, stream: str) -> TokenStore:
        """Sums and axes of a session's patches; StudyError where they are missing."""
        rows = self.of(name)
        return token_store(self.home, str(rows.loc[rows["stream"] == stream, "file"].iloc[0]))

    def read(self, name: str, fitted: Mapping[str, Components]) -> np.ndarray:
        """Features (frames, width) of a session; float16 where all streams are stored so, else float32."""
        rows = self.of(name)
        stores = {stream: self.store(name, stream) for stream in self.reduced if stream in set(rows["stream"])}
        kind = np.float16 if not stores and all(is_half(self.home, str(file)) for file in rows["file"]) else np.float32
        parts = [
            self._block(block, rows, stores, fitted).astype(kind, copy=False)
            for _, block in session_blocks(self.home, rows, self.ends.get(name))
        ]
        return np.concatenate(parts) if parts else np.empty((0, 1), dtype=kind)

    def _block(
        self, block: np.ndarray, rows: pd.DataFrame, stores: Mapping[str, TokenStore], fitted: Mapping[str, Components]
    ) -> np.ndarray:
        """Some frames of all streams, what is to be reduced reduced."""
        edges = np.cumsum([0, *rows["dim"].astype(int)])
        found = []
        for stream, first, last in zip(rows["stream"], edges, edges[1:], strict=False):
            values = block[:, first:last]
            if self.energy:
                found.append(moving(values))
            elif stream in stores:
                found.append(reduced(values, stores[stream], fitted.get(str(stream)), self.scope))
            else:
                found.append(values)
        return np.column_stack(found)

    def frames(self, name: str) -> int:
        """Frames of a session."""
        return session_clock(self.of(name), self.ends.get(name)).frames


class Cached:
    """Reads features of sessions, keeping what fits."""

    def __init__(self, reading: Reading, fitted: dict[str, Components]) -> None:
        self.reading, self.fitted = reading, fitted
        self._kept: dict[str, np.ndarray] = {}
        self._room = CACHE_BYTES

    def __call__(self, name: str) -> np.ndarray:
        """Features (frames, width) of a session; do not change them."""
        found = self._kept.get(name)
        if found is None:
            found = self.reading.read(name, self.fitted)
            if found.nbytes <= self._room:
                self._kept[name] = found
                self._room -= found.nbytes
        return found


def moving(values: np.ndarray) -> np.ndarray:
    """motion_grid (n, cells x 4) -> (n, 2): means over the cells of difference energy and length of the flow."""
    return values.reshape(len(values), -1, DESCRIPTORS)[:, :, :2].mean(axis=1)


def reduced(values: np.ndarray, store: TokenStore, fitted: Components | None, scope: str) -> np.ndarray:
    """Scores of patches (n, patches x kept) -> features (n, patches x PER_PATCH) float32; missing rows stay missing."""
    there = np.isfinite(values).all(axis=1)
    patches = values.shape[1] // store.kept.axes.shape[1]
    found = np.full((len(values), patches * PER_PATCH), np.nan, dtype=np.float32)
    scores = values[there].reshape(int(there.sum()), patches, -1)
    if scope == FRAME:
        found[there] = frame_features(scores, store)
    elif scope == SESSION:
        found[there] = session_features(scores, store)
    else:
        found[there] = features(scores, store, fitted)
    return found


def has_tokens(home: Path, file: str) -> bool:
    """Whether a stored stream holds scores of patches, to which sums and axes belong."""
    return (home / sums_of(file)).is_file()


def token_store(home: Path, file: str) -> TokenStore:
    """Sums and axes that belong to a stored stream of scores; StudyError where they are missing or damaged."""
    try:
        return read_sums(home / sums_of(file))
    except (OSError, KeyError, ValueError, pa.ArrowException):
        raise StudyError(
            "The sums of a stream of scores are missing or damaged, so that no components can be fitted. Put the file "
            "with them beside the stream and import the study again."
        ) from None


def is_half(home: Path, file: str) -> bool:
    """Whether a stored stream has float16 numbers: they then need half the memory."""
    try:
        return pa.types.is_float16(pq.read_schema(home / file).field(VALUES).type.value_type)
    except (OSError, KeyError, pa.ArrowException):
        raise StudyError(DAMAGED.format(name=file)) from None


def scope_shown(reading: Reading) -> str:
    """The scope as a card says it: AS_IMPORTED where nothing is reduced."""
    return reading.scope if reading.reduced else AS_IMPORTED


def widths(reading: Reading) -> Iterator[tuple[str, int]]:
    """Numbers per frame of each stream after components."""
    first = reading.of(str(reading.rows["observation_id"].iloc[0]))
    for row in first.itertuples():
        kept = PER_PATCH
        if has_tokens(reading.home, str(row.file)):
            kept = token_store(reading.home, str(row.file)).kept.axes.shape[1]
        yield str(row.stream), int(row.dim) // kept * PER_PATCH
