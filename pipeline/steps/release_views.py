"""What a release may hold: the finite list of its views, for every protocol the whole study and one filter at a time.

A page offers `Template`s (`release_views_<page>`); each answers a selection of recordings with a frame and says which
recordings stand behind each of its counts, so that the audit can see what two views have in common.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from functools import cached_property

import duckdb
import numpy as np
import pandas as pd

from db import queries, queries_overview, queries_smile_cohort
from pipeline.measures.describe import Characteristic, name_no_rare
from pipeline.measures.smile_bands import band_of
from pipeline.plain_words import plain
from pipeline.selection import Selection, select
from pipeline.steps.observe import observation_frame
from pipeline.steps.overview import Study, load
from pipeline.steps.overview_sample import by_family, of_families
from pipeline.steps.release import ReleaseSpec

WORDS = (
    ("role", "Caregiver"), ("activity", "Activity"), ("camera", "Camera"), ("visit", "Visit"),
    ("child_sex", "Sex of the child"), ("birth_order", "Birth order"),
)  # fmt: skip
MOST_LEVELS = 8
EVERYBODYS = {"mother", "father"}
BAND = " band"
LONGEST_ABBREVIATION = 4
"""Codes of a group that are all as short as this are said with their meaning."""
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
    """What views are made of, read once: all recordings (wide frame), scores, people, bands and groups of codes.

    `about`: what the study is (title, study_id, synthetic, attribution).
    """

    cursor: duckdb.DuckDBPyConnection
    observations: pd.DataFrame
    study: Study
    bands: pd.DataFrame
    groups: pd.DataFrame
    codes: pd.DataFrame
    streams: pd.DataFrame
    about: dict[str, str]
    threshold: int

    @cached_property
    def families(self) -> np.ndarray:
        """Number of the family of each recording."""
        return pd.factorize(self.observations["family_id"])[0]

    @cached_property
    def _places(self) -> dict[str, int]:
        return {str(id): place for place, id in enumerate(self.observations["observation_id"])}

    def mask(self, ids: Iterable[str]) -> np.ndarray:
        """Recordings (rows of `observations`) whose id is among `ids`."""
        found = np.zeros(len(self.observations), dtype=bool)
        found[[self._places[id] for id in set(ids) if id in self._places]] = True
        return found


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
    `measured`: what templates of a page share that show the same quantity ('': their own key).
    `adds`: labels within which the means of the rows make up 100 %; `between`: key of the view whose means these
    changes are of.
    `parts`: count column -> (variable, level) of tables that show two parts side by side. `names`: column -> words.
    `says`: masked frame -> the finding in one sentence. `note`: what a reader must know beside what is masked.
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
    measured: str = ""
    adds: tuple[str, ...] = ()
    between: str = ""
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)
    filtered: bool = True
    says: Callable[[pd.DataFrame], str] | None = None
    note: str = ""

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
        queries.study(cursor),
        threshold,
    )


def protocols(data: Data) -> list[str]:
    """Protocols that at least T families took part in, the largest first."""
    counts = data.observations.groupby("protocol")["family_id"].nunique().sort_values(ascending=False, kind="stable")
    return [str(name) for name in counts.index[counts >= data.threshold]]


def in_words(data: Data, families: pd.DataFrame) -> Iterator[tuple[Characteristic, pd.Series, pd.Series]]:
    """What a release says of families in words (with its levels in order), bands of scores last: as it is recorded, and
    with rare levels joined. `families`: of `by_family`. A list of levels in the order of the alphabet may have been
    collected from the answers by the import: it counts as not declared."""
    several = {f"var:{row.name}" for row in data.study.variables.itertuples(index=False) if row.kind != "binary"}
    for what in of_families(families, data.study.variables):
        values = families[what.column]
        if what.kind == "category" and values.nunique() > 1:
            collected = what.column in several and list(what.levels) == sorted(what.levels)
            words, order = name_no_rare(values, () if collected else what.levels, data.threshold)
            yield replace(what, levels=order), values, words
    for name, bands in data.bands.groupby("instrument", sort=True):
        column = f"score:{name}"
        if column in families and families[column].notna().any():
            values = band_of(families[column], bands).astype("object")
            words, order = name_no_rare(values, tuple(bands["band"]), data.threshold)
            yield Characteristic(column, f"{name}{BAND}", "families", "category", order), values, words


def _joined(data: Data, selected: pd.DataFrame) -> dict[str, set[str]]:
    """Column -> levels that Table 1 has not got as they are, but with others: their filter would tell the others."""
    said = in_words(data, by_family(selected, data.study.parents))
    return {
        what.column: {level for level in values.dropna().unique() if not (values == level).equals(words == level)}
        for what, values, words in said
    }


def parts_of(data: Data, protocol: str) -> list[Part]:
    """The whole protocol, then one level at a time of every variable: both the level and the rest have T families."""
    whole = Selection(protocol=protocol)
    selected = select(data.observations, whole)
    found, joined = [Part(whole)], _joined(data, selected)
    for column, label in _variables(data, selected):
        values = selected[column].astype("str").where(selected[column].notna())
        levels = _levels(values, selected, data.threshold, joined.get(column, set()))
        found += [
            Part(Selection(protocol=protocol, choices=((column, (level,)),)), column, level, label) for level in levels
        ]
    for instrument, bands in data.bands.groupby("instrument", sort=True):
        if f"score:{instrument}" in selected:
            not_alone = joined.get(f"score:{instrument}", set())
            found += _banded(data, protocol, selected, str(instrument), bands, not_alone)
    return found


def _variables(data: Data, selected: pd.DataFrame) -> list[tuple[str, str]]:
    """Columns of words and their labels."""
    own = data.study.variables[data.study.variables["kind"] != "numeric"]
    columns = [*WORDS, *((f"var:{row.name}", row.label) for row in own.itertuples(index=False))]
    return [(column, label) for column, label in columns if 2 <= selected[column].nunique() <= MOST_LEVELS]


def _levels(values: pd.Series, selected: pd.DataFrame, threshold: int, joined: set[str]) -> list[str]:
    """Levels that may be offered: T families each, T without it, and what no level covers is nobody or T families;
    none that Table 1 has joined with others."""

    def families(mask: pd.Series) -> int:
        return selected.loc[mask, "family_id"].nunique()

    names = sorted(values.dropna().unique(), key=lambda name: (-families(values == name), name))
    enough = [name for name in names if min(families(values == name), families(values != name)) >= threshold]
    kept = [name for name in enough if name not in joined]
    while kept and 0 < families(~values.isin(kept)) < threshold:
        kept.pop()
    return [str(name) for name in kept]


def _banded(
    data: Data, protocol: str, selected: pd.DataFrame, instrument: str, bands: pd.DataFrame, joined: set[str]
) -> list[Part]:
    """One part per band of a questionnaire."""
    column = f"score:{instrument}"
    values = band_of(selected[column], bands).astype("object")
    limits = bands.set_index("band")
    return [
        Part(
            Selection(protocol=protocol, ranges=((column, limits.at[name, "low"], limits.at[name, "high"]),)),
            column, name, f"{instrument}{BAND}",
        )
        for name in _levels(values, selected, data.threshold, joined)
    ]  # fmt: skip


def meanings(data: Data, codes: Iterable[str]) -> dict[str, str]:
    """Code -> words: 'Ipos (social positive engagement)' where codes are abbreviations, else the code itself."""
    codes = [str(code) for code in codes]
    if max(map(len, codes), default=0) > LONGEST_ABBREVIATION:
        return {code: code for code in codes}
    known = data.codes.drop_duplicates("code").set_index("code")["description"]
    return {code: _meaning(code, known.get(code)) for code in codes}


def _meaning(code: str, description: object) -> str:
    """The code with the first words of its description."""
    text = re.split(r"[:.(]", description)[0].strip() if isinstance(description, str) else ""
    return f"{code} ({text[:1].lower()}{text[1:]})" if text else code


def sayable(data: Data, column: str) -> set[str]:
    """Words of a column (role, visit) that may stand in a row: those of T families in the study, and of everybody's
    language."""
    counts = data.observations.groupby(data.observations[column].astype("str"))["family_id"].nunique()
    return {str(name) for name in counts.index[counts >= data.threshold]} | EVERYBODYS


def slug(*words: str) -> str:
    """Words as a name of a table: small letters, digits, underscores."""
    return re.sub(r"[^a-z0-9]+", "_", " ".join(words).casefold()).strip("_")[:120] or "view"


def top_two(totals: pd.Series) -> float:
    """Part of a total (of amounts per family, signs aside) that the two largest make up; 0 of nothing."""
    amounts = totals.abs().sort_values(ascending=False)
    return float(amounts.head(2).sum() / amounts.sum()) if amounts.sum() > 0 else 0.0
