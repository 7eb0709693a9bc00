"""The models page in words: the finding, notes, what the figure says, and the flow."""

import re

import pandas as pd

from pages.parts.store_models import Answer, Question
from pages.parts.words import counted, escape, one_of
from pipeline.models.fit import Note

PEOPLE = {"infant": "Infant", "caregiver": "Caregiver"}
MODELS = {"adjusted": "Adjusted", "unadjusted": "Unadjusted"}
EVIDENCE = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
KINDS = {"removed": "Left out", "lost": "Lost on the way", "warning": "Read with care", "prior": "Prior"}
MOST_NAMED = 4
ADDS_UP = "The times of a recording add up to a whole, which leaves next to no variance between recordings."
BY_CHANCE = 0.05
"""Part of 95 % intervals that exclude 0 by chance."""
SIGNED_ZERO = re.compile(r"(?<![\w.])[-+](?=0(\.0+)?(?![\w.]*\d))")
"""The sign of a number that is printed as 0."""


def minus(text: str) -> str:
    """A number with a minus sign instead of a hyphen; what rounds to nothing has no sign."""
    return SIGNED_ZERO.sub("", text).replace("-", "\u2212")


def signed(value: float, digits: int = 0) -> str:
    """'+1.2' or '\u22120.4'; what rounds to nothing has no sign."""
    rounded = round(value, digits)
    return minus(f"{rounded:+.{digits}f}" if rounded else f"{0:.{digits}f}")


def model_name(answer: Answer, name: str) -> str:
    """What a model is called: adjusted, unadjusted, or its rung where there is no exposure to adjust."""
    spec = answer.question.adjusted
    return MODELS[name] if spec.step.exposure else spec.step.title


def in_words(text: str, question: Question) -> str:
    """A sentence of the engine with the exposure in the words of the screen."""
    name = str(question.adjusted.exposure)
    return text.replace(name, question.exposure.label) if "_" in name else text


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
    if not answer.question.adjusted.step.exposure:
        return _differences(terms, len(clear), answer)
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
    columns = ["response", "code", "mean", "evidence"]
    before, after = (answer.models[name].terms[columns] for name in answer.question.shown)
    both = after.merge(before, on=["response", "code"], suffixes=("", "_adjusted"))
    only = both[(both["evidence"] == "clear") & (both["evidence_adjusted"] != "clear")]
    return f"Clear without covariates only: {_names(only)}." if len(only) else ""


def _strongest(rows: pd.DataFrame) -> pd.Series:
    return rows.loc[(rows["mean"] / rows["sd"]).abs().idxmax()]


def _effect(row: pd.Series, answer: Answer) -> str:
    """'with higher EPDS the caregiver's Woe face takes 25 s less per 5 minutes, relative to Face not visible.'"""
    word, reference = "more" if row["mean"] > 0 else "less", escape(answer.question.adjusted.reference)
    size = f"the {row['response']}'s '{escape(row['code'])}' takes {abs(row['seconds']):.0f} s {word} per 5 minutes"
    return f"{rise(answer)} {size}, relative to '{reference}'."


def _differences(terms: pd.DataFrame, clear: int, answer: Answer) -> tuple[str, str]:
    """The finding of a model of behaviours alone: how many differ from the reference, and which most."""
    reference, row = escape(answer.question.adjusted.reference), terms.loc[terms["seconds"].abs().idxmax()]
    word = "more" if row["mean"] > 0 else "less"
    text = f"{clear} of {len(terms)} behaviours clearly take more or less time than '{reference}'."
    where = ", in recordings where it occurs" if answer.question.adjusted.options.zeros == "observed" else ""
    interval = minus(f"95\u00a0% interval {row['seconds_low']:+.0f} to {row['seconds_high']:+.0f} s")
    most = f"The largest difference: the {row['response']}'s '{escape(row['code'])}' takes {abs(row['seconds']):.0f} s"
    return text, f"{most} {word} per 5 minutes{where} ({interval}, {counted(int(row['rows']), 'row')})."


