"""The figures of the sensitivity view with their tables: two analyses, two groups of recordings, each dyad left out."""

from html import escape

import pandas as pd

from pages.parts import show, store
from pages.parts.charts_models_sensitivity import draw_contrasts, draw_influence, draw_pairs
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import EVIDENCE, PEOPLE, signed
from pages.parts.store_models import Answer
from pages.parts.store_models_sensitivity import Refitted
from pages.parts.words import counted
from pipeline.steps.fit_sensitivity import TERM, Influence, verdict

MOST_DYADS = 5


def axis(answer: Answer) -> str:
    """What the horizontal axis of estimates says."""
    exposure = answer.question.exposure
    return f"Seconds per 5 minutes, per {exposure.step(answer.rows.exposure[1])} of {exposure.label}"


def pairs(answer: Answer, found: Refitted, which: str, name: str) -> None:
    """Both analyses, behaviour by behaviour; `name`: what the check is called in the legend."""
    frame = found.both.assign(
        person=found.both["response"].map(PEOPLE), changed=found.both.index.isin(found.changed.index)
    )
    frame["label"] = [label(row["code"], _counts(row)) for row in frame.to_dict("records")]
    alt = f"Each behaviour as analysed and with {name}, with 95 % intervals: {len(found.changed)} change."
    figure = draw_pairs(frame, ("as analysed", name), axis(answer))
    show.figure(figure, alt, f"sensitivity_{which}", store.released(_pairs_table(frame), ANALYST_ONLY), which)


def label(code: str, rest: str) -> str:
    """A behaviour, and what stands behind it in small type."""
    return f"{escape(code)} <span style='font-size:13px'>({escape(rest)})</span>"


def _counts(row: dict) -> str:
    """What both estimates rest on: '13 units'; '13, then 15 units' where they differ."""
    ends = [row["units_before"], row["units_after"]]
    return f"{', then '.join(dict.fromkeys('none' if one != one else f'{one:.0f}' for one in ends))} units"


def _pairs_table(frame: pd.DataFrame) -> pd.DataFrame:
    """The same numbers under plain headings."""
    table = {"Person": frame["person"], "Behaviour": frame["code"], "Shift (s per 5 min)": frame["shift"]}
    for end, name in (("before", "as analysed"), ("after", "this check")):
        table[f"Seconds per 5 min, {name}"] = frame[f"seconds_{end}"]
        table[f"95 % from, {name}"] = frame[f"seconds_low_{end}"]
        table[f"95 % to, {name}"] = frame[f"seconds_high_{end}"]
        table[f"Evidence, {name}"] = frame[f"evidence_{end}"].map(EVIDENCE)
        table[f"Rows, {name}"] = frame[f"rows_{end}"]
        table[f"Units, {name}"] = frame[f"units_{end}"]
    return pd.DataFrame(table)


def contrasts(frame: pd.DataFrame, which: str, groups: tuple[str, str]) -> None:
    """Two groups of recordings (`groups`: their names), behaviour by behaviour."""
    frame = frame.assign(person=frame["response"].map(PEOPLE))
    frame["label"] = [label(row["code"], _contrast_counts(row)) for row in frame.to_dict("records")]
    figure = draw_contrasts(frame, f"Seconds per 5 minutes: recordings {groups[0]} minus {groups[1]}")
    alt = f"Difference of each behaviour's time between recordings {groups[0]} and {groups[1]}, with 95 % intervals."
    table = store.released(_contrast_table(frame, groups), ANALYST_ONLY)
    show.figure(figure, alt, f"sensitivity_{which}", table, which)


def _contrast_counts(row: dict) -> str:
    """'111 and 24 recordings; SD ratio 0.92, 0.70 to 1.22'."""
    counts = f"{row['observations_first']} and {row['observations_second']} recordings"
    if row["ratio"] != row["ratio"]:
        return f"{counts}; too few to compare" if row["low"] != row["low"] else counts
    return f"{counts}; SD ratio {row['ratio']:.2f}, {row['ratio_low']:.2f} to {row['ratio_high']:.2f}"


