"""The methods of a fit in words a reviewer can check, generated from the spec that ran and the rows it ran on."""

import platform
from dataclasses import dataclass
from importlib import metadata

import pandas as pd

from pipeline import VERSION
from pipeline.catalogue.spec import Covariate, Spec
from pipeline.models.fit import Note
from pipeline.plain_words import counted, one_of
from pipeline.steps.fit_choices import Exposure

TIMES = {
    "session": "the whole recording",
    "observable": "the time in which the behaviour could be seen",
    "coded": "the time that was coded",
}
PRIORS = {
    "mlwin": "an inverse-Wishart prior with 2 degrees of freedom and scale twice the REML estimate at each level (the "
    "default of MLwiN)",
    "weak": "half-Normal priors on the standard deviations (scale: the SD of the outcome) and an LKJ(2) prior on the "
    "correlation at each level",
}
OVER = {"units": "over units", "parents": "over parents"}
LIBRARIES = ("numpy", "scipy", "pandas")
ENGINES = {
    "gibbs": "Gibbs sampling as in MLwiN (REML start values, then 11,000 iterations); posterior means with 95 % "
    "credible intervals.",
    "full": "Four chains of a Hamiltonian sampler (NUTS) drew all parameters; posterior means with 95 % credible "
    "intervals.",
    "two_part": "Whether a behaviour occurs and how long it lasts where it does were fitted together by four chains of "
    "a Hamiltonian sampler (NUTS); posterior means with 95 % credible intervals.",
}


@dataclass(frozen=True)
class Facts:
    """What ran: the spec, the exposure in words, what was lost on the way (`flow`: stage, reason, lost, left), the
    scale of the outcome (response, mean, sd), mean and SD of the exposure, and what the fit says of itself. `words`:
    the selection; `pair`: whether the unadjusted model is shown beside it; `python` and `libraries`: what computed it.
    """

    spec: Spec
    about: Exposure
    words: str
    flow: pd.DataFrame
    scale: pd.DataFrame
    exposure: tuple[float, float]
    dyads: int
    families: int
    rows: int
    units: int
    engine: str
    seed: int
    diagnostics: dict[str, float]
    notes: tuple[Note, ...] = ()
    failed: tuple[str, ...] = ()
    pair: bool = False
    prespecified: bool = True
    python: str = ""
    libraries: tuple[tuple[str, str], ...] = ()


def paragraphs(facts: Facts) -> list[str]:
    """Sample, outcome, model, estimation, evidence, software; plain text."""
    failed = "".join(f"This fit failed its own checks: {reason}. Do not report it. " for reason in facts.failed)
    exploratory = "" if facts.prespecified else " This analysis was not pre-specified: it is exploratory."
    return [
        failed + sample(facts),
        outcome(facts),
        " ".join([model(facts.spec), *exposure(facts), covariates(facts)]),
        estimation(facts),
        evidence(facts.spec) + exploratory,
        software(facts),
    ]


def sample(facts: Facts) -> str:
    """Recordings of the selection, what did not enter and why, what entered."""
    flow = facts.flow
    if flow.empty:
        whole = f"{counted(facts.units, 'unit')} (recordings) of {counted(facts.dyads, 'dyad')}"
        return f"Sample. Selection: {facts.words}. {whole} in {counted(facts.families, 'family', 'families')} entered."
    first, lost = int(flow["left"].iloc[0]), flow[(flow["lost"] > 0) & (flow["stage"] != "values")]
    reasons = [f"{one.lost} ({one.reason})" for one in lost.itertuples()]
    left_out = f" Not entered: {one_of(reasons, 'and')}." if reasons else ""
    return (
        f"Sample. Selection: {facts.words}; {counted(first, 'recording')}.{left_out} The analysis set is "
        f"{counted(facts.units, 'unit')} (recordings) of {counted(facts.dyads, 'dyad')} in "
        f"{counted(facts.families, 'family', 'families')}; units had to have the exposure and every covariate of the "
        f"fullest model, so that all models rest on the same units. {_values(facts)}"
    )


