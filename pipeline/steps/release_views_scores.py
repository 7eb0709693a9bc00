"""Views of questionnaires: means, how two scores go together, correlations."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from pipeline.measures.correlation import correlations
from pipeline.measures.describe import levels_of
from pipeline.measures.release_shapes import binned, bins, whiskers
from pipeline.plain_words import counted as number_of
from pipeline.plain_words import plain
from pipeline.steps.overview import caregivers
from pipeline.steps.overview_sample import by_family
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, sayable, top_two
from pipeline.steps.release_views_sample import NOT_RECORDED, counted, recordings

NUMBERS = ("mean", "sd", "median", "q1", "q3", "whisker_low", "whisker_high")
SCORES = ReleaseSpec(
    labels=("measure", "role"), counts=("families",),
    statistics=tuple((name, "families") for name in (*NUMBERS, "whiskers")),
)  # fmt: skip
SCORE_NAMES = {
    "measure": "Measure", "role": "Of whom", "families": "Families (about)", "mean": "Mean", "sd": "SD",
    "median": "Median", "q1": "Lower quartile", "q3": "Upper quartile", "whisker_low": "Low end",
    "whisker_high": "High end", "whiskers": "Ends are the",
}  # fmt: skip
EVERYONE = "All"
AGES = {"Age of the caregiver (years)": "caregiver_age_years", "Age of the infant (months)": "infant_age_months"}
PAIR_AGES = {"Caregiver's age": "caregiver_age_years", "Infant's age": "infant_age_months"}
BINS = 4
MEAN_ALONE = 4
"""Below so many times the threshold only a mean is shown: with SD and quartiles beside it, whole numbers such as scores
have one solution."""
TOGETHER = ReleaseSpec(labels=("pair", "x", "y"), counts=("families",), margins=(("pair",),))
PAIR_NUMBERS = ("r", "low", "high")
PAIRS = ReleaseSpec(
    labels=("x", "y"), counts=("families",), statistics=tuple((name, "families") for name in PAIR_NUMBERS)
)
PAIR_NAMES = {
    "x": "First", "y": "Second", "r": "Correlation", "low": "95 % from", "high": "95 % to",
    "families": "Families (about)",
}  # fmt: skip
ONE_EACH = "One value per family: that of the caregiver filmed most often."


def templates(data: Data, protocol: str, whole: pd.DataFrame) -> Iterator[Template]:
    """Means of scores and ages; two scores in bins; correlations of all."""
    yield Template(
        "scores", "overview", protocol, "Scores and ages", "What do the questionnaires say?", "table", SCORES,
        lambda selected: _scores(data, selected), SCORE_NAMES, among=("role",), says=finding,
        note="One value per caregiver. Ends: a percentile with enough families beyond it; none where there is none.",
    )  # fmt: skip
    yield from _pairs(data, protocol, whole)
    yield Template(
        "correlations", "overview", protocol, "Correlations of the scores", "Which scores go together?",
        "draw_correlations", PAIRS, lambda selected: _correlations(data, selected), PAIR_NAMES, filtered=False,
        says=strongest, note=ONE_EACH,
    )  # fmt: skip


def finding(frame: pd.DataFrame) -> str:
    """'Mean scores: EPDS 6.2 (SD 4.5), SAPAS 2.2 (SD 1.6).'"""
    everyone = frame[(frame["role"] == EVERYONE) & frame["mean"].notna()]
    scores = everyone[~everyone["measure"].isin(AGES)].head(3)
    known, what = (scores, "scores") if len(scores) else (everyone, "ages")
    parts = [
        f"{row.measure} {row.mean:g}{'' if row.sd != row.sd else f' (SD {row.sd:g})'}"
        for row in known.itertuples(index=False)
    ]
    return f"Mean {what}: {', '.join(parts)}." if parts else ""


def strongest(frame: pd.DataFrame) -> str:
    """'EPDS and PHQ-9 rise together most clearly (r = 0.71, 95 % 0.5 to 0.8). Clear: 4 of 10 correlations.'"""
    known = frame[frame["r"].notna()]
    if known.empty:
        return ""
    clear = known[(known["low"] > 0) | (known["high"] < 0)]
    if clear.empty:
        every = "the interval includes" if len(known) == 1 else f"all {len(known)} intervals include"
        return f"Nothing is clear: {every} 0."
    row = clear.loc[clear["r"].abs().idxmax()]
    how = "rise together most clearly" if row["r"] > 0 else "go in opposite directions most clearly"
    ends = f"r = {row['r']:g}, 95 % interval {row['low']:g} to {row['high']:g}"
    return f"{row['x']} and {row['y']} {how} ({ends}). Clear: {len(clear)} of {number_of(len(known), 'correlation')}."


def commonest(frame: pd.DataFrame) -> str:
    """'Most families: EPDS 0 to 6 with SAPAS 0 to 1 (18).' Only of shown cells."""
    known = frame[frame["families"].notna() & (frame["x"] != NOT_RECORDED)]
    if known.empty:
        return ""
    row = known.loc[known["families"].idxmax()]
    first, second = str(row["pair"]).partition(" and ")[::2]
    return f"Largest group shown: {first} {row['x']} with {second} {row['y']} ({row['families']:g} families)."


def _correlations(data: Data, selected: pd.DataFrame) -> Answer | None:
    """Every pair of scores and ages; behind it stand the families that have both."""
    families = by_family(selected, data.study.parents)
    columns = {str(name): f"score:{name}" for name in data.study.instruments["instrument"]} | PAIR_AGES
    values = pd.DataFrame({label: families[column].astype(float) for label, column in columns.items()})
    values = values.loc[:, values.notna().any()]
    rows, behind = [], []
    for row in correlations(values).to_dict("records"):
        both = values.index[values[[row["x"], row["y"]]].notna().all(axis=1)]
        if row["r"] == row["r"]:
            rows.append(
                {"x": row["x"], "y": row["y"], "families": len(both)} | {name: row[name] for name in PAIR_NUMBERS}
            )
            behind.append([recordings(data, selected, both)])
    return counted(rows, behind, data, PAIRS) if rows else None


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
            table=True, filtered=False, says=commonest, note=ONE_EACH,
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
            behind.append([recordings(data, selected, mine)])
    return counted(rows, behind, data, TOGETHER)


def _scores(data: Data, selected: pd.DataFrame) -> Answer:
    """Mean, SD and median of scores and ages, one value per caregiver, of all and of every role."""
    people, may = caregivers(selected), sayable(data, "role")
    measures = {f"{name}": f"score:{name}" for name in data.study.instruments["instrument"]}
    measures |= AGES
    rows, behind, top2 = [], [], []
    for label, column in measures.items():
        known = people[people[column].notna()]
        roles = [role for role in levels_of(people["role"]) if role in may]
        groups = {EVERYONE: known} | {role: known[known["role"] == role] for role in roles}
        for role, part in groups.items():
            if len(part):
                values = part[column].astype(float)
                low, high, which = whiskers(values, part["family_id"], data.threshold)
                q1, median, q3 = values.quantile([0.25, 0.5, 0.75])
                numbers = (values.mean(), values.std(), median, q1, q3, low, high)
                if part["family_id"].nunique() < MEAN_ALONE * data.threshold:
                    numbers, which = (numbers[0], *[np.nan] * (len(numbers) - 1)), ""
                row = {
                    "measure": label,
                    "role": plain(role),
                    "families": part["family_id"].nunique(),
                    "whiskers": which,
                }
                rows.append(row | dict(zip(NUMBERS, numbers, strict=True)))
                behind.append([data.mask(part["observation_id"])])
                top2.append(top_two(values.groupby(part["family_id"].to_numpy()).sum()))
    found = counted(rows, behind, data, SCORES)
    return Answer(found.frame, found.behind, np.array(top2))
