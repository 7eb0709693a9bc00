"""Views of the smiles page: how many smiles, what they are like at each visit and in each band, and their link with
scores smile by smile.
"""

from collections.abc import Iterator
from functools import partial
from itertools import combinations

import numpy as np
import pandas as pd

from pipeline.catalogue.smile_feature_names import FIGURE_FEATURES, smile_feature
from pipeline.measures.smile_bands import band_of
from pipeline.plain_words import counted, one_of, plain
from pipeline.steps import smile_cohort_answers
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_views import Answer, Data, Template, sayable, top_two
from pipeline.steps.release_views_scores import MEAN_ALONE
from pipeline.steps.smile_cohort import SmileCohort, SmileRows, gathered, read_smiles

COUNT_NUMBERS = ("mean", "low", "high", "sd", "median", "per_minute")
MEAN_NUMBERS = ("mean", "low", "high")
LINK_NUMBERS = ("r", "low", "high", "mixed_r", "mixed_low", "mixed_high")
EVERY = "All visits"
IR = "IR: half the width of the mouth at the start of the recording."
"""The unit of amplitudes; no feature name explains it."""
BY_MOTHER = f"{IR} Intervals take all smiles of a mother together."
MOST_SAID = 3
FEATURES = "features"
"""What means by visit and means by visit and band are about: those of all visits add up from either."""
BOTH_WAYS = f"Smile by smile: each counts by itself. By mothers: the smiles of a mother belong together. {IR}"


def _spec(labels: tuple[str, ...], numbers: tuple[str, ...]) -> ReleaseSpec:
    return ReleaseSpec(labels=labels, counts=("families",), statistics=tuple((name, "families") for name in numbers))


COUNTS = _spec(("visit",), COUNT_NUMBERS)
MEANS = _spec(("title", "group", "kind"), MEAN_NUMBERS)
LINKS = _spec(("title", "smile_number"), LINK_NUMBERS)
COUNT_NAMES = {
    "visit": "Visit", "mean": "Smiles per recording", "low": "95 % from", "high": "95 % to", "sd": "SD",
    "median": "Median", "per_minute": "Smiles per minute", "families": "Families (about)",
}  # fmt: skip
MEAN_NAMES = {
    "title": "Feature", "group": "Visit", "kind": "Band", "mean": "Mean", "low": "95 % from", "high": "95 % to",
    "families": "Families (about)",
}  # fmt: skip
WHOLE_NAMES = {name: words for name, words in MEAN_NAMES.items() if name != "kind"}
LINK_NAMES = {
    "title": "Feature", "smile_number": "Number of the smile", "r": "Correlation, smile by smile",
    "low": "95 % from", "high": "95 % to", "mixed_r": "Correlation, by mothers", "mixed_low": "By mothers, 95 % from",
    "mixed_high": "By mothers, 95 % to", "families": "Families (about)",
}  # fmt: skip


def templates(data: Data, protocol: str) -> Iterator[Template]:
    """Counts, features by visit, features by band, correlations smile by smile."""
    rows = read_smiles(data.cursor)
    here = data.observations[data.observations["protocol"] == protocol]
    cohort = gathered(rows, here)
    if cohort.smiles.empty:
        return
    yield Template(
        "counts", "smiles", protocol, "How many smiles", "How often do mothers smile?", "table", COUNTS,
        lambda selected: _counts(data, gathered(rows, selected)), COUNT_NAMES, among=("visit",), says=counts_say,
    )  # fmt: skip
    yield Template(
        "features", "smiles", protocol, "What smiles are like", "Do smiles change between visits?", "draw_means", MEANS,
        lambda selected: _means(data, gathered(rows, selected), None), WHOLE_NAMES, {"axis": "Visit"},
        among=("group", "kind"), measured=FEATURES, says=means_say, note=BY_MOTHER,
    )  # fmt: skip
    for instrument in smile_cohort_answers.banded_instruments(cohort):
        yield _of_bands(data, protocol, rows, instrument)
    for instrument in cohort.instruments:
        yield Template(
            f"by_number_{instrument}", "smiles", protocol, f"Smile by smile with {instrument}",
            f"Do smiles go with {instrument}?", "draw_numbers", LINKS,
            lambda selected, name=instrument: _links(data, gathered(rows, selected), name), LINK_NAMES, filtered=False,
            says=partial(links_say, instrument=instrument), note=BOTH_WAYS,
        )  # fmt: skip


def _of_bands(data: Data, protocol: str, rows: SmileRows, instrument: str) -> Template:
    return Template(
        f"bands_{instrument}", "smiles", protocol, f"Smiles by band of {instrument}",
        f"Do smiles differ with the band of {instrument}?", "draw_means", MEANS,
        lambda selected: _means(data, gathered(rows, selected), instrument), MEAN_NAMES,
        {"axis": "Visit", "instrument": instrument}, among=("group", "kind"), measured=FEATURES, filtered=False,
        says=means_say, note=BY_MOTHER,
    )  # fmt: skip


def _counts(data: Data, cohort: SmileCohort) -> Answer | None:
    """Smiles per recording, of all visits and each."""
    if cohort.sessions.empty:
        return None
    found = smile_cohort_answers.counts(cohort)
    found = found[found["visit"].isin({"", *sayable(data, "visit")})].reset_index(drop=True)
    every = cohort.sessions
    parts = [every if not visit else every[every["visit"] == visit] for visit in found["visit"]]
    top2 = [top_two(part.groupby("family_id")["smiles"].sum().astype(float)) for part in parts]
    frame = found.assign(visit=[plain(visit) if visit else EVERY for visit in found["visit"]])
    few = frame["families"] < MEAN_ALONE * data.threshold
    frame.loc[few, [name for name in COUNT_NUMBERS if name not in ("mean", "per_minute")]] = np.nan
    behind = np.array([[data.mask(part["observation_id"])] for part in parts])
    return Answer(frame[["visit", "families", *COUNT_NUMBERS]].reset_index(drop=True), behind, np.array(top2))


