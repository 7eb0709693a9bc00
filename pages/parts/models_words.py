"""The models page in words: the finding, notes, the random part, the flow, and a methods paragraph from the spec."""

import pandas as pd

from pages.parts.store_models import Answer
from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.spec import Spec
from pipeline.models.fit import Note

PEOPLE = {"infant": "Infant", "caregiver": "Caregiver"}
MODELS = {"adjusted": "Adjusted", "unadjusted": "Unadjusted"}
EVIDENCE = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
KINDS = {"removed": "Left out", "lost": "Lost on the way", "warning": "Read with care", "prior": "Prior"}
MOST_NAMED = 4
ADDS_UP = "The times of a recording add up to a whole, which leaves next to no variance between recordings."
BY_CHANCE = 0.05
"""Part of 95 % intervals that exclude 0 by chance."""
TIMES = {
    "session": "the whole session",
    "observable": "the time in which it could be seen",
    "coded": "the time in which it was coded",
}
PRIORS = {
    "mlwin": "an inverse-Wishart prior with 2 degrees of freedom around the REML estimate (the default of MLwiN)",
    "weak": "half-Normal priors on the standard deviations and an LKJ(2) prior on the correlations",
}


def minus(text: str) -> str:
    """A number with a minus sign instead of a hyphen."""
    return text.replace("-", "\u2212")


def finding(answer: Answer) -> tuple[str, str]:
    """(the finding in one sentence, what it rests on and what else there is); markdown."""
    terms = answer.leading.terms
    if terms.empty:
        return "No behaviour can be compared in this selection.", ""
    clear, suggestive = (terms[terms["evidence"] == word] for word in ("clear", "suggestive"))
    best = clear if len(clear) else suggestive
    if best.empty:
        text = f"Nothing is clear: all {len(terms)} intervals include 0, and no related behaviours point the same way."
        return text, _without_covariates(answer)
    first = _strongest(best)
    words = [_basis(first, answer), _also(best, "clear" if len(clear) else "suggestive")]
    if len(clear):
        words += [f"Suggestive: {_names(suggestive)}." if len(suggestive) else "", _chance(terms, len(clear))]
    start = "Clear" if len(clear) else f"Nothing is clear (all {len(terms)} intervals include 0); suggestive"
    words.append(_without_covariates(answer))
    return f"{start}: {_effect(first, answer)}", " ".join(word for word in words if word)


def _without_covariates(answer: Answer) -> str:
    """Which behaviours are clear only in the model without covariates."""
    if len(answer.question.shown) < 2:
        return ""
    before, after = (answer.models[name].terms for name in answer.question.shown)
    only = after[(after["evidence"] == "clear").to_numpy() & (before["evidence"] != "clear").to_numpy()]
    return f"Clear without covariates only: {_names(only)}." if len(only) else ""


def _strongest(rows: pd.DataFrame) -> pd.Series:
    return rows.loc[(rows["mean"] / rows["sd"]).abs().idxmax()]


def _effect(row: pd.Series, answer: Answer) -> str:
    """'with higher EPDS the caregiver's Woe face takes 25 s less per 5 minutes.'"""
    word = "more" if row["mean"] > 0 else "less"
    return (
        f"with higher {escape(str(answer.question.adjusted.exposure))} the {row['response']}'s "
        f"'{escape(row['code'])}' takes {abs(row['seconds']):.0f} s {word} per 5 minutes, relative to "
        f"'{escape(answer.question.adjusted.reference)}'."
    )


def _basis(row: pd.Series, answer: Answer) -> str:
    """What the first sentence means: per SD, compared with what, the interval, how many rows."""
    spec = answer.question.adjusted
    where = ", in recordings where the behaviour occurs" if spec.options.zeros == "observed" else ""
    points = minus(f"{row['points']:+.1f} percentage points")
    interval = minus(f"95 % interval {row['seconds_low']:+.0f} to {row['seconds_high']:+.0f} s")
    model = MODELS[answer.question.shown[0]].lower()
    rows = counted(int(row["rows"]), "row")
    text = (
        f"That is the difference in change per SD of {escape(str(spec.exposure))} ({answer.rows.exposure[1]:.1f} "
        f"points){where}: {points}, {interval}, {rows}, {model}."
    )
    return text + (" It is the opposite of what was hypothesised." if row["direction"] == "opposite" else "")


def _also(rows: pd.DataFrame, word: str) -> str:
    rest = rows.drop(index=_strongest(rows).name)
    return f"Also {word}: {_names(rest)}." if len(rest) else ""


def _names(rows: pd.DataFrame) -> str:
    """'Woe face (caregiver, less)' and up to three more."""
    named = [
        f"{escape(row.code)} ({row.response}, {'more' if row.mean > 0 else 'less'})"
        for row in rows.head(MOST_NAMED).itertuples()
    ]
    more = len(rows) - len(named)
    return one_of([*named, f"{more} more"] if more else named, "and")


def _chance(terms: pd.DataFrame, clear: int) -> str:
    expected = BY_CHANCE * len(terms)
    return f"{clear} of {len(terms)} intervals exclude 0; about {expected:.1f} would by chance alone."


