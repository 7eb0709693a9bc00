"""What a release may hold: the finite list of its views, for every protocol the whole study and one filter at a time.

A page offers `Template`s (`release_views_<page>`); each answers a selection of recordings with a frame and says which
recordings stand behind each of its counts, so that the audit can see what two views have in common.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

import duckdb
import numpy as np
import pandas as pd

from db import queries, queries_overview, queries_smile_cohort
from pipeline.measures.smile_bands import band_of
from pipeline.plain_words import plain
from pipeline.selection import Selection, select
from pipeline.steps.observe import observation_frame
from pipeline.steps.overview import Study, load
from pipeline.steps.release import ReleaseSpec

WORDS = (
    ("role", "Caregiver"), ("activity", "Activity"), ("camera", "Camera"), ("visit", "Visit"),
    ("child_sex", "Sex of the child"), ("birth_order", "Birth order"),
)  # fmt: skip
MOST_LEVELS = 8
PAGES = ("overview", "durations", "agreement", "dynamics", "smiles", "engagement", "models")


@dataclass(frozen=True)
class Part:
    """The whole of a protocol (`variable` ''), or one level of one variable."""

    selection: Selection
    variable: str = ""
    level: str = ""
    label: str = ""

    @property
    def words(self) -> str:
        """The filter as a reader sees it; '' for the whole."""
        return f"{self.label}: {plain(self.level).lower()}" if self.variable else ""


@dataclass(frozen=True)
class Data:
    """What views are made of, read once: all recordings (wide frame), scores, people, bands and groups of codes."""

    cursor: duckdb.DuckDBPyConnection
    observations: pd.DataFrame
    study: Study
    bands: pd.DataFrame
    groups: pd.DataFrame
    codes: pd.DataFrame
    streams: pd.DataFrame
    threshold: int

    @property
    def families(self) -> np.ndarray:
        """Number of the family of each recording."""
        return pd.factorize(self.observations["family_id"])[0]

    def mask(self, ids: Iterable[str]) -> np.ndarray:
        """Recordings (rows of `observations`) whose id is among `ids`."""
        return self.observations["observation_id"].isin(set(ids)).to_numpy()


@dataclass(frozen=True)
class Answer:
    """A frame and what stands behind it. `behind`: rows x counts (in the order of the spec) x recordings.

    `top2`: per row the part of its total that two families make up, where it is a mean.
    """

    frame: pd.DataFrame
    behind: np.ndarray
    top2: np.ndarray | None = None


@dataclass(frozen=True)
class Template:
    """One kind of view. `answer`: selected recordings -> Answer, None where there is nothing to show.

    `table`: counts that add up within `characteristic`, shown exactly where the profile allows; counts of other views
    stand beside means and are rounded. `among`: labels that split families into groups of the same quantity.
    `parts`: count column -> (variable, level) of tables that show two parts side by side. `names`: column -> words.
    `says`: masked frame -> the finding in one sentence.
    """

    key: str
    page: str
    protocol: str
    title: str
    question: str
    chart: str
    spec: ReleaseSpec
    answer: Callable[[pd.DataFrame], Answer | None]
    names: dict[str, str]
    options: dict[str, object] = field(default_factory=dict)
    table: bool = False
    among: tuple[str, ...] = ()
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    filtered: bool = True
    says: Callable[[pd.DataFrame], str] | None = None

    @property
    def quantity(self) -> tuple[str, ...]:
        """The labels that tell quantities apart."""
        return tuple(name for name in self.spec.labels if name not in self.among)


def read(cursor: duckdb.DuckDBPyConnection, threshold: int) -> Data:
    """Everything the views of a generation rest on."""
    return Data(
        cursor,
        observation_frame(cursor),
        load(cursor),
        queries_smile_cohort.smile_cohort_bands(cursor),
        queries.rows(cursor, "groups"),
        queries.codes(cursor),
        queries_overview.overview_streams(cursor),
        threshold,
    )


def protocols(data: Data) -> list[str]:
    """Protocols that at least T families took part in, the largest first."""
    counts = data.observations.groupby("protocol")["family_id"].nunique().sort_values(ascending=False, kind="stable")
    return [str(name) for name in counts.index[counts >= data.threshold]]


def parts_of(data: Data, protocol: str) -> list[Part]:
    """The whole protocol, then one level at a time of every variable: both the level and the rest have T families."""
    whole = Selection(protocol=protocol)
    selected = select(data.observations, whole)
    found = [Part(whole)]
    for column, label in _variables(data, selected):
        levels = _levels(selected[column].astype("str").where(selected[column].notna()), selected, data.threshold)
        found += [
            Part(Selection(protocol=protocol, choices=((column, (level,)),)), column, level, label) for level in levels
        ]
    for instrument, bands in data.bands.groupby("instrument", sort=True):
        if f"score:{instrument}" in selected:
            found += _banded(data, protocol, selected, str(instrument), bands)
    return found


def _variables(data: Data, selected: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns of words and their labels."""
    own = data.study.variables[data.study.variables["kind"] != "numeric"]
    columns = [*WORDS, *((f"var:{row.name}", row.label) for row in own.itertuples(index=False))]
    return [(column, label) for column, label in columns if 2 <= selected[column].nunique() <= MOST_LEVELS]


def _levels(values: pd.Series, selected: pd.DataFrame, threshold: int) -> list[str]:
    """Levels that may be offered: T families each, T without it, and what no level covers is nobody or T families."""

    def families(mask: pd.Series) -> int:
        return selected.loc[mask, "family_id"].nunique()

    names = sorted(values.dropna().unique(), key=lambda name: (-families(values == name), name))
    kept = [name for name in names if min(families(values == name), families(values != name)) >= threshold]
    while kept and 0 < families(~values.isin(kept)) < threshold:
        kept.pop()
    return [str(name) for name in kept]


def _banded(data: Data, protocol: str, selected: pd.DataFrame, instrument: str, bands: pd.DataFrame) -> list[Part]:
    """One part per band of a questionnaire."""
    column = f"score:{instrument}"
    values = band_of(selected[column], bands).astype("object")
    limits = bands.set_index("band")
    return [
        Part(
            Selection(protocol=protocol, ranges=((column, limits.at[name, "low"], limits.at[name, "high"]),)),
            column, name, f"{instrument} band",
        )
        for name in _levels(values, selected, data.threshold)
    ]  # fmt: skip



def slug(*words: str) -> str:
    """Words as a name of a table: small letters, digits, underscores."""
    return re.sub(r"[^a-z0-9]+", "_", " ".join(words).casefold()).strip("_")[:120] or "view"


def top_two(totals: pd.Series) -> float:
    """Part of a total (of amounts per family, signs aside) that the two largest make up; 0 of nothing."""
    amounts = totals.abs().sort_values(ascending=False)
    return float(amounts.head(2).sum() / amounts.sum()) if amounts.sum() > 0 else 0.0
