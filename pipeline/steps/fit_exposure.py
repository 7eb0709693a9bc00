"""The exposure of each unit: whose value, taken when, and what one standard deviation of it is."""

import json

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.errors import did_you_mean, listed
from pipeline.models.fit import ModelRefused
from pipeline.steps.fit_source import Source

AFTER = "postpartum_after"
"""Phase of a score taken after the recording."""
BEFORE = ("preconception", "pregnancy", "postpartum_before")
"""Phases before the recording, in order."""
TOO_LATE = "its score was taken after the recording"
FIXED = (
    "unit", "code", "z", "exposure", "person", "y_infant", "y_caregiver", "share_infant", "share_caregiver",
    "occurred_infant", "occurred_caregiver",
)  # fmt: skip
"""Names of the model's rows that no column of a study may take."""


def column_of(name: str, observations: pd.DataFrame, source: Source) -> str:
    """The column of the wide observation frame that a spec's name means: an instrument, a study variable or a column.

    ModelRefused names the choices.
    """
    for column in (f"score:{name}", f"var:{name}", name):
        if column in observations:
            return column
    known = [*source.instruments, *source.variables["name"]]
    text = f"'{name}' is neither an instrument nor a variable of this study.{did_you_mean(name, known)}"
    raise ModelRefused(f"{text} Choose one of: {listed(known) or 'none, the study names none'}.", value=name)


def refuse_idle(spec: Spec) -> None:
    """Refuses choices that nothing can come of: about an exposure that is not there, or a covariate of no rung."""
    options = spec.options
    chosen = {"standardise": "units", "score_timing": "named", "whose_score": "filmed"}
    idle = [name for name, usual in chosen.items() if getattr(options, name) != usual]
    if spec.exposure is None and idle:
        text = f"{spec.title}: no exposure is named, so {idle[0]} has nothing to act on."
        raise ModelRefused(f"{text} Name an exposure, or leave {idle[0]} out.")
    if unused := [name for name in spec.by_code if name not in spec.ladder]:
        text = f"{spec.title}: by_code names '{unused[0]}', which is a covariate of no rung."
        raise ModelRefused(f"{text} Add it to a rung, or leave it out of by_code.")


def exposures(spec: Spec, observations: pd.DataFrame, source: Source) -> pd.DataFrame:
    """Per row of `observations`: `exposure` (number, missing where there is none), `person` whose value it is, and
    `late` (True where the value was taken after the recording and such values do not count).
    """
    column = column_of(str(spec.exposure), observations, source)
    if column.startswith("score:"):
        return _scores(spec, observations, source, column.removeprefix("score:"))
    for name, usual in (("score_timing", "named"), ("whose_score", "filmed")):
        if getattr(spec.options, name) != usual:
            text = f"{spec.exposure} is not a questionnaire, so {name} = '{getattr(spec.options, name)}' cannot act."
            raise ModelRefused(f"{text} Leave {name} out, or choose a questionnaire as exposure.")
    values = _numbers(observations[column], column, spec, source)
    frame = {"exposure": values, "person": observations["caregiver_id"].to_numpy(), "late": False}
    return pd.DataFrame(frame, index=observations.index)


def _scores(spec: Spec, observations: pd.DataFrame, source: Source, instrument: str) -> pd.DataFrame:
    """The score of the caregiver filmed, or of the partner."""
    scores = source.scores[source.scores["instrument"] == instrument]
    if spec.options.whose_score == "partner":
        found = partner_scores(observations, scores, source.adults[source.adults["instrument"] == instrument])
    else:
        found = observations[["observation_id"]].merge(scores, on="observation_id", how="left")
    values = found["total"].to_numpy(float)
    late = np.zeros(len(found), bool)
    if spec.options.score_timing == "before_recording":
        late = (found["phase"] == AFTER).to_numpy(bool) & ~np.isnan(values)
    frame = {"exposure": values, "person": found["person_id"].to_numpy(), "late": late}
    return pd.DataFrame(frame, index=observations.index)


def partner_scores(observations: pd.DataFrame, scores: pd.DataFrame, adults: pd.DataFrame) -> pd.DataFrame:
    """Per observation the score of the family's other adult: from the wave all recordings use when it is one, else the
    latest with a total before the recording. Missing where the family has no other adult with scores, or several.
    """
    waves = set(scores["wave"])
    rows = adults[adults["wave"].isin(waves)] if len(waves) == 1 else adults[adults["phase"].isin(BEFORE)]
    order = rows["phase"].map({phase: place for place, phase in enumerate((*BEFORE, AFTER))})
    rows = rows.assign(order=order, known=rows["total"].notna()).sort_values(["known", "order"], kind="stable")
    rows = rows.drop_duplicates("person_id", keep="last")[["person_id", "family_id", "phase", "total"]]
    pairs = observations[["observation_id", "family_id", "caregiver_id"]].merge(rows, on="family_id")
    pairs = pairs[pairs["person_id"] != pairs["caregiver_id"]].drop_duplicates("observation_id", keep=False)
    wanted = ["observation_id", "person_id", "phase", "total"]
    return observations[["observation_id"]].merge(pairs[wanted], on="observation_id", how="left")


def _numbers(values: pd.Series, column: str, spec: Spec, source: Source) -> np.ndarray:
    """A numeric column as it is; one of two words as 0 and 1, in the order of the study's levels."""
    if pd.api.types.is_numeric_dtype(values):
        return values.to_numpy(float, na_value=np.nan)
    variables = source.variables.set_index("name")["levels"]
    name = column.removeprefix("var:")
    known = json.loads(variables[name]) if column.startswith("var:") and variables[name] else []
    levels = known or sorted(set(values.dropna().astype(str)))
    if len(levels) != 2:
        text = f"{spec.exposure} has {len(levels)} levels ({', '.join(levels)}), and an exposure needs numbers or two."
        raise ModelRefused(f"{text} Use it as a covariate or a filter.")
    return values.map({levels[0]: 0.0, levels[1]: 1.0}).to_numpy(float, na_value=np.nan)


def standardised(units: pd.DataFrame, spec: Spec) -> tuple[np.ndarray, float, float]:
    """(z per unit, mean, SD with n - 1) of the column `exposure` as the spec says: over units, over the people whose
    value it is, or from a fixed mean and SD. A constant exposure stays constant: the design refuses it by name.
    """
    chosen = spec.options.standardise
    values = units["exposure"].to_numpy(float)
    if isinstance(chosen, tuple):
        mean, sd = chosen
        if not (np.isfinite(mean) and np.isfinite(sd) and sd > 0):
            raise ModelRefused(f"{spec.title}: standardise needs a mean and an SD above 0. Correct the two numbers.")
    else:
        over = values if chosen == "units" else _per_person(units, spec)
        mean = float(over.mean()) if len(over) else 0.0
        sd = float(over.std(ddof=1)) if len(over) > 1 else 0.0
    return (values - mean) / (sd if sd > 0 else 1.0), mean, sd


def _per_person(units: pd.DataFrame, spec: Spec) -> np.ndarray:
    """One value per person; refuses one that differs between recordings of the same person."""
    found = units.groupby("person")["exposure"]
    if (found.nunique() > 1).any():
        text = f"{spec.exposure} differs between recordings of the same caregiver, so it has no value per parent."
        raise ModelRefused(f"{text} Use standardise = 'units'.")
    return found.first().to_numpy(float)