def note_groups(notes: list[Note]) -> dict[str, list[str]]:
    """Heading -> different texts, in the order left out, lost, care, prior."""
    found: dict[str, list[str]] = {}
    for kind, title in KINDS.items():
        texts = list(dict.fromkeys(_plain(note.text) for note in notes if note.kind == kind))
        if texts:
            found[title] = texts
    return found


def _plain(text: str) -> str:
    """What the engine says of each side is said once."""
    return ADDS_UP if "sum to a constant" in text else text


def alt_text(answer: Answer) -> str:
    """The forest plot in one sentence."""
    counts = answer.leading.terms["evidence"].value_counts()
    said = ", ".join(f"{counts.get(name, 0)} {word.lower()}" for name, word in EVIDENCE.items())
    spec = answer.question.adjusted
    return (
        f"Forest plot of {spec.title}: change of each behaviour of infant and caregiver per SD of {spec.exposure}, "
        f"compared with {spec.reference}, with 50 and 95 % intervals. {said}."
    )


RANDOM = {
    "unit_var_infant": ("Variance between units", "Infant"),
    "unit_var_caregiver": ("Variance between units", "Caregiver"),
    "unit_cov": ("Covariance between units", "Infant with caregiver"),
    "unit_correlation": ("Correlation between units", "Infant with caregiver"),
    "row_var_infant": ("Variance within units (rows)", "Infant"),
    "row_var_caregiver": ("Variance within units (rows)", "Caregiver"),
    "row_cov": ("Covariance within units (rows)", "Infant with caregiver"),
    "row_correlation": ("Correlation within units (rows)", "Infant with caregiver"),
    "unit_share_infant": ("Share of the variance between units", "Infant"),
    "unit_share_caregiver": ("Share of the variance between units", "Caregiver"),
}


def random_table(answer: Answer) -> pd.DataFrame:
    """The random part of the models on the screen, in words."""
    lines = []
    for name in answer.question.shown:
        rows = answer.models[name].fit.random.set_index("term")
        for term, (what, whose) in RANDOM.items():
            row = rows.loc[term]
            lines.append((MODELS[name], what, whose, row["mean"], row["lower"], row["upper"]))
    return pd.DataFrame(lines, columns=["Model", "What", "Whose", "Estimate", "95 % from", "95 % to"])


def flow_table(answer: Answer) -> pd.DataFrame:
    """Recordings -> units -> values: what was lost why, and what was left."""
    stages = {"recordings": "Recordings", "units": "Units", "values": "Values"}
    flow = answer.rows.flow
    reason = flow["reason"].str[:1].str.upper() + flow["reason"].str[1:]
    return pd.DataFrame(
        {"Stage": flow["stage"].map(stages), "Reason": reason, "Lost": flow["lost"], "Left": flow["left"]}
    )


def methods(answer: Answer) -> str:
    """The analysis in words a reviewer can check, generated from the spec that ran (markdown)."""
    spec, rows, fit = answer.question.adjusted, answer.rows, answer.models["adjusted"].fit
    mean, sd = rows.exposure
    dyads, families = rows.frame["dyad_id"].nunique(), rows.frame["family_id"].nunique()
    scale = ", ".join(f"{one.response} {100 * one.sd:.1f}" for one in rows.scale.itertuples())
    lines = [
        "We fitted a bivariate two-level Normal model with the infant's and the caregiver's durations as responses: "
        f"rows (behaviours) within units (recordings), {counted(fit.rows, 'row')} in {counted(fit.units, 'unit')} of "
        f"{counted(dyads, 'dyad')} in {counted(families, 'family', 'families')}. Random intercepts of units and "
        "residuals of rows each have an infant-caregiver covariance.",
        f"The outcome is the share of {TIMES[spec.options.denominator]} that a behaviour takes, standardised per side "
        f"over all values (SD in percentage points: {scale}). {_zeros(spec)} "
        f"Behaviours are compared with '{escape(spec.reference)}'.",
        f"The exposure is {escape(str(spec.exposure))} of the caregiver filmed, standardised over units (mean "
        f"{mean:.2f}, SD {sd:.2f}), with its product with each behaviour. {_covariates(spec)}",
        f"The variances have {PRIORS[spec.options.prior]}; fixed effects have flat priors. The posterior was computed "
        f"by importance sampling ({spec.options.draws:,} draws, effective {fit.diagnostics['ess']:.0f}, Pareto k "
        f"{fit.diagnostics['pareto_k']:.2f}, seed {fit.seed}) with the coefficients integrated out.",
        "Evidence is called clear when the 95 % credible interval excludes 0, and suggestive when it includes 0 but "
        "all behaviours related by hypothesis (at least two) point the same way. Units with the exposure and all "
        "covariates entered both models.",
    ]
    return " ".join(lines) + _removed(fit.notes)


def _zeros(spec: Spec) -> str:
    if spec.options.zeros == "include":
        return "A behaviour that never occurred in a recording counts as 0."
    return "A behaviour that never occurred in a recording has no row there."


def _covariates(spec: Spec) -> str:
    names = [escape(one.label) for one in spec.adjusted_for]
    if not names:
        return "The model has no covariates."
    return f"The adjusted model adds {one_of(names, 'and')} as main effects; the unadjusted one has no covariates."


def _removed(notes: tuple[Note, ...]) -> str:
    texts = [escape(note.text) for note in notes if note.kind == "removed"]
    return f" {' '.join(texts)}" if texts else ""