def _contrast_table(frame: pd.DataFrame, groups: tuple[str, str]) -> pd.DataFrame:
    table = {"Person": frame["person"], "Behaviour": frame["code"], "Difference (s per 5 min)": frame["difference"]}
    table |= {"95 % from": frame["low"], "95 % to": frame["high"]}
    for end, name in zip(("first", "second"), groups, strict=True):
        table[f"Mean (s), {name}"] = frame[f"mean_{end}"]
        table[f"SD (s), {name}"] = frame[f"sd_{end}"]
        table[f"Recordings, {name}"] = frame[f"observations_{end}"]
        table[f"Dyads, {name}"] = frame[f"dyads_{end}"]
    table |= {"SD ratio": frame["ratio"], "Ratio 95 % from": frame["ratio_low"], "Ratio 95 % to": frame["ratio_high"]}
    return pd.DataFrame(table | {"Note": frame["note"]})


def dots_of(answer: Answer, found: Influence) -> pd.DataFrame:
    """Each term without each dyad beside the term with everybody: dyad, recordings, response, code, seconds, shift,
    evidence_before, evidence_after, changed, clear.
    """
    if found.frame.empty:
        return pd.DataFrame(columns=["dyad", "shift"])
    columns = [*TERM, "mean", "seconds", "evidence"]
    both = answer.leading.terms[columns].merge(
        found.frame[[*columns, "dyad", "recordings"]], on=TERM, suffixes=("_before", "_after")
    )
    clear = (both["evidence_before"] == "clear") | (both["evidence_after"] == "clear")
    return both.assign(
        shift=both["seconds_after"] - both["seconds_before"],
        seconds=both["seconds_after"],
        changed=verdict(both, "before") != verdict(both, "after"),
        clear=clear,
    )


def influence(answer: Answer, dots: pd.DataFrame) -> None:
    """Every estimate without each dyad; below it the most influential dyads."""
    frame = answer.leading.terms.assign(person=answer.leading.terms["response"].map(PEOPLE))
    counts = [f"{row.units} units" for row in frame.itertuples()]
    frame["label"] = [label(code, rest) for code, rest in zip(frame["code"], counts, strict=True)]
    dots = dots.assign(person=dots["response"].map(PEOPLE))
    alt = f"Each estimate with everybody and without each of {counted(dots['dyad'].nunique(), 'dyad')}."
    table = store.released(_dyad_table(dots), ANALYST_ONLY)
    show.figure(draw_influence(frame, dots, axis(answer)), alt, "sensitivity_dyads", table, "leave_one_dyad_out")


def _dyad_table(dots: pd.DataFrame) -> pd.DataFrame:
    """Every dyad and behaviour, the largest shifts first."""
    order = dots["shift"].abs().sort_values(ascending=False, kind="stable").index
    rows = dots.loc[order]
    return pd.DataFrame(
        {
            "Without dyad": rows["dyad"].astype(str),
            "Its recordings": rows["recordings"],
            "Person": rows["person"],
            "Behaviour": rows["code"],
            "Shift (s per 5 min)": rows["shift"],
            "Without it (s per 5 min)": rows["seconds"],
            "Evidence with everybody": rows["evidence_before"].map(EVIDENCE),
            "Evidence without it": rows["evidence_after"].map(EVIDENCE),
        }
    )


def most_influential(dots: pd.DataFrame) -> None:
    """The dyads whose largest shift is largest: one line each."""
    order = dots["shift"].abs().sort_values(ascending=False, kind="stable").index
    rows = dots.loc[order].drop_duplicates("dyad").head(MOST_DYADS)
    frame = pd.DataFrame(
        {
            "Without dyad": rows["dyad"].astype(str),
            "Its recordings": rows["recordings"],
            "Largest shift (s per 5 min)": [signed(one, 1) for one in rows["shift"]],
            "In": [f"{code} ({side})" for code, side in zip(rows["code"], rows["response"], strict=True)],
        }
    )
    show.table(store.released(frame, ANALYST_ONLY), "sensitivity_most", "influential_dyads", small=True)
