"""The view "Groups" in words: what each group is called, where they differ, and what each estimate rests on."""

import pandas as pd

from pages.parts.models_words import BY_CHANCE, PEOPLE, signed
from pages.parts.store_models import Answer
from pages.parts.words import counted, escape, one_of, plain
from pipeline.steps.fit_comparable import Compared

MANY = {"mother": "Mothers", "father": "Fathers", "stranger": "Strangers"}
MOST_NAMED = 3
NOT_ESTIMATED = "\u2013"


def group_name(level: str) -> str:
    """'mother' -> 'Mothers'; any other level as plain words."""
    return MANY.get(level, plain(level))


def inside(name: str) -> str:
    """The name of a group inside a sentence."""
    return name.lower() if name in MANY.values() else name


def per(answer: Answer, sd: float) -> str:
    """'per 1 SD (4.6 points) of EPDS'; of a two-level exposure 'with father rather than mother'."""
    exposure = answer.question.exposure
    if exposure.levels:
        return f"with {escape(exposure.step(0.0))}"
    return f"per {escape(exposure.step(sd))} of {escape(exposure.label)}"


def finding(difference: Compared | None, names: tuple[str, str]) -> str:
    """Where the groups differ, in one sentence (markdown)."""
    first, other = (escape(name) for name in names)
    if difference is None or difference.terms.empty:
        return f"{first} and {escape(inside(names[1]))} cannot be compared for any behaviour."
    terms = difference.terms
    clear = terms[terms["evidence"] == "clear"]
    if clear.empty:
        return f"{first} and {escape(inside(names[1]))} do not differ clearly in any of {len(terms)} behaviours."
    order = clear.loc[(clear["mean"] / clear["sd"]).abs().sort_values(ascending=False).index]
    top, rest = order.iloc[0], order.iloc[1:]
    named = [f"{escape(row.code)} ({row.response})" for row in rest.head(MOST_NAMED).itertuples()]
    named += [f"{len(rest) - MOST_NAMED} more"] if len(rest) > MOST_NAMED else []
    also = f" Also in {one_of(named, 'and')}." if named else ""
    return (
        f"{first} and {escape(inside(names[1]))} differ clearly in {escape(top['code'])} ({top['response']}): its "
        f"change is {abs(top['seconds']):.0f} s per 5 minutes {'higher' if top['seconds'] > 0 else 'lower'} in "
        f"{escape(inside(names[1]))}.{also}"
    )


def basis(difference: Compared | None, names: tuple[str, str], answer: Answer, sd: float) -> str:
    """What the difference is, its interval, and how many would be clear by chance (markdown)."""
    if difference is None or difference.terms.empty:
        return ""
    terms = difference.terms
    clear = terms[terms["evidence"] == "clear"]
    top = (clear if len(clear) else terms).pipe(lambda rows: rows.loc[(rows["mean"] / rows["sd"]).abs().idxmax()])
    start = "" if len(clear) else f"The largest for its uncertainty: {escape(top['code'])} ({top['response']}). "
    return (
        f"{start}That is {escape(inside(names[1]))} minus {escape(inside(names[0]))}: {signed(top['seconds'])} s (95 % "
        f"interval {signed(top['seconds_low'])} to {signed(top['seconds_high'])}), {per(answer, sd)}, relative to "
        f"'{escape(answer.question.adjusted.reference)}', from one model of both groups "
        f"({counted(difference.units, 'recording')} of {counted(difference.dyads, 'dyad')}). {len(clear)} of "
        f"{len(terms)} intervals exclude 0; about {BY_CHANCE * len(terms):.1f} would by chance alone."
    )


def units_line(name: str, fit: Compared) -> str:
    """'Mothers: 84 recordings of 56 dyads'."""
    return f"{name}: {counted(fit.units, 'recording')} of {counted(fit.dyads, 'dyad')}"


def side_by_side(fits: dict[str, Compared]) -> pd.DataFrame:
    """The terms of several fits by name: person, code, series, seconds and its interval, evidence, rows, units, counts
    (units of every series, in order), said. Behaviours in the order of the first fit that has them.
    """
    frame = pd.concat([fit.terms.assign(series=name) for name, fit in fits.items()], ignore_index=True)
    order = frame[["response", "code"]].drop_duplicates().assign(person=lambda rows: rows["response"].map(PEOPLE))
    order = order.sort_values("person", ascending=False, kind="stable")
    units = frame.pivot_table(index=["response", "code"], columns="series", values="units", fill_value=0)
    units = units.reindex(columns=list(fits), fill_value=0).astype(int)
    said = [" and ".join(str(value or NOT_ESTIMATED) for value in row) for row in units.to_numpy()]
    counts = pd.Series(said, units.index, name="counts")
    found = order.merge(frame, on=["response", "code"]).merge(counts.reset_index(), on=["response", "code"])
    said = [
        f"{escape(row.code)}, {row.series}<br>{signed(row.seconds)} s ({signed(row.seconds_low)} to "
        f"{signed(row.seconds_high)})<br>{row.rows} rows, {row.units} units"
        for row in found.itertuples()
    ]
    return found.assign(said=said, counts=found["counts"] + " units")


def differences(terms: pd.DataFrame) -> pd.DataFrame:
    """The differences as the figure wants them."""
    said = [
        f"{row.code}: difference {signed(row.seconds)} s ({signed(row.seconds_low)} to {signed(row.seconds_high)})"
        for row in terms.itertuples()
    ]
    return terms.assign(person=terms["response"].map(PEOPLE), clear=terms["evidence"] == "clear", said=said)


def group_table(frame: pd.DataFrame, difference: pd.DataFrame | None) -> pd.DataFrame:
    """The same numbers as a table: one row per behaviour and series, then the differences."""
    rows = [frame.assign(what=frame["series"])]
    if difference is not None and len(difference):
        rows.append(difference.assign(what="Difference"))
    found = pd.concat(rows, ignore_index=True)
    names = {
        "person": "Person", "code": "Behaviour", "what": "What", "seconds": "Seconds per 5 min",
        "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)", "evidence": "Evidence", "rows": "Rows",
        "units": "Units",
    }  # fmt: skip
    words = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
    return found.assign(evidence=found["evidence"].map(words))[list(names)].rename(columns=names)


def covariate_finding(moves: pd.DataFrame) -> str:
    """The largest shift that one covariate x behaviour brings (markdown)."""
    if moves.empty:
        return "The model has no covariate that could act on each behaviour."
    row = moves.loc[moves["shift"].abs().idxmax()]
    return (
        f"Letting a covariate act on each behaviour shifts an estimate by at most {abs(row['shift']):.1f} s per 5 "
        f"minutes: {escape(row['covariate'])}, in {escape(row['code'])} ({row['response']})."
    )


def partner_finding(fits: dict[str, Compared], exposure: str) -> str:
    """How much the comparison with the partner's score rests on (markdown)."""
    own, other = fits["own"], fits["partner"]
    few = other.units < own.units / 2
    clear = int((other.terms["evidence"] == "clear").sum())
    known = counted(other.units, "recording")
    text = f"The partner's {escape(exposure)} is known for {known}, the caregiver's own for {own.units}"
    end = ": too few to tell much" if few else ""
    found = counted(clear, "behaviour is", "behaviours are") if clear else "no behaviour is"
    return f"{text}{end}; {found} clearly related to it."
