"""The sensitivity view in words: whether the conclusion changes, and what moves most."""

from dataclasses import dataclass

import pandas as pd

from pages.parts.models_words import BY_CHANCE, EVIDENCE, signed
from pages.parts.words import counted, escape, one_of
from pipeline.steps.fit_imputed import Imputed
from pipeline.steps.fit_sensitivity import Check, Influence

MOST_NAMED = 3
SAME, OTHER = "Stays the same", "Changes"


@dataclass(frozen=True)
class Verdict:
    """One check in words: the sentence, and its line of the summary (conclusion, largest shift, where); `figure`:
    whether there is something to draw.
    """

    sentence: str
    conclusion: str
    shift: str = ""
    where: str = ""
    figure: bool = True


def of_refit(both: pd.DataFrame, changed: pd.DataFrame, check: Check, start: str, end: str = "") -> Verdict:
    """A check that fitted again; `start`: 'With the other prior'; `end`: a further sentence."""
    largest = both.loc[both["shift"].abs().idxmax()] if both["shift"].notna().any() else None
    count = f"{counted(check.units, 'recording')} of {counted(check.dyads, 'dyad')}"
    lead = "The conclusion changes" if len(changed) else "The conclusion stays the same"
    words = [f"**{lead}.** {start} ({count})"]
    shift, where = "", ""
    if largest is None:
        words[0] += " no behaviour can be compared."
    else:
        shift, where = signed(largest["shift"], 1), _place(largest)
        ends = f"from {signed(largest['seconds_before'])} to {signed(largest['seconds_after'])} s"
        words[0] += f" the largest shift is {shift} s per 5 minutes, in {where} ({ends})."
    words += [_changes(changed), end]
    if check.failed:
        words.append(f"**This fit failed its own checks: {escape('; '.join(check.failed))}. Do not rely on it.**")
    conclusion = OTHER if len(changed) else SAME
    conclusion += f" in {counted(len(changed), 'behaviour')}" if len(changed) else ""
    return Verdict(" ".join(one for one in words if one), conclusion, shift, where)


def shrunk(both: pd.DataFrame) -> str:
    """How much smaller, or larger, the estimates are on the whole."""
    size = both["seconds_before"].abs().sum()
    if not size > 0:
        return ""
    return f"Taken together the estimates are {100 * both['seconds_after'].abs().sum() / size:.0f}\u00a0% as large."


def _place(row: pd.Series) -> str:
    """'Woe face (caregiver)'."""
    return f"{escape(row['code'])} ({row['response']})"


def _changes(changed: pd.DataFrame) -> str:
    """'Positive (infant): from no clear evidence to suggestive, less.'"""
    parts = [_change(row) for row in changed.head(MOST_NAMED).to_dict("records")]
    more = len(changed) - len(parts)
    named = "; ".join([*parts, f"and {more} more"] if more else parts)
    return f"{named}." if named else ""


def _change(row: dict) -> str:
    ends = []
    for when in ("before", "after"):
        word = row[f"evidence_{when}"]
        if word != word:
            ends.append("not estimable")
            continue
        way = "" if word == "none" else ", more" if row[f"mean_{when}"] > 0 else ", less"
        ends.append(EVIDENCE[word].lower() + way)
    return f"{_place(row)}: from {ends[0]} to {ends[1]}"


def of_imputed(found: Imputed, both: pd.DataFrame, changed: pd.DataFrame, exposure: str) -> Verdict:
    """The pooled analysis of imputed scores."""
    who = counted(found.people, "person", "people")
    start = f"With the {exposure} of {who} without one imputed {found.count} times"
    return of_refit(both, changed, found.check, start)


def how_imputed(found: Imputed) -> str:
    """How the scores were imputed: a paragraph."""
    kept, reduced = str(found.of_outcomes), ""
    if found.outcomes < found.of_outcomes:
        kept, reduced = str(found.outcomes), f" principal components of {found.of_outcomes}"
    return (
        f"Each missing score was drawn {found.count} times from a Bayesian linear regression on the other "
        f"questionnaires, the covariates and the durations of infant and caregiver ({kept}{reduced} columns), kept "
        "within the range of the questionnaire and not rounded; one drawn value serves all recordings of a person "
        f"({counted(found.units, 'recording')} in all). 1 SD of the score and of the durations means what it means "
        f"for complete cases. The fits are pooled by mixing; up to {100 * found.lost:.0f} % of a term's variance is "
        "due to missing scores."
    )