def _means(data: Data, cohort: SmileCohort, instrument: str | None) -> Answer | None:
    """Mean of every feature per visit (and band)."""
    if cohort.smiles.empty:
        return None
    smiles = cohort.smiles.assign(band="")
    if instrument is None:
        found = smile_cohort_answers.visit_means(cohort)
    else:
        found = smile_cohort_answers.band_means(cohort, instrument)
        smiles["band"] = band_of(smiles[f"score:{instrument}"], cohort.bands[instrument]).astype("object")
    rows, behind, top2 = [], [], []
    for row in found[found["visit"].isin(sayable(data, "visit"))].to_dict("records"):
        mine = smiles[(smiles["visit"] == row["visit"]) & (smiles["band"] == row["band"])]
        mine = mine[mine[row["feature"]].notna()]
        words = {
            "title": _feature(row["feature"]),
            "group": plain(row["visit"]),
            "kind": plain(row["band"]) if row["band"] else "",
        }
        rows.append(words | {"families": mine["family_id"].nunique()} | {name: row[name] for name in MEAN_NUMBERS})
        behind.append([data.mask(mine["observation_id"])])
        top2.append(top_two(mine.groupby("family_id")[row["feature"]].sum()))
    return Answer(pd.DataFrame(rows), np.array(behind), np.array(top2)) if rows else None


def _links(data: Data, cohort: SmileCohort, instrument: str) -> Answer | None:
    """Correlation of the n-th smile with a score; of numbers with 1 to T - 1 families less only the first."""
    found = smile_cohort_answers.numbers(cohort, instrument, *FIGURE_FEATURES)
    known = cohort.smiles[cohort.smiles[f"score:{instrument}"].notna()]
    rows, behind = [], []
    for feature, part in found.groupby("feature", sort=False):
        last: set[str] | None = None
        for row in part.sort_values("smile_number").to_dict("records"):
            mine = known[(known["smile_number"] == row["smile_number"]) & known[feature].notna()]
            families = set(mine["family_id"])
            if last is not None and any(0 < len(one) < data.threshold for one in (last - families, families - last)):
                continue
            last = families
            words = {"title": _feature(feature), "smile_number": int(row["smile_number"])}
            rows.append(words | {"families": len(families)} | {name: row[name] for name in LINK_NUMBERS})
            behind.append([data.mask(mine["observation_id"])])
    return Answer(pd.DataFrame(rows), np.array(behind)) if rows else None


def _feature(name: str) -> str:
    known = smile_feature(name)
    return f"{known.label} ({known.unit})"


def counts_say(frame: pd.DataFrame) -> str:
    """'Mothers smile 12 times per recording, 2.4 times a minute.'"""
    row = frame[(frame["visit"] == EVERY) & frame["mean"].notna()]
    if row.empty:
        return ""
    first = row.iloc[0]
    pace = f", {first['per_minute']:g} times a minute" if pd.notna(first["per_minute"]) else ""
    return f"Mothers smile {first['mean']:g} times per recording{pace}."


def means_say(frame: pd.DataFrame) -> str:
    """Features whose intervals lie apart between two bands of one visit (without bands: between two visits); that there
    are none; '' where there is nothing to compare."""
    known = frame[frame["low"].notna() & frame["high"].notna()]
    within = ["group"] if (known["kind"] != "").any() else []
    apart: dict[str, bool] = {}
    for (title, *_), rows in known.groupby(["title", *within], sort=False):
        pairs = list(combinations(rows.itertuples(index=False), 2))
        if pairs:
            here = any(one.high < other.low or other.high < one.low for one, other in pairs)
            apart[str(title)] = apart.get(str(title), False) or here
    if within and known["kind"].nunique() == 1:
        return f"Only one band is shown: {str(known['kind'].iloc[0]).lower()}."
    return _apart_say(apart)


def _apart_say(compared: dict[str, bool]) -> str:
    """What lies apart. `compared`: feature -> whether it does."""
    apart = [title for title, found in compared.items() if found]
    if not compared:
        return ""
    if not apart:
        return "No clear difference: the intervals overlap in every feature."
    more = [f"{len(apart) - MOST_SAID} more"] if len(apart) > MOST_SAID else []
    differ = "differs" if len(apart) == 1 else "differ"
    said = one_of(apart[:MOST_SAID] + more, "and")
    return f"{len(apart)} of {counted(len(compared), 'feature')} {differ} clearly (the intervals lie apart): {said}."


def links_say(frame: pd.DataFrame, instrument: str) -> str:
    """How many correlations by mothers exclude 0, beside those expected by chance."""
    known = frame[frame["mixed_low"].notna() & frame["mixed_high"].notna()]
    if known.empty:
        return ""
    clear = ((known["mixed_low"] > 0) | (known["mixed_high"] < 0)).sum()
    chance = f"about {0.05 * len(known):.1g} by chance alone"
    clearly = f"{clear} of {len(known)} correlations with {instrument} {'is' if clear == 1 else 'are'} clear"
    return f"{clearly} when the smiles of a mother are taken together ({chance})."