def _values(facts: Facts) -> str:
    """Values per unit x behaviour x person: how many could be, what was dropped."""
    values = facts.flow[facts.flow["stage"] == "values"]
    if values.empty:
        return f"{facts.rows:,} rows (unit x behaviour) entered."
    lost = [f"{one.lost:,} ({one.reason})" for one in values.itertuples() if one.lost]
    first, last = int(values["left"].iloc[0]), int(values["left"].iloc[-1])
    if removed := sum(note.rows or 0 for note in facts.notes if note.kind == "removed" and note.response):
        lost.append(f"{removed:,} (of behaviours that cannot be estimated, named below)")
        last -= removed
    dropped = f"dropped: {one_of(lost, 'and')}" if lost else "none dropped"
    return (
        f"Of {first:,} values (unit x behaviour x person), {dropped}; {last:,} values in {facts.rows:,} rows (unit x "
        "behaviour) entered."
    )


def outcome(facts: Facts) -> str:
    """What the responses are, what was standardised, the zeros, the reference, the codes left out."""
    spec = facts.spec
    sides = [f"{one.response} {100 * one.mean:.1f} (SD {100 * one.sd:.1f})" for one in facts.scale.itertuples()]
    ways = {
        "normalised": "standardised for infant and caregiver separately over all values of the analysis set",
        "share": "used as it is, as a share between 0 and 1",
        "normal_scores": "replaced by normal scores (Blom) for infant and caregiver separately",
    }
    text = (
        f"Outcome. The outcome is the share of {TIMES[spec.options.denominator]} that each behaviour takes, "
        f"{ways[spec.options.outcome]} (mean share in per cent: {one_of(sides, 'and')}). {_zeros(spec)}"
    )
    if spec.step.codes:
        text += f" Each behaviour is compared with '{spec.reference}'."
    return text + _removed(facts.notes, spec)


def _zeros(spec: Spec) -> str:
    if spec.options.zeros == "include":
        return "A behaviour that never occurred in a recording counts as 0."
    return "A behaviour that never occurred in a recording has no row there: estimates are about how long, if at all."


def _removed(notes: tuple[Note, ...], spec: Spec) -> str:
    texts = list(dict.fromkeys(note.text for note in notes if note.kind == "removed"))
    if not texts:
        return ""
    rule = f"fewer than {spec.options.fewest_rows} rows on a side, no spread of the exposure, or aliased"
    return f" Left out because they cannot be estimated ({rule}): {' '.join(texts)}"


def model(spec: Spec) -> str:
    """The structure: two responses, two levels, the covariances."""
    within = (
        "the residuals of rows have an infant-caregiver covariance too, where both have a value"
        if spec.options.row_covariance == "estimated"
        else "the residuals of infant and caregiver within rows are independent"
    )
    text = (
        f"Model ({spec.step.title}). We fitted a bivariate two-level Normal model with infant and caregiver as "
        "responses: rows (behaviours) within units (recordings). Random intercepts of units have an infant-caregiver "
        f"covariance; {within}. A row with one side only contributes that side."
    )
    if not spec.step.codes:
        return f"{text} It has an intercept for each response and nothing else."
    return f"{text} Fixed effects for each response: an intercept and one indicator per behaviour."


def exposure(facts: Facts) -> list[str]:
    """Whose value, from when, how it was standardised, its products; nothing where the model has no exposure."""
    spec, about = facts.spec, facts.about
    if not spec.step.exposure:
        return []
    mean, sd = facts.exposure
    whose = "the partner of the caregiver filmed" if spec.options.whose_score == "partner" else "the caregiver filmed"
    of = f" of {whose}" if about.score else ""
    time = " taken before the recording only" if spec.options.score_timing == "before_recording" else ""
    if about.levels:
        text = f"coded 1 for {about.levels[1]} and 0 for {about.levels[0]}"
    else:
        over = OVER.get(str(spec.options.standardise), "with a fixed mean and SD")
        text = f"standardised {over} (mean {mean:.2f}, SD {sd:.2f} {about.unit})".replace(" )", ")")
    found = [f"The exposure is {about.label}{of}{time}, {text}. It enters with its product with each behaviour."]
    if spec.options.pooled:
        found.append("The products share a Normal distribution with a common SD (partial pooling).")
    if spec.moderator:
        found.append(f"Its products with {spec.moderator.label}, and theirs with each behaviour, test moderation.")
    return found


