"""The view "All choices" in words: what each choice is called, how far the fits agree, and what moves them."""

import pandas as pd

from pages.parts.charts_models_curve import OWN_NAME
from pages.parts.models_options import DENOMINATORS, OUTCOMES, PRIORS, TIMINGS, ZEROS
from pages.parts.models_words import EVIDENCE, signed
from pages.parts.store_models import Answer
from pages.parts.words import counted, escape, plain
from pipeline.measures.spec_agreement import Agreement

CHOICES = {
    "stratum": "Which recordings",
    "zeros": "Never occurs",
    "covariates": "Covariates",
    "outcome": "Scale",
    "denominator": "Of which time",
    "timing": "Which scores",
    "prior": "Prior",
}
"""Choice -> its short name, in the order of the matrix."""
LONG = {
    "stratum": "which recordings enter",
    "zeros": "what a behaviour that never occurs counts as",
    "covariates": "the covariates",
    "outcome": "the scale of the behaviour's time",
    "denominator": "of which time the share is taken",
    "timing": "which scores count",
    "prior": "the prior of the variances",
}
LEVELS = {"denominator": DENOMINATORS, "zeros": ZEROS, "outcome": OUTCOMES, "prior": PRIORS, "timing": TIMINGS}
NAMED = {"all": "All", "as pre-specified": "As chosen above"}
SHARES = {"clear": "clear", "suggestive": "suggestive", "none": "not clear"}


def level_words(choice: str, level: str) -> str:
    """A level of a choice as a reader sees it."""
    if choice in LEVELS:
        return LEVELS[choice][level]
    return NAMED.get(level) or plain(level)


def in_words(fits: pd.DataFrame) -> pd.DataFrame:
    """The fits of one behaviour with words in place of levels, evidence in words, and what stands under the pointer."""
    named = {choice: [level_words(choice, level) for level in fits[choice]] for choice in CHOICES}
    found = fits.assign(**named, evidence=fits["evidence"].map(EVIDENCE))
    said = [
        f"{signed(row.seconds)} s ({signed(row.seconds_low)} to {signed(row.seconds_high)}), {row.evidence.lower()}<br>"
        f"{row.rows} rows, {row.units} units<br>" + "<br>".join(str(getattr(row, choice)) for choice in CHOICES)
        for row in found.itertuples()
    ]
    return found.assign(said=said)


def own_name(answer: Answer) -> str:
    """What the fit is called that the others are compared with."""
    return OWN_NAME if answer.question.prespecified else "Chosen"


def percent(share: float) -> str:
    """'42 %', with a space that does not break."""
    return f"{100 * share:.0f}\u00a0%"


def finding(found: Agreement, own: pd.DataFrame, name: str = OWN_NAME) -> str:
    """How many fits agree with one's own (`name`: what it is called), in one sentence (markdown)."""
    if own.empty:
        return f"The {name.lower()} fit itself cannot be made for this behaviour, so nothing can agree with it."
    row = own.iloc[0]
    way = "more" if row["seconds"] > 0 else "less"
    opposite = f"{found.clear_opposite} the other way" if found.clear_opposite else "none the other way"
    clear = f"{percent(found.share(found.clear))} are clear as well, {opposite}"
    if not found.clear and not found.clear_opposite:
        clear = "none is clear in either direction"
    return (
        f"{percent(found.share(found.same_sign))} of {counted(found.fits, 'fit')} point the same way as the "
        f"{name.lower()} one ({way} time); {clear}."
    )


def basis(found: Agreement, own: pd.DataFrame, moves: pd.DataFrame, few: int, rule: int, name: str = OWN_NAME) -> str:
    """One's own estimate, agreement in evidence, what moves the estimate most, and fits on few rows."""
    words = []
    if len(own):
        row = own.iloc[0]
        words.append(
            f"{name}: {signed(row['seconds'])} s per 5 minutes (95\u00a0% interval "
            f"{signed(row['seconds_low'])} to {signed(row['seconds_high'])}; {counted(int(row['rows']), 'row')}, "
            f"{counted(int(row['units']), 'unit')}), {SHARES[row['evidence']]}. Same direction and same evidence: "
            f"{percent(found.share(found.same_evidence))}."
        )
    words.append(mover(moves))
    if few:
        words.append(f"{counted(few, 'fit rests', 'fits rest')} on fewer than {rule} rows of this behaviour.")
    return " ".join(word for word in words if word)


def mover(moves: pd.DataFrame) -> str:
    """Which choice moves the estimate most; '' where none was varied."""
    known = moves[moves["change"].notna()]
    if known.empty:
        return ""
    first = known.iloc[0]
    return (
        f"What moves it most: {LONG[first['choice']]}, by {first['change']:.1f} s between two fits that differ in "
        "nothing else (the middle of all such pairs)."
    )


def failures(lost: pd.DataFrame, fits: pd.DataFrame, term: tuple[str, str], asked: int) -> pd.DataFrame:
    """Why fits have no estimate of a behaviour: reason, number of fits; most frequent first. `lost` and `fits`: of the
    curve; `fits`: those of this behaviour.
    """
    whole = lost["code"] == ""
    mine = (lost["response"] == term[0]) & (lost["code"] == term[1])
    counts = lost.loc[whole | mine, "reason"].value_counts()
    rest = asked - len(fits) - int(counts.sum())
    if rest > 0:
        counts[f"{term[1]} ({term[0]}) has no value of its own there."] = rest
    frame = counts.rename_axis("Reason").reset_index(name="Fits")
    return frame.sort_values("Fits", ascending=False, kind="stable", ignore_index=True)


def reading(answer: Answer, cut: int) -> str:
    """How to read the curve (markdown). `cut`: intervals that the plot does not show whole."""
    exposure, reference = answer.question.exposure, escape(answer.question.adjusted.reference)
    step = f"per {escape(exposure.step(answer.rows.exposure[1]))} of {escape(exposure.label)}"
    step = f"with {escape(exposure.step(0.0))}" if exposure.levels else step
    named = own_name(answer).lower()
    more = f" {counted(cut, 'interval reaches', 'intervals reach')} beyond the plot." if cut else ""
    return (
        f"Each column is one fit with its 95 % interval, from the smallest estimate to the largest: change {step}, "
        f"relative to '{reference}'. Below: what that fit chose; underlined: as {named}.{more}"
    )


def term_name(response: str, code: str) -> str:
    """'Woe face (caregiver)'."""
    return f"{code} ({response})"


def move_table(moves: pd.DataFrame) -> pd.DataFrame:
    """The decomposition under plain headings."""
    return pd.DataFrame(
        {
            "Choice": moves["choice"].map(CHOICES),
            "Typical change (s per 5 min)": moves["change"],
            "Largest change (s per 5 min)": moves["largest"],
            "Pairs of fits": moves["pairs"],
            "Part of the spread (%)": 100 * moves["spread_share"],
        }
    )
