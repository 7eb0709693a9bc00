"""Views of the overview page: who took part (Table 1), with and without a score, scores and bands."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.measures.describe import levels_of, merge_rare
from pipeline.measures.release_shapes import binned, bins, whiskers
from pipeline.measures.smile_bands import band_of
from pipeline.plain_words import plain
from pipeline.selection import Selection, select
from pipeline.steps.overview import caregivers
from pipeline.steps.overview_sample import by_family, of_families
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, top_two

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
NUMBERS = ("mean", "sd", "median", "q1", "q3", "whisker_low", "whisker_high")
SCORES = ReleaseSpec(
    labels=("measure", "role", "whiskers"), counts=("families",),
    statistics=tuple((name, "families") for name in NUMBERS),
)  # fmt: skip
SAMPLE_NAMES = {"characteristic": "Characteristic", "level": "Level", "families": "Families", "percent": "%"}
SCORE_NAMES = {
    "measure": "Measure", "role": "Of whom", "families": "Families (about)", "mean": "Mean", "sd": "SD",
    "median": "Median", "q1": "Lower quartile", "q3": "Upper quartile", "whisker_low": "Whisker from",
    "whisker_high": "Whisker to", "whiskers": "Whiskers are",
}  # fmt: skip
EVERYONE = "All"
AGES = {"Age of the caregiver (years)": "caregiver_age_years", "Age of the infant (months)": "infant_age_months"}
BINS = 4
TOGETHER = ReleaseSpec(labels=("pair", "x", "y"), counts=("families",), margins=(("pair",),))


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """Table 1 with bands, the same with and without each score where both are T families, means."""
    whole = _merged(data, protocol)
    yield Template(
        "table_1", "overview", protocol, "Who took part", "Which families are in the study?", "table", SAMPLE,
        lambda selected: _sample(data, selected, whole), SAMPLE_NAMES, table=True,
    )  # fmt: skip
    for instrument in data.study.instruments["instrument"]:
        scored = int(whole.attrs["scores"][instrument].sum())
        if min(scored, len(whole) - scored) >= data.threshold:
            yield _completers(data, protocol, whole, str(instrument))
    yield Template(
        "scores",
        "overview",
        protocol,
        "Scores and ages",
        "What do the questionnaires say?",
        "table",
        SCORES,
        lambda selected: _scores(data, selected),
        SCORE_NAMES,
        among=("role", "whiskers"),
        says=_finding,
    )
    yield from _pairs(data, protocol, whole)  # fmt: skip


def _finding(frame: pd.DataFrame) -> str:
    """'Mean scores: EPDS 6.2 (SD 4.5), SAPAS 2.2 (SD 1.6).'"""
    known = frame[(frame["role"] == EVERYONE) & frame["mean"].notna() & ~frame["measure"].isin(AGES)].head(2)
    parts = [f"{row.measure} {row.mean:g} (SD {row.sd:g})" for row in known.itertuples(index=False)]
    return f"Mean scores: {', '.join(parts)}." if parts else ""


def _pairs(data: Data, protocol: str, whole: pd.DataFrame) -> Iterator[Template]:
    """How two scores go together, in bins on the fixed axes of both questionnaires; only of questionnaires without
    bands: their other cuts could be subtracted."""
    frame = data.study.instruments
    frame = frame[~frame["instrument"].isin(data.bands["instrument"])]
    names = [name for name in frame["instrument"] if whole.attrs["scores"][name].sum() >= data.threshold][:2]
    if len(names) == 2:
        limits = {
            row.instrument: bins(row.low, row.high, BINS) for row in frame.itertuples() if row.instrument in names
        }
        yield Template(
            "together", "overview", protocol, f"{names[0]} and {names[1]}", "Do the two scores go together?",
            "draw_bins", TOGETHER, lambda selected: _together(data, selected, whole, limits),
            {"pair": "Scores", "x": names[0], "y": names[1], "families": "Families"},
            {"x": names[0], "y": names[1], "edges": {name: edges.tolist() for name, edges in limits.items()}},
            table=True, filtered=False,
        )  # fmt: skip


def _together(data: Data, selected: pd.DataFrame, whole: pd.DataFrame, limits: dict[str, np.ndarray]) -> Answer:
    """Families per bin of the main caregiver's two scores; those without one of them are a row of their own."""
    families = by_family(selected, data.study.parents)
    x, y = (binned(families[f"score:{name}"], edges) for name, edges in limits.items())
    known = x.notna() & y.notna()
    rows, behind, pair = [], [], " and ".join(limits)
    places = sorted(set(zip(x[known], y[known], strict=True)), key=lambda one: [float(part.split()[0]) for part in one])
    for place in [*places, (NOT_RECORDED, NOT_RECORDED)]:
        mine = families.index[(x == place[0]) & (y == place[1]) if place[0] != NOT_RECORDED else ~known]
        if len(mine):
            rows.append({"pair": pair, "x": place[0], "y": place[1], "families": len(mine)})
            behind.append([_recordings(data, selected, mine)])
    return _answer(rows, behind, data, TOGETHER)


