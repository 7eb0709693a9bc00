"""Statistics of the smiles of all mothers, each as a frame: which test of which measure answers which question."""

import numpy as np
import pandas as pd

from pipeline.measures.cluster_means import cluster_means
from pipeline.measures.smile_assumptions import COLUMNS as CHECKS
from pipeline.measures.smile_assumptions import assumptions
from pipeline.measures.smile_bands import band_of, band_tests
from pipeline.measures.smile_correlation import FEWEST_MOTHERS, by_number
from pipeline.measures.smile_counts import counts_by_score, counts_by_visit
from pipeline.measures.smile_features import FEATURES
from pipeline.measures.smile_frames import numbered
from pipeline.measures.smile_growth import MANY, growth
from pipeline.measures.smile_stability import stability
from pipeline.measures.smile_visits import visit_contrasts
from pipeline.steps.smile_cohort import SmileCohort

MEANS = ("feature", "visit", "band", "mean", "low", "high", "n", "mothers", "families")


def numbers(cohort: SmileCohort, instrument: str, *features: str) -> pd.DataFrame:
    """Figure 2: correlation and regression of these features (all, if none is named) of the n-th smile with a score."""
    return by_number(cohort.smiles, features or FEATURES, f"score:{instrument}")


def growths(cohort: SmileCohort, instrument: str) -> pd.DataFrame:
    """Score x smile number per feature: of all recordings (`least` 1), then of those with many smiles."""
    parts = [growth(cohort.smiles, FEATURES, f"score:{instrument}", least) for least in (1, MANY)]
    return pd.concat(parts, ignore_index=True)


def visits(cohort: SmileCohort, first: str, second: str) -> pd.DataFrame:
    """Table III: every feature at the visit `first` minus the visit `second`."""
    return visit_contrasts(cohort.smiles, FEATURES, first, second)


def banded_instruments(cohort: SmileCohort) -> dict[str, pd.DataFrame]:
    """Questionnaires with bands and a score."""
    return {name: cohort.bands[name] for name in cohort.instruments if name in cohort.bands}


def bands(cohort: SmileCohort) -> pd.DataFrame:
    """Table IV: every feature across the bands of every questionnaire that has some, per visit."""
    return _by_age(band_tests(cohort.smiles, FEATURES, banded_instruments(cohort)), cohort)


def visit_means(cohort: SmileCohort) -> pd.DataFrame:
    """Mean of every feature per visit over smiles (MEANS, band empty), with intervals that respect mothers; none for
    fewer than FEWEST_MOTHERS mothers.
    """
    return _means(cohort.smiles.assign(band=""), cohort, [""])


def band_means(cohort: SmileCohort, instrument: str) -> pd.DataFrame:
    """Mean of every feature per band and visit, both in order (MEANS)."""
    band = band_of(cohort.smiles[f"score:{instrument}"], cohort.bands[instrument])
    known = cohort.smiles.assign(band=band.astype("object")).dropna(subset=["band"])
    return _means(known, cohort, list(band.cat.categories))


def _means(smiles: pd.DataFrame, cohort: SmileCohort, bands: list[str]) -> pd.DataFrame:
    """Means of all features by band and visit, in order."""
    known = numbered(smiles[smiles["visit"].notna()])
    if known.empty:
        return pd.DataFrame(columns=list(MEANS))
    places = {"feature": list(FEATURES), "band": bands, "visit": list(cohort.visits)}
    long = _long(known, places)
    found = cluster_means(long, list(places), "value", "caregiver_id", "identity").drop(columns=["dyads"])
    counts = long.groupby(list(places))[["caregiver_id", "family_id"]].nunique().reset_index()
    names = {"observations": "n", "caregiver_id": "mothers", "family_id": "families"}
    found = found.merge(counts, on=list(places)).rename(columns=names)
    words = {name: [place[number] for number in found[name]] for name, place in places.items()}
    few = found["mothers"] < FEWEST_MOTHERS
    return found.assign(**words, low=found["low"].mask(few), high=found["high"].mask(few))[list(MEANS)]


def _long(smiles: pd.DataFrame, places: dict[str, list[str]]) -> pd.DataFrame:
    """One row per smile and feature: numbers of feature, band and visit, `value`, caregiver_id, family_id."""
    size, count = len(smiles), len(FEATURES)
    columns = {name: np.tile(smiles[name].to_numpy(), count) for name in ("caregiver_id", "family_id")}
    for name in ("band", "visit"):
        codes = pd.Categorical(smiles[name].astype(object), categories=places[name]).codes
        columns[name] = np.tile(codes, count)
    values = smiles[list(FEATURES)].to_numpy(float).ravel(order="F")
    frame = pd.DataFrame(columns | {"feature": np.repeat(np.arange(count), size), "value": values})
    return frame[np.isfinite(values)]


def visit_checks(cohort: SmileCohort, first: str, second: str) -> pd.DataFrame:
    """What the t-tests take for granted, per feature: feature, then the columns of `smile_assumptions`."""
    rows = cohort.smiles[cohort.smiles["visit"].isin([first, second])]
    return _checks(rows, rows["visit"])


def band_checks(cohort: SmileCohort, instrument: str) -> pd.DataFrame:
    """What the analyses of variance take for granted, per visit and feature."""
    smiles = cohort.smiles.assign(band=band_of(cohort.smiles[f"score:{instrument}"], cohort.bands[instrument]))
    known = smiles.dropna(subset=["band"])
    parts = [_checks(part, part["band"]).assign(visit=visit) for visit, part in known.groupby("visit", sort=True)]
    found = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=["feature", *CHECKS, "visit"])
    return _by_age(found, cohort)


def _by_age(frame: pd.DataFrame, cohort: SmileCohort) -> pd.DataFrame:
    """Rows with visits in the order of age."""
    order = {visit: place for place, visit in enumerate(("", *cohort.visits))}
    return frame.sort_values("visit", key=lambda column: column.map(order), kind="stable", ignore_index=True)


def _checks(rows: pd.DataFrame, groups: pd.Series) -> pd.DataFrame:
    """One row per feature."""
    labels, families = groups.astype("str").to_numpy(), rows["family_id"].nunique()
    found = [{"feature": one} | assumptions(rows[one].to_numpy(float), labels) for one in FEATURES]
    return pd.DataFrame(found, columns=["feature", *CHECKS]).assign(families=families)


def counts(cohort: SmileCohort) -> pd.DataFrame:
    """Smiles per recording, by visit and of all."""
    return _by_age(counts_by_visit(cohort.sessions), cohort)


def counts_and_scores(cohort: SmileCohort) -> pd.DataFrame:
    """The number of smiles of a recording with every score, by visit and of all."""
    return _by_age(counts_by_score(cohort.sessions, cohort.instruments), cohort)


def score_stability(cohort: SmileCohort, first: str, second: str) -> pd.DataFrame:
    """How much scores change between two visits of the same mothers."""
    return stability(cohort.sessions, cohort.instruments, first, second)
