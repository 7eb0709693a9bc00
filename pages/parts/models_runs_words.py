"""Runs in words and rows: names of engines and states, progress, what a stored fit says, what two fits differ in."""


import numpy as np
import pandas as pd

from pages.parts.words import counted
from pipeline.catalogue.spec import Spec
from pipeline.jobs import Job
from pipeline.steps.fit_agreement import LARGEST, largest, root_mean_square
from pipeline.steps.fit_terms import PEOPLE, exposure_name, size_of_one, step_name, step_of, terms_of
from pipeline.steps.stored_fits import SHORT, Asked, StoredFit

__all__ = [
    "ABOUT", "ENGINES", "PEOPLE", "agreement_words", "diagnostics_table", "differences_of", "exposure_name", "label",
    "label_of",
    "part_done", "size_of_one", "state", "step_name", "step_of", "terms_of",
]  # fmt: skip

ENGINES = {
    "quick": "Quick",
    "gibbs": "As in the paper (Gibbs)",
    "full": "Full (NUTS)",
    "two_part": "Two parts (whether, and how long)",
}
ABOUT = {
    "gibbs": "The estimator of the head-camera paper, as MLwiN computes it: REML start values, then 11,000 iterations. "
    "Some seconds to a minute.",
    "full": "Four chains of a Hamiltonian sampler, the same model written out. Some minutes, the first time more.",
    "two_part": "Whether a behaviour occurs and how long it lasts where it does, together. Some minutes.",
}
STATES = {
    "queued": "Waiting for its turn",
    "compiling": "Preparing the sampler",
    "running": "Running",
    "done": "Done",
    "failed": "Failed",
    "cancelled": "Cancelled",
    "lost": "Lost",
}
DIAGNOSTICS = {
    "ess": "Smallest effective number of draws",
    "pareto_k": "Pareto k of the weighted draws (good below 0.7)",
    "draws": "Draws",
    "rhat": "Largest R-hat (1 is best)",
    "divergences": "Divergent transitions (good: 0)",
    "dic": "DIC (smaller predicts better)",
    "effective_parameters": "Effective number of parameters (pD)",
    "deviance_mean": "Mean deviance (Dbar)",
    "deviance_at_means": "Deviance at the posterior means",
    "reml_log_likelihood": "REML log-likelihood",
}
CHOICES = {
    "denominator": "Share of", "zeros": "Never occurred", "outcome": "Outcome", "standardise": "Exposure standardised",
    "score_timing": "Timing of scores", "whose_score": "Whose score", "row_covariance": "Row covariance",
    "prior": "Prior", "method": "Method", "pooled": "Partial pooling", "level": "Highest level",
}  # fmt: skip


def label(id: str, engine: str, spec: Spec) -> str:
    """A run as an option of a list and in the link; it never changes, whatever becomes of the run."""
    what = f"{exposure_name(spec)} and {_group(spec).lower()}" if spec.exposure else _group(spec)
    return f"{id[:SHORT]}: {ENGINES.get(engine, engine)}, {what}, {step_name(spec)}"


def label_of(one: Asked) -> str:
    """The same for a run that was asked for."""
    return label(one.id, one.engine, one.spec)


def _group(spec: Spec) -> str:
    return spec.behaviour_group.replace("_", " ").capitalize()


def state(job: Job) -> str:
    """How a job stands, in plain words with what it said of its progress."""
    word = STATES.get(job.state, job.state)
    if not job.active or job.state == "queued":
        return f"{word}. {job.sentence}".strip(" .") + "." if job.sentence else word
    return ", ".join([word, *_news(job.progress)])


def _news(progress: dict[str, object]) -> list[str]:
    words = []
    if progress.get("total"):
        words.append(f"{int(progress.get('done', 0)):,} of {int(progress['total']):,} draws")
    if progress.get("divergences") is not None:
        words.append(counted(int(progress["divergences"]), "divergent one", "divergent ones"))
    if progress.get("rhat"):
        words.append(f"largest R-hat {float(progress['rhat']):.3f}")
    if progress.get("ess"):
        words.append(f"smallest effective number {float(progress['ess']):,.0f}")
    return words


def part_done(job: Job) -> float:
    """Part of the draws that are done (0 to 1)."""
    total = float(job.progress.get("total") or 0)
    return min(float(job.progress.get("done") or 0) / total, 1.0) if total else 0.0


def agreement_words(both: pd.DataFrame, same_model: bool) -> str:
    """Whether two fits of one question agree, in one sentence."""
    if both.empty:
        return "The two fits have no term in common."
    row = both.loc[both["difference"].abs().idxmax()]
    size = f"{abs(row['difference']):.3f} SD ({row['term']}, {row['response']})"
    if not same_model:
        return f"This is another model than the quick fit's; the largest difference of a mean is {size}."
    most = largest(both)
    if np.isnan(most):
        return f"The largest difference of a mean is {size}."
    word = "The two agree" if most < LARGEST else "The two do not agree"
    return (
        f"{word}: over {len(both)} terms the largest difference is {most:.1f} Monte Carlo errors (root mean square "
        f"{root_mean_square(both):.1f}; below {LARGEST:.0f} is chance), or {size}."
    )


def diagnostics_table(found: StoredFit) -> pd.DataFrame:
    """What the engine says of its own draws: What, Value."""
    plain = {name: name.replace("_", " ").capitalize() for name in found.diagnostics}
    rows = [(DIAGNOSTICS.get(name, plain[name]), value) for name, value in found.diagnostics.items()]
    worst = pd.concat([found.terms, found.random])[["rhat", "ess"]]
    if "rhat" not in found.diagnostics and worst["rhat"].notna().any():
        rows.append((DIAGNOSTICS["rhat"], float(worst["rhat"].max())))
    if "ess" not in found.diagnostics and worst["ess"].notna().any():
        rows.append((DIAGNOSTICS["ess"], float(worst["ess"].min())))
    return pd.DataFrame([(what, _figure(value)) for what, value in rows], columns=["What", "Value"])


def _figure(value: float) -> str:
    """A whole number with commas, anything else with four digits that count."""
    return f"{value:,.0f}" if value == round(value) or abs(value) >= 1000 else f"{value:.4g}"


def differences_of(fits: dict[str, StoredFit]) -> pd.DataFrame:
    """What the questions of several fits differ in: What, then a column per fit; only rows that differ."""
    columns = {name: _facts(one) for name, one in fits.items()}
    frame = pd.DataFrame(columns)
    differ = frame.nunique(axis=1, dropna=False) > 1
    return frame[differ].rename_axis("What").reset_index()


def _facts(one: StoredFit) -> dict[str, str]:
    spec, options = one.asked.spec, one.asked.spec.options
    return {
        "Engine": ENGINES.get(one.asked.engine, one.asked.engine),
        "Outcome": _group(spec),
        "Exposure": exposure_name(spec),
        "Model": spec.step.title,
        "Covariates": ", ".join(covariate.label for covariate in spec.adjusted_for) or "none",
        "Compared with": spec.reference,
        "Selection": one.asked.words,
        "Generation of the data": str(one.asked.number),
        **{words: str(getattr(options, name)) for name, words in CHOICES.items()},
        "Rows": f"{one.rows:,}",
        "Units": f"{one.units:,}",
        "Seed": str(one.asked.seed),
    }
