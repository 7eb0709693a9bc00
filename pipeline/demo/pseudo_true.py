"""What a model should find in the demo study: coefficients of the paper's model in one very large sample of the same
generator.

Shares of time are bounded, sum to one, and are missing when a code never occurs; so the percentage points of
generator.toml are not the coefficients of a linear model. Here the generator runs once for 20,000 families and the
model's fixed part is estimated by ordinary least squares, separately for infant and caregiver: rows are observed
codes of a recording, the outcome is the share of the recording, normalised (z, n - 1) over the rows of the side;
rung 2 has code, exposure and exposure x code, rung 4 also the covariates. The exposure is standardised over the
recordings with a score. The random part of the full model hardly matters here: shares that sum to one leave no
variance between recordings, and weighting the two sides by their row covariance moved no coefficient by more than
0.003. Standard errors are clustered by family; they are the Monte Carlo errors.

Made by:  python -m pipeline.demo.pseudo_true
"""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline.demo.behaviour import Units, units_of
from pipeline.demo.parameters import GENERATOR_FILE, SIDES
from pipeline.demo.questionnaires import Answers, answer_questionnaires
from pipeline.demo.sample import Sample, draw_sample
from pipeline.demo.streams import pair_bouts, pair_codes

FILE = Path(__file__).parent / "pseudo_true.json"
COMMAND = "python -m pipeline.demo.pseudo_true"
SEED, FAMILIES = 20_000, 20_000
REFERENCES = {"facial_expression": "Face not visible", "visual_attention": "Look at focus object"}
ACTIVITIES = (("stacking",), ("free_play",), ("bedtime", "reading"))
FEWEST_ROWS = 3


@dataclass(frozen=True)
class Rows:
    """Observed codes of one side: recording (position), code (position among `labels`), share of the recording."""

    labels: tuple[str, ...]
    unit: np.ndarray
    code: np.ndarray
    share: np.ndarray


def observed_rows(rng: np.random.Generator, units: Units, group: str) -> dict[str, Rows]:
    """Simulates one group and keeps the shares of the codes that occur."""
    bouts, codes = pair_bouts(rng, units, group), pair_codes(group)
    length_ms, found = units.frame["length_ms"].to_numpy(), {}
    for side, name in enumerate(SIDES):
        labels = codes[name].labels
        mine = bouts.side == side
        cells = bouts.unit[mine] * len(labels) + bouts.code[mine]
        lasted = np.bincount(cells, (bouts.offset_ms - bouts.onset_ms)[mine], len(units) * len(labels))
        cell = np.flatnonzero(lasted)
        unit = cell // len(labels)
        found[name] = Rows(labels, unit, cell % len(labels), lasted[cell] / length_ms[unit])
    return found


def covariates(sample: Sample) -> np.ndarray:
    """Covariates of rung 4 (recordings x 10): infant's age and sex, caregiver's age and role, birth order (2),
    camera, activity (3).
    """
    table, dyads = sample.observations, sample.dyads.iloc[sample.observations["dyad"]]
    age = sample.caregivers["age_years"].to_numpy()[table["family"]]
    order = dyads["birth_order"].to_numpy()
    columns = [table["infant_age_months"], dyads["child_sex"] == "male", age, table["role"] == "father"]
    columns += [order == "second", order == "third", table["camera"] == "new"]
    columns += [table["activity"].isin(names) for names in ACTIVITIES]
    return np.column_stack([np.asarray(column, float) for column in columns])


def fit(rows: Rows, score: np.ndarray, family: np.ndarray, extra: np.ndarray, reference: str) -> dict:
    """Least squares on the rows whose recording has a score (NaN = none): per code the exposure x code coefficient
    (`z`), its standard error, raw percentage points per SD relative to the reference, and the number of rows.
    """
    z = (score - np.nanmean(score)) / np.nanstd(score, ddof=1)
    rows_used = ~np.isnan(z[rows.unit])
    unit, code, share = rows.unit[rows_used], rows.code[rows_used], rows.share[rows_used]
    mean, sd = share.mean(), share.std(ddof=1)
    counts = np.bincount(code, minlength=len(rows.labels))
    kept = [place for place, label in enumerate(rows.labels) if label != reference and counts[place] >= FEWEST_ROWS]
    usable = np.isin(code, [*kept, rows.labels.index(reference)])
    unit, code, share = unit[usable], code[usable], share[usable]
    dummies = (code[:, None] == np.array(kept)).astype(float)
    exposure = z[unit][:, None]
    design = np.hstack([np.ones((len(unit), 1)), dummies, exposure, dummies * exposure, extra[unit]])
    estimate, error = least_squares(design, (share - mean) / sd, family[unit])
    first = len(kept) + 2
    found = {
        rows.labels[place]: {
            "z": _round(estimate[first + k]),
            "se": _round(error[first + k]),
            "points": _round(100 * sd * estimate[first + k]),
            "rows": int(counts[place]),
        }
        for k, place in enumerate(kept)
    }
    return {"share_mean": _round(mean), "share_sd": _round(sd), "units": len(np.unique(unit)), "codes": found}


def least_squares(design: np.ndarray, outcome: np.ndarray, cluster: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Coefficients and their cluster-robust standard errors (columns that cannot be told apart share their effect)."""
    inverse = np.linalg.pinv(design.T @ design)
    estimate = inverse @ (design.T @ outcome)
    scores = design * (outcome - design @ estimate)[:, None]
    _, place = np.unique(cluster, return_inverse=True)
    sums = np.zeros((place.max() + 1, design.shape[1]))
    np.add.at(sums, place, scores)
    return estimate, np.sqrt(np.diag(inverse @ (sums.T @ sums) @ inverse))


def _round(value: float) -> float:
    return float(np.round(value, 5))


def pseudo_true(seed: int = SEED, families: int = FAMILIES) -> dict:
    """Coefficients of both groups, both exposures, rungs 2 and 4, both sides, in one sample of that many families."""
    people, behaviour = (np.random.default_rng([seed, stage]) for stage in (1, 2))
    sample = draw_sample(people, families)
    answered = answer_questionnaires(people, sample)
    units = units_of(behaviour, sample, answered)
    rows = {group: observed_rows(behaviour, units, group) for group in REFERENCES}
    return {
        "command": COMMAND,
        "generator_sha256": generator_sha256(),
        "seed": seed,
        "families": families,
        "estimator": "ordinary least squares per side, errors clustered by family; see pipeline/demo/pseudo_true.py",
        "groups": {group: _exposures(sides, sample, answered, REFERENCES[group]) for group, sides in rows.items()},
    }


def _exposures(sides: dict[str, Rows], sample: Sample, answered: dict[str, Answers], reference: str) -> dict:
    family = sample.observations["family"].to_numpy()
    extra = {"rung_2": np.empty((len(family), 0)), "rung_4": covariates(sample)}
    found: dict = {}
    for name, answers in answered.items():
        score = np.where(answers.answered, answers.total, np.nan)[family]
        found[name] = {
            rung: {side: fit(rows, score, family, columns, reference) for side, rows in sides.items()}
            for rung, columns in extra.items()
        }
    return found


def generator_sha256() -> str:
    """Checksum of the generator's numbers: another one means that the stored coefficients are out of date."""
    return hashlib.sha256(GENERATOR_FILE.read_bytes().replace(b"\r\n", b"\n")).hexdigest()


if __name__ == "__main__":
    FILE.write_text(json.dumps(pseudo_true(), indent=1) + "\n", encoding="utf-8")
    print(f"Wrote {FILE.name}.")
