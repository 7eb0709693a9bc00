"""Views of families: who took part (Table 1), bands of questionnaires, families with and without a score."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.measures.describe import levels_of
from pipeline.plain_words import plain
from pipeline.selection import Selection, select
from pipeline.steps.overview_sample import by_family
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import BAND, Answer, Data, Template, in_words

NOT_RECORDED = "not recorded"
SAMPLE = ReleaseSpec(
    labels=("characteristic", "level"), counts=("families",), percents=(("percent", "families"),),
    margins=(("characteristic",),),
)  # fmt: skip
COMPLETERS = ReleaseSpec(
    labels=("characteristic", "level"), counts=("with_score", "without_score"),
    percents=(("percent_with", "with_score"), ("percent_without", "without_score")),
    margins=(("characteristic",),), across=(("with_score", "without_score"),),
)  # fmt: skip
SAMPLE_NAMES = {
    "characteristic": "Characteristic",
    "level": "Level",
    "families": "Families",
    "percent": "% of families",
}
BAND_NAMES = SAMPLE_NAMES | {"characteristic": "Questionnaire", "level": "Band"}
MOST_SAID = 4


def templates(data: Data, protocol: str, whole: pd.DataFrame) -> Iterator[Template]:
    """Table 1, the bands of its questionnaires as bars, and Table 1 with and without each score where both are T
    families. `whole`: of `merged`."""
    bands = [name for name in whole.columns if name.endswith(BAND)]
    words = whole.drop(columns=bands)
    if len(words.columns):
        yield Template(
            "table_1", "overview", protocol, "Who took part", "Which families are in the study?", "table", SAMPLE,
            lambda selected: _sample(data, selected, words), SAMPLE_NAMES, table=True, says=largest_groups,
        )  # fmt: skip
    if bands:
        yield Template(
            "bands", "overview", protocol, "Bands of the questionnaires", "How high do families score?", "draw_bands",
            SAMPLE, lambda selected: _sample(data, selected, whole[bands]), BAND_NAMES,
            {"axis": "Families", "order": {name: list(map(plain, levels(whole, name))) for name in bands}},
            table=True, says=largest_groups,
        )  # fmt: skip
    for instrument in data.study.instruments["instrument"]:
        scored = int(whole.attrs["scores"][instrument].sum())
        if min(scored, len(whole) - scored) >= data.threshold:
            yield _completers(data, protocol, whole, str(instrument))


def largest_groups(frame: pd.DataFrame) -> str:
    """'Largest groups: Infant's sex, male (54 %); Birth order, first (69 %).' Only of shown cells."""
    parts = []
    for name, rows in frame.groupby("characteristic", sort=False):
        known = rows[rows["percent"].notna() & (rows["level"] != plain(NOT_RECORDED))]
        if len(rows) > 1 and len(known):
            first = known.loc[known["percent"].idxmax()]
            label = str(name).removesuffix(BAND)
            parts.append(f"{label}, {_small(first['level'])} ({first['percent']:g} %)")
    return f"Largest groups shown: {'; '.join(parts[:MOST_SAID])}." if parts else ""


def _small(level: str) -> str:
    """A level in the middle of a sentence."""
    return level[:1].lower() + level[1:]


def differences(frame: pd.DataFrame, instrument: str) -> str:
    """The characteristic in which those with and those without a score differ most, of shown cells."""
    apart = (frame["percent_with"] - frame["percent_without"]).abs()
    if apart.isna().all() or not apart.max():
        return ""
    row = frame.loc[apart.idxmax()]
    return (
        f"Largest difference shown: {row['characteristic']}, {_small(row['level'])}: {row['percent_with']:g} % of "
        f"families with {instrument}, {row['percent_without']:g} % of those without."
    )