def _completers(data: Data, protocol: str, whole: pd.DataFrame, instrument: str) -> Template:
    """Table 1 of those with and those without a score."""
    names = {
        "characteristic": "Characteristic", "level": "Level", "with_score": f"With {instrument}",
        "percent_with": "%", "without_score": f"Without {instrument}", "percent_without": "% without",
    }  # fmt: skip
    parts = {"with_score": (instrument, "with"), "without_score": (instrument, "without")}
    return Template(
        f"with_and_without_{instrument}", "overview", protocol, f"Families with and without {instrument}",
        f"Are families with a score of {instrument} like the others?", "table", COMPLETERS,
        lambda selected: _side_by_side(data, selected, whole, instrument), names, table=True, parts=parts,
        filtered=False,
    )  # fmt: skip


def _merged(data: Data, protocol: str) -> pd.DataFrame:
    """One row per family (index) and a column of words per characteristic, rare levels merged with their neighbour.

    `attrs["scores"]`: instrument -> whether the main caregiver has a score.
    """
    selected = select(data.observations, Selection(protocol=protocol))
    families = by_family(selected, data.study.parents)
    found = {}
    for what in of_families(families, data.study.variables):
        if what.kind == "category" and families[what.column].nunique() > 1:
            words = merge_rare(families[what.column], what.levels, data.threshold)
            found[what.label] = words.where(words.notna(), NOT_RECORDED)
    scores = {name: families[f"score:{name}"].notna() for name in data.study.instruments["instrument"]}
    for name, bands in data.bands.groupby("instrument", sort=True):
        if scores.get(name, pd.Series(dtype=bool)).any():
            band = band_of(families[f"score:{name}"], bands).astype("object")
            words = merge_rare(band, tuple(bands["band"]), data.threshold)
            found[f"{name} band"] = words.where(words.notna(), NOT_RECORDED)
    frame = pd.DataFrame(found, index=families.index)
    frame.attrs["scores"] = scores
    return frame


def _sample(data: Data, selected: pd.DataFrame, whole: pd.DataFrame) -> Answer:
    """Families per level, as they are in the whole of the protocol."""
    here = whole[whole.index.isin(selected["family_id"])]
    rows, behind = [], []
    for name in whole.columns:
        for level in _levels(whole[name]):
            families = here.index[here[name] == level]
            rows.append({"characteristic": name, "level": plain(level), "families": len(families), "percent": np.nan})
            behind.append([_recordings(data, selected, families)])
    return _answer(rows, behind, data, SAMPLE)


def _side_by_side(data: Data, selected: pd.DataFrame, whole: pd.DataFrame, instrument: str) -> Answer:
    """The same with and without a score."""
    has = whole.attrs["scores"][instrument].reindex(whole.index)
    rows, behind = [], []
    for name in whole.columns:
        if name == f"{instrument} band":
            continue
        for level in _levels(whole[name]):
            sides = [whole.index[(whole[name] == level) & one] for one in (has, ~has)]
            counts = dict(zip(COMPLETERS.counts, map(len, sides), strict=True))
            rows.append({"characteristic": name, "level": plain(level)} | counts)
            behind.append([_recordings(data, selected, side) for side in sides])
    return _answer(rows, behind, data, COMPLETERS)


def _levels(words: pd.Series) -> list[str]:
    """Levels in their order, what is not recorded last."""
    levels = levels_of(words)
    return [level for level in levels if level != NOT_RECORDED] + [one for one in levels if one == NOT_RECORDED]


def _recordings(data: Data, selected: pd.DataFrame, families: pd.Index) -> np.ndarray:
    """The selected recordings of these families."""
    return data.mask(selected.loc[selected["family_id"].isin(families), "observation_id"])


def _answer(rows: list[dict], behind: list, data: Data, spec: ReleaseSpec) -> Answer:
    columns = [*spec.labels, *spec.counts, *(name for name, _ in spec.percents), *(name for name, _ in spec.statistics)]
    shape = (len(rows), len(spec.counts), len(data.observations))
    return Answer(pd.DataFrame(rows, columns=columns), np.array(behind, dtype=bool).reshape(shape))


def _scores(data: Data, selected: pd.DataFrame) -> Answer:
    """Mean, SD and median of scores and ages, one value per caregiver, of all and of every role."""
    people = caregivers(selected)
    measures = {f"{name}": f"score:{name}" for name in data.study.instruments["instrument"]}
    measures |= AGES
    rows, behind, top2 = [], [], []
    for label, column in measures.items():
        known = people[people[column].notna()]
        groups = {EVERYONE: known} | {role: known[known["role"] == role] for role in levels_of(people["role"])}
        for role, part in groups.items():
            if len(part):
                values = part[column].astype(float)
                low, high, which = whiskers(values, part["family_id"], data.threshold)
                q1, median, q3 = values.quantile([0.25, 0.5, 0.75])
                numbers = (values.mean(), values.std(), median, q1, q3, low, high)
                row = {
                    "measure": label,
                    "role": plain(role),
                    "families": part["family_id"].nunique(),
                    "whiskers": which,
                }
                rows.append(row | dict(zip(NUMBERS, numbers, strict=True)))
                behind.append([data.mask(part["observation_id"])])
                top2.append(top_two(values.groupby(part["family_id"].to_numpy()).sum()))
    found = _answer(rows, behind, data, SCORES)
    return Answer(found.frame, found.behind, np.array(top2))