def covariates(facts: Facts) -> str:
    """What was adjusted for, as main effects and as products."""
    spec = facts.spec
    if not spec.adjusted_for:
        return "The model has no covariates."
    names = one_of([_covariate(one) for one in spec.adjusted_for], "and")
    each = "each " if len(spec.adjusted_for) > 1 else ""
    text = f"It is adjusted for {names}, {each}as a main effect on both responses"
    by_code = [one.label for one in spec.adjusted_for if one.column in spec.by_code]
    text += f", and for the products of {one_of(by_code, 'and')} with each behaviour." if by_code else "."
    return f"{text} The unadjusted model has none of them." if facts.pair else text


def _covariate(one: Covariate) -> str:
    if one.kind == "numeric":
        return one.label
    return f"{one.label} (categorical, reference {one.levels[0]})" if one.levels else f"{one.label} (categorical)"


def estimation(facts: Facts) -> str:
    """Priors, how the posterior was computed, how well."""
    spec, numbers = facts.spec, facts.diagnostics
    if spec.options.method != "bayes":
        return f"Estimation. Maximum likelihood ({spec.options.method.upper()}) with Wald intervals."
    moved = " ".join(dict.fromkeys(note.text for note in facts.notes if note.kind == "prior"))
    if facts.engine != "quick":
        return f"Estimation. {ENGINES[facts.engine]} {moved}{' ' if moved else ''}Seed {facts.seed}.{_quality(numbers)}"
    but = " other than the pooled products" if spec.options.pooled else ""
    return (
        f"Estimation. Fixed effects{but} have flat priors, the variances {PRIORS[spec.options.prior]}. "
        f"{moved}{' ' if moved else ''}Random and fixed effects were integrated out analytically; the variance "
        f"parameters were drawn by importance sampling ({spec.options.draws:,} weighted draws, effective "
        f"{numbers['ess']:.0f}, Pareto k {numbers['pareto_k']:.2f}, seed {facts.seed}), and estimates are exact "
        "mixtures of Normals over them: posterior means with 95 % credible intervals."
    )


def evidence(spec: Spec) -> str:
    """What clear and suggestive mean."""
    text = "Evidence. An estimate is called clear when its 95 % credible interval excludes 0 (on unrounded numbers)"
    if not spec.hypotheses or not spec.step.exposure:
        return f"{text}. Intervals are not corrected for their number: about 1 in 20 excludes 0 by chance."
    titles = one_of([f"{one.title.lower()} ({one.response}, {one.sign})" for one in spec.hypotheses], "and")
    return (
        f"{text}, and suggestive when it includes 0 but all behaviours related by hypothesis (at least two) point the "
        f"same way. Hypothesised: {titles.replace('-)', chr(0x2212) + ')')}. Intervals are not corrected for their "
        "number: about 1 in 20 excludes 0 by chance."
    )


def _quality(numbers: dict[str, float]) -> str:
    """R-hat and effective number of draws, where the engine says them."""
    said = {"rhat": "largest R-hat {:.3f}", "ess": "smallest effective number of draws {:,.0f}"}
    found = [words.format(numbers[name]) for name, words in said.items() if name in numbers]
    return f" Convergence: {one_of(found, 'and')}." if found else ""


def software(facts: Facts) -> str:
    """Program, libraries and their versions."""
    known = facts.libraries or tuple((name, metadata.version(name)) for name in LIBRARIES)
    versions = [f"{name} {version}" for name, version in known]
    python = facts.python or platform.python_version()
    return f"Software. Dyadscope {VERSION}, {facts.engine} engine, with Python {python}, {one_of(versions, 'and')}."
