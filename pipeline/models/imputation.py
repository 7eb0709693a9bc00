"""Multiple imputation of scores that some people lack: chained Bayesian linear regressions.

Each score with gaps is regressed on everything else known of the person: the other scores, covariates and outcomes. An
imputation first draws the residual variance and the coefficients from their posterior (flat prior), then the missing
scores given them, so that what is not known about the regression is in the imputations too (Rubin 1987; "norm" of van
Buuren, Flexible Imputation of Missing Data, 2018, section 3.2). A draw outside the range of the questionnaire is put on
its end, which moves the mean less than drawing again until it fits (von Hippel, Sociological Methods & Research 2013;
42: 105-138). Nothing is rounded.
"""

from dataclasses import dataclass

import numpy as np

from pipeline.models.fit import ModelRefused

ROUNDS = 10
"""How often each score is drawn again within one imputation."""
RIDGE = 1e-5
"""Part of the diagonal that is added to it: predictors that add up to a constant do no harm."""
PEOPLE_PER_COLUMN = 3
"""People with a score for each predictor; with fewer, the outcomes enter as their first principal components."""
FEWEST_PEOPLE = 10


@dataclass(frozen=True)
class People:
    """What imputation knows. `scores`: people x scores, missing where unknown; `lowest`, `highest`: range of each
    score; `covariates` (complete) and `outcomes` (complete; 0 = as the average): people x columns.
    """

    scores: np.ndarray
    lowest: np.ndarray
    highest: np.ndarray
    covariates: np.ndarray
    outcomes: np.ndarray

    @property
    def room(self) -> int:
        """How many columns of outcomes the people with the rarest score can carry; at least one."""
        known = (~np.isnan(self.scores)).sum(axis=0).min()
        others = varying(self.covariates).shape[1] + self.scores.shape[1] - 1
        return max(int(known // PEOPLE_PER_COLUMN) - others, 1)


def varying(columns: np.ndarray) -> np.ndarray:
    """The columns that differ between people, standardised."""
    spread = columns.std(axis=0)
    kept = spread > 1e-12
    return (columns[:, kept] - columns[:, kept].mean(axis=0)) / spread[kept]


def components(outcomes: np.ndarray, most: int) -> np.ndarray:
    """The standardised outcomes, or their first `most` principal components where there are more columns."""
    scaled = varying(outcomes)
    if scaled.shape[1] <= most:
        return scaled
    left, sizes, _ = np.linalg.svd(scaled, full_matrices=False)
    return varying((left * sizes)[:, :most])


def impute(people: People, count: int, seed: int) -> np.ndarray:
    """`count` completed score tables (count x people x scores). Known scores are never touched.

    ModelRefused when too few people have a score to learn from.
    """
    missing = np.isnan(people.scores)
    known = (~missing).sum(axis=0)
    fixed = np.column_stack([varying(people.covariates), components(people.outcomes, people.room)])
    columns = fixed.shape[1] + people.scores.shape[1]
    if (known < max(FEWEST_PEOPLE, columns + 2)).any():
        text = f"Only {known.min()} people have a score, too few to learn missing ones from {columns} columns."
        raise ModelRefused(f"{text} Widen the selection.")
    children = np.random.SeedSequence(seed).spawn(count)
    return np.array([_chain(people, missing, fixed, np.random.default_rng(child)) for child in children])


def _chain(people: People, missing: np.ndarray, fixed: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One completed table: gaps start as known values drawn at random, then are drawn again in turn."""
    scores = people.scores.copy()
    gaps = [place for place in range(scores.shape[1]) if missing[:, place].any()]
    for place in gaps:
        mine = missing[:, place]
        scores[mine, place] = rng.choice(scores[~mine, place], int(mine.sum()))
    for _ in range(ROUNDS if len(gaps) > 1 else 1):
        for place in gaps:
            others = varying(np.delete(scores, place, axis=1))
            drawn = draw(np.column_stack([fixed, others]), scores[:, place], missing[:, place], rng)
            scores[missing[:, place], place] = np.clip(drawn, people.lowest[place], people.highest[place])
    return scores


def draw(x: np.ndarray, y: np.ndarray, missing: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """One draw of the missing values of y from the Bayesian linear regression of the known ones on x and a constant."""
    design = np.column_stack([np.ones(len(x)), x])
    known, target = design[~missing], y[~missing]
    gram = known.T @ known
    gram[np.diag_indices_from(gram)] *= 1 + RIDGE
    factor = np.linalg.cholesky(gram)
    best = np.linalg.solve(factor.T, np.linalg.solve(factor, known.T @ target))
    rest = target - known @ best
    sigma = np.sqrt(rest @ rest / rng.chisquare(len(target) - design.shape[1]))
    slopes = best + sigma * np.linalg.solve(factor.T, rng.standard_normal(len(best)))
    return design[missing] @ slopes + sigma * rng.standard_normal(int(missing.sum()))