def _completers(data: Data, protocol: str, whole: pd.DataFrame, instrument: str) -> Template:
    """Table 1 of those with and those without a score."""
    names = {
        "characteristic": "Characteristic", "level": "Level", "with_score": f"Families with {instrument}",
        "percent_with": f"% of those with {instrument}", "without_score": f"Families without {instrument}",
        "percent_without": f"% of those without {instrument}",
    }  # fmt: skip
    parts = {"with_score": (instrument, "with"), "without_score": (instrument, "without")}
    return Template(
        f"with_and_without_{instrument}", "overview", protocol, f"Families with and without {instrument}",
        f"Are families with a score of {instrument} like the others?", "table", COMPLETERS,
        lambda selected: _side_by_side(data, selected, whole, instrument), names, table=True, parts=parts,
        filtered=False, says=lambda frame: differences(frame, instrument),
    )  # fmt: skip


def merged(data: Data, protocol: str) -> pd.DataFrame:
    """One row per family (index) and a column of words per characteristic, rare levels joined (see `in_words`).

    `attrs`: "scores", instrument -> whether the main caregiver has a score; "order", characteristic -> its levels in
    order, before rare ones were merged.
    """
    selected = select(data.observations, Selection(protocol=protocol))
    families = by_family(selected, data.study.parents)
    found, order = {}, {}
    for what, _, words in in_words(data, families):
        found[what.label] = words.where(words.notna(), NOT_RECORDED)
        order[what.label] = what.levels
    scores = {name: families[f"score:{name}"].notna() for name in data.study.instruments["instrument"]}
    frame = pd.DataFrame(found, index=families.index)
    frame.attrs |= {"scores": scores, "order": order}
    return frame


def _sample(data: Data, selected: pd.DataFrame, whole: pd.DataFrame) -> Answer:
    """Families per level, as they are in the whole of the protocol."""
    here = whole[whole.index.isin(selected["family_id"])]
    rows, behind = [], []
    for name in whole.columns:
        for level in levels(whole, name):
            families = here.index[here[name] == level]
            rows.append({"characteristic": name, "level": plain(level), "families": len(families), "percent": np.nan})
            behind.append([recordings(data, selected, families)])
    return counted(rows, behind, data, SAMPLE)


def _side_by_side(data: Data, selected: pd.DataFrame, whole: pd.DataFrame, instrument: str) -> Answer:
    """The same with and without a score."""
    has = whole.attrs["scores"][instrument].reindex(whole.index)
    rows, behind = [], []
    for name in whole.columns:
        if name == f"{instrument}{BAND}":
            continue
        for level in levels(whole, name):
            sides = [whole.index[(whole[name] == level) & one] for one in (has, ~has)]
            counts = dict(zip(COMPLETERS.counts, map(len, sides), strict=True))
            rows.append({"characteristic": name, "level": plain(level)} | counts)
            behind.append([recordings(data, selected, side) for side in sides])
    return counted(rows, behind, data, COMPLETERS)


def levels(whole: pd.DataFrame, name: str) -> list[str]:
    """Levels of a characteristic in their order (merged ones at their first part), what is not recorded last."""
    known = list(whole.attrs["order"][name])

    def place(level: str) -> int:
        first = level.split(" or ")[0]
        return known.index(first) if first in known else len(known)

    return sorted(levels_of(whole[name]), key=lambda level: (level == NOT_RECORDED, place(level)))


def recordings(data: Data, selected: pd.DataFrame, families: pd.Index) -> np.ndarray:
    """The selected recordings of these families."""
    return data.mask(selected.loc[selected["family_id"].isin(families), "observation_id"])


def counted(rows: list[dict], behind: list, data: Data, spec: ReleaseSpec) -> Answer:
    """Rows of counts, also where there are none."""
    columns = [*spec.labels, *spec.counts, *(name for name, _ in spec.percents), *(name for name, _ in spec.statistics)]
    shape = (len(rows), len(spec.counts), len(data.observations))
    return Answer(pd.DataFrame(rows, columns=columns), np.array(behind, dtype=bool).reshape(shape))