def rise(answer: Answer) -> str:
    """'with higher EPDS', or 'with mother rather than father'."""
    exposure = answer.question.exposure
    return f"with {escape(exposure.step(0.0))}" if exposure.levels else f"with higher {escape(exposure.label)}"


def _basis(row: pd.Series, answer: Answer) -> str:
    """What the first sentence means: per SD, compared with what, the interval, how many rows."""
    spec, exposure = answer.question.adjusted, answer.question.exposure
    where = ", in recordings where the behaviour occurs" if spec.options.zeros == "observed" else ""
    points = minus(f"{row['points']:+.1f} percentage points")
    interval = minus(f"95\u00a0% interval {row['seconds_low']:+.0f} to {row['seconds_high']:+.0f} s")
    model, rows = model_name(answer, answer.question.shown[0]).lower(), counted(int(row["rows"]), "row")
    step = escape(exposure.step(answer.rows.exposure[1]))
    per = f"difference in change per {step} of {escape(exposure.label)}"
    if exposure.levels:
        per = f"difference in change with {step}"
    text = f"That is the {per}{where}: {points}, {interval}, {rows}, {model}."
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


def note_groups(notes: list[Note], answer: Answer) -> dict[str, list[str]]:
    """Heading -> different texts, in the order left out, lost, care, prior."""
    found: dict[str, list[str]] = {}
    for kind, title in KINDS.items():
        texts = list(dict.fromkeys(in_words(_plain(note.text), answer.question) for note in notes if note.kind == kind))
        if texts:
            found[title] = texts
    return found


def note_line(notes: list[Note], answer: Answer) -> str:
    """The notes in one line: which behaviours were left out or rest on few rows, with their rows; what else there is
    is counted.
    """
    removed = [one for one in notes if one.kind == "removed"]
    few = [one for one in notes if one.kind == "warning" and one.term]
    words = [f"{title}: {_with_rows(some)}." for title, some in (("Left out", removed), ("Few rows", few)) if some]
    lost = list(dict.fromkeys(in_words(one.text, answer.question) for one in notes if one.kind == "lost"))
    return escape(" ".join([*lost, *words]))


def _with_rows(notes: list[Note]) -> str:
    """'Disgust (caregiver, 6), Surprise (infant, 2)'."""
    about = [", ".join(part for part in (one.response, str(one.rows or "")) if part) for one in notes]
    named = [f"{one.term} ({said})" if said else one.term for one, said in zip(notes, about, strict=True)]
    return ", ".join(dict.fromkeys(named))


def _plain(text: str) -> str:
    """What the engine says of each side is said once."""
    return ADDS_UP if "sum to a constant" in text else text


def alt_text(answer: Answer, terms: pd.DataFrame) -> str:
    """The forest plot in one sentence; `terms`: those of the leading model, with evidence in words."""
    counts = terms["evidence"].value_counts()
    said = ", ".join(f"{counts.get(word, 0)} {word.lower()}" for word in EVIDENCE.values())
    spec, exposure = answer.question.adjusted, answer.question.exposure
    what = f"change of each behaviour of infant and caregiver per {exposure.step(answer.rows.exposure[1])}"
    if not spec.step.exposure:
        what = "each behaviour of infant and caregiver minus the reference"
    return f"Forest plot of {spec.title}: {what}, with 50 and 95 % intervals. {said}."


def flow_table(answer: Answer) -> pd.DataFrame:
    """Recordings -> units -> values: what was lost why, and what was left."""
    stages = {"recordings": "Recordings", "units": "Units", "values": "Values"}
    flow = answer.rows.flow
    said = flow["reason"].map(lambda reason: in_words(reason, answer.question))
    reason = said.str[:1].str.upper() + said.str[1:]
    return pd.DataFrame(
        {"Stage": flow["stage"].map(stages), "Reason": reason, "Lost": flow["lost"], "Left": flow["left"]}
    )