def of_contrasts(frame: pd.DataFrame, groups: tuple[str, str]) -> Verdict:
    """Two groups of recordings compared; nothing was fitted again."""
    known = frame[frame["low"].notna()]
    if known.empty:
        text = f"There are too few dyads in one of the groups to compare recordings {groups[0]} and {groups[1]}."
        return Verdict(text, "Cannot be compared", figure=False)
    beyond = known[(known["low"] > 0) | (known["high"] < 0)]
    largest = known.loc[known["difference"].abs().idxmax()]
    shift = signed(largest["difference"], 1)
    ratios = known[known["ratio"].notna()]
    spread = ratios[(ratios["ratio_low"] > 1) | (ratios["ratio_high"] < 1)]
    chance = BY_CHANCE * len(known)
    words = [
        f"**{len(beyond)} of {len(known)} durations differ clearly** between recordings {groups[0]} and {groups[1]}; "
        f"about {chance:.1f} would by chance alone{_listed(beyond)}. The largest difference is {shift} s per 5 "
        f"minutes, in {_place(largest)} (95\u00a0% interval {signed(largest['low'])} to {signed(largest['high'])} s)."
    ]
    if len(ratios):
        words.append(f"The spread (SD) differs clearly in {len(spread)} of {len(ratios)}{_listed(spread)}.")
    conclusion = f"{len(beyond)} of {len(known)} durations differ clearly"
    return Verdict(" ".join(words), conclusion, shift, f"{_place(largest)}, difference")


def _listed(rows: pd.DataFrame) -> str:
    names = [_place(row) for row in rows.head(MOST_NAMED).to_dict("records")]
    more = len(rows) - len(names)
    return f" ({one_of([*names, f'{more} more'] if more else names, 'and')})" if names else ""


def of_cameras(compared: Verdict, alone: Verdict) -> Verdict:
    """One and two cameras: durations compared, and the analysis without the recordings of one camera."""
    return Verdict(f"{alone.sentence} {compared.sentence}", alone.conclusion, alone.shift, alone.where)


def of_influence(found: Influence, dots: pd.DataFrame) -> Verdict:
    """The fit without each dyad. `dots`: dyad, response, code, shift, changed, and `clear`:
    whether the term is clear with everybody or without the dyad.
    """
    if dots.empty:
        return Verdict(
            "No dyad can be left out: the model cannot be fitted without it.", "Cannot be fitted", figure=False
        )
    changing = dots.loc[dots["changed"], "dyad"].nunique()
    largest = dots.loc[dots["shift"].abs().idxmax()]
    lead = "No single dyad changes the conclusion"
    if changing:
        verb = "changes" if changing == 1 else "change"
        lead = f"{changing} of {found.judged} dyads, left out alone, {verb} the conclusion ({_touched(dots)})"
        clear = dots.loc[dots["changed"] & dots["clear"], "dyad"].nunique()
        lead += f"; in {clear or 'none'} of these a clear result comes or goes"
    shift = signed(largest["shift"], 1)
    words = [
        f"**{lead}.** The most influential dyad is {escape(str(largest['dyad']))} "
        f"({counted(int(largest['recordings']), 'recording')}): without it {_place(largest)} shifts by {shift} s per 5 "
        "minutes."
    ]
    if found.judged < found.dyads:
        words.append(f"Of {found.dyads} dyads the {found.judged} most influential by a first estimate were left out.")
    if found.refused:
        words.append(f"Without {one_of(found.refused, 'or')} nothing can be fitted.")
    conclusion = f"{OTHER} when one of {counted(changing, 'dyad')} is left out" if changing else SAME
    return Verdict(" ".join(words), conclusion, shift, f"{_place(largest)}, without {escape(str(largest['dyad']))}")


def _touched(dots: pd.DataFrame) -> str:
    """'Smile (infant): 4 dyads; Positive (infant): 1 dyad', the behaviours that most dyads change first."""
    counts = dots[dots["changed"]].groupby(["response", "code"], sort=False)["dyad"].nunique()
    counts = counts.sort_values(ascending=False, kind="stable").reset_index(name="dyads")
    named = [f"{_place(row)}: {counted(row['dyads'], 'dyad')}" for row in counts.head(MOST_NAMED).to_dict("records")]
    more = len(counts) - len(named)
    return "; ".join([*named, f"and {more} more"] if more else named)
