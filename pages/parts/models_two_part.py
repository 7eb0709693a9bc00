"""A stored two-part fit on the screen: whether a behaviour occurs, how long where it does, and both together."""

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import streamlit as st

from pages.parts import show, store
from pages.parts.charts_models_two_part import draw_two_parts
from pages.parts.models_runs_words import exposure_name
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.models_words import EVIDENCE, PEOPLE, minus
from pages.parts.words import counted, escape, one_of
from pipeline.catalogue.spec import Spec
from pipeline.models.evidence import evidence
from pipeline.steps.stored_fits import StoredFit

PARTS = {"odds": "occurrence: ", "seconds": "seconds if present: "}
TOGETHER, LENGTHS = "expected seconds: ", "duration: "
AT = ("-1 SD", "0 SD", "+1 SD")
EFFECTS = {
    "occurrence_infant": "whether the infant's behaviours occur",
    "occurrence_caregiver": "whether the caregiver's behaviours occur",
    "duration_infant": "how much of the time the infant's take",
    "duration_caregiver": "how much of the time the caregiver's take",
}
NAMES = {
    "person": "Person", "code": "Behaviour", "seen": "Occurs in (units)", "could": "of (units)",
    "odds": "Odds ratio", "odds_low": "95 % from (odds)", "odds_high": "95 % to (odds)",
    "odds_evidence": "Evidence (occurs)", "seconds": "Seconds where it occurs",
    "seconds_low": "95 % from (s)", "seconds_high": "95 % to (s)", "seconds_evidence": "Evidence (length)",
}  # fmt: skip


def two_part_panel(found: StoredFit) -> None:
    """The finding, the forest plot, the expected times and the random part of a stored two-part fit."""
    spec, exposure = found.asked.spec, escape(exposure_name(found.asked.spec))
    frame = two_part_terms(found.terms, spec)
    if frame.empty:
        show.empty("This model has no score, so nothing can go with one.", "Its terms stand in the export.")
    else:
        st.markdown(f"#### {finding(frame, spec)}")
        st.caption(
            f"Left: how the odds that a behaviour occurs at all change when {exposure} is 1 SD higher (2: twice the "
            "odds; 1/2: half). Right: how much more or less of the time it takes in recordings where it occurs. Each "
            "behaviour on its own, not compared with another. Line: 95 % interval."
        )
        table = store.released(frame[list(NAMES)].rename(columns=NAMES), ANALYST_ONLY)
        figure = draw_two_parts(frame, bool(found.failed))
        show.figure(figure, alt_text(frame, spec), "two_part", table, f"two_part_{found.asked.short}")
    together = expected_table(found.terms, spec)
    if len(together):
        st.markdown("**Both parts together: seconds per 5 minutes, recordings without the behaviour counted as 0**")
        st.caption("For average covariates, averaged over recordings. In brackets: 95 % interval.")
        numbers = store.released(expected_numbers(found.terms, spec), ANALYST_ONLY)
        show.words(store.released(together, ANALYST_ONLY), numbers, "expected", f"expected_{found.asked.short}")
    st.markdown("**How recordings differ, beyond what the model explains**")
    random = store.released(random_table(found.random), ANALYST_ONLY)
    show.table(random, "two_part_random", f"random_{found.asked.short}", small=True)


def comparable(found: StoredFit) -> StoredFit:
    """A fit whose terms stand beside those of other engines: of a two-part fit its second part, other fits as they
    are.
    """
    if found.asked.engine != "two_part":
        return found
    mine = found.terms[found.terms["term"].str.startswith(LENGTHS)]
    return replace(found, terms=mine.assign(term=mine["term"].str.removeprefix(LENGTHS)).reset_index(drop=True))


def two_part_terms(terms: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """One row per person and behaviour: `odds` (odds ratio per SD of the exposure) and `seconds` (change per 5 minutes
    where it occurs) with `_low`, `_high`, `_evidence`; `seen` and `could`: units; `counts`: the same in words.
    """
    if not spec.step.exposure:
        return pd.DataFrame()
    both = [_part(terms, prefix, name, spec) for name, prefix in PARTS.items()]
    frame = both[0].merge(both[1], on=["response", "code"], how="outer", suffixes=("", "_other"))
    for name in ("seen", "could"):
        frame[name] = frame[name].fillna(frame.pop(f"{name}_other")).astype(int)
    counts = [f"in {one.seen} of {counted(one.could, 'unit')}" for one in frame.itertuples()]
    frame = frame.assign(person=frame["response"].map(PEOPLE), counts=counts)
    order = {key: place for place, key in enumerate(dict.fromkeys(_keys(terms)))}
    place = [order[key] for key in zip(frame["response"], frame["code"], strict=True)]
    return frame.iloc[np.argsort(place)].reset_index(drop=True)


def _keys(terms: pd.DataFrame) -> list[tuple[str, str]]:
    """(response, behaviour) of the expected times and the levels of part 1, in the order of the fit, infant first."""
    found = []
    for response, term in zip(terms["response"], terms["term"], strict=True):
        for prefix in (*PARTS.values(), TOGETHER):
            if term.startswith(prefix):
                name = term.removeprefix(prefix).split(" x ")[0]
                found.append((response, name.split(" at ")[0] if prefix == TOGETHER else name))
    return sorted(found, key=lambda one: list(PEOPLE).index(one[0]))


def _part(terms: pd.DataFrame, prefix: str, name: str, spec: Spec) -> pd.DataFrame:
    """response, code, the estimate of one part with its ends and evidence, and the units it rests on."""
    mine = terms[terms["term"].str.startswith(prefix)]
    mine = evidence(mine.assign(term=mine["term"].str.removeprefix(prefix)), spec)
    scale = np.exp if name == "odds" else np.asarray
    return pd.DataFrame(
        {
            "response": mine["response"], "code": mine["code"], name: scale(mine["mean"]),
            f"{name}_low": scale(mine["lower"]), f"{name}_high": scale(mine["upper"]),
            f"{name}_evidence": mine["evidence"].map(EVIDENCE), "seen": mine["rows"], "could": mine["units"],
        }
    )  # fmt: skip


def finding(frame: pd.DataFrame, spec: Spec) -> str:
    """What is clear in either part, in one sentence (markdown)."""
    said = [_clear(one, name) for name in PARTS for one in frame.to_dict("records")]
    said = [one for one in said if one]
    intervals = int(frame[["odds", "seconds"]].notna().sum().sum())
    if not said:
        return f"Nothing is clear in either part: all {intervals} intervals include no change."
    chance = f"about {0.05 * intervals:.1f} of {intervals} would be by chance"
    return f"Clear, with higher {escape(exposure_name(spec))}: {one_of(said, 'and')} ({chance})."


def _clear(row: dict[str, object], name: str) -> str:
    """'the caregiver's Woe face occurs less often'; '' where it is not clear."""
    if row[f"{name}_evidence"] != "Clear":
        return ""
    rises = float(str(row[name])) > (1 if name == "odds" else 0)
    words = {"odds": ("occurs in more recordings", "occurs in fewer recordings")}
    more, less = words.get(name, ("takes more of the time where it occurs", "takes less of the time where it occurs"))
    return f"the {row['response']}'s '{escape(str(row['code']))}' {more if rises else less}"


def alt_text(frame: pd.DataFrame, spec: Spec) -> str:
    """The figure in one sentence."""
    counts = [f"{(frame[f'{name}_evidence'] == 'Clear').sum()} clear of {frame[name].notna().sum()}" for name in PARTS]
    return (
        f"Forest plot of {spec.title} in two parts, for infant and caregiver: odds that a behaviour occurs "
        f"({counts[0]}), seconds where it occurs ({counts[1]}), per SD of {exposure_name(spec)}, with 95 % intervals."
    )


def expected_numbers(terms: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """Expected seconds per 5 minutes per person, behaviour and value of the exposure, with 95 % intervals."""
    mine = terms[terms["term"].str.startswith(TOGETHER)]
    name = mine["term"].str.removeprefix(TOGETHER)
    code, at = name, pd.Series("average", index=name.index)
    if spec.step.exposure:
        score = re.escape(str(spec.exposure))
        split = name.str.extract(rf"^(.*?)(?: at {score} ([-+]?\d SD)|, {score} (\+1 SD minus -1 SD))$")
        code, at = split[0], split[1].fillna(split[2])
    return pd.DataFrame(
        {
            "Person": mine["response"].map(PEOPLE), "Behaviour": code, "Score": at, "Seconds": mine["mean"],
            "95 % from": mine["lower"], "95 % to": mine["upper"], "Occurs in (units)": mine["rows"],
            "of (units)": mine["units"],
        }
    ).reset_index(drop=True)  # fmt: skip


def expected_table(terms: pd.DataFrame, spec: Spec) -> pd.DataFrame:
    """The same in words, one line per behaviour: at -1, 0 and +1 SD, and the change between the outer two."""
    numbers = expected_numbers(terms, spec)
    if numbers.empty:
        return numbers
    said = [minus(f"{one.Seconds:.0f} ({one.low:.0f} to {one.high:.0f})") for one in _ends(numbers).itertuples()]
    wide = numbers.assign(said=said).pivot(index=["Person", "Behaviour"], columns="Score", values="said")
    wide = wide.reindex(pd.MultiIndex.from_frame(numbers[["Person", "Behaviour"]].drop_duplicates())).reset_index()
    titles = {at: minus(f"{exposure_name(spec)} {at}") for at in AT} | {
        "+1 SD minus -1 SD": "Change",
        "average": "Average",
    }
    order = [name for name in (*AT, "+1 SD minus -1 SD", "average") if name in wide]
    wide["Behaviour"] = wide["Behaviour"].map(escape)
    return wide[["Person", "Behaviour", *order]].rename(columns=titles)


def _ends(numbers: pd.DataFrame) -> pd.DataFrame:
    return numbers.rename(columns={"95 % from": "low", "95 % to": "high"})


def random_table(random: pd.DataFrame) -> pd.DataFrame:
    """SDs of the four effects of a recording, their correlations, and the rows' part, in words."""
    lines = []
    for row in random.itertuples():
        numbers = {"Estimate": row.mean, "95 % from": row.lower, "95 % to": row.upper}
        lines.append({"What": _effect_words(row.term)} | numbers)
    return pd.DataFrame(lines)


def _effect_words(term: str) -> str:
    """'unit_sd_duration_infant' -> 'SD between recordings: how much of the time the infant's take'."""
    if term.startswith("unit_sd_"):
        return f"SD between recordings: {EFFECTS[term.removeprefix('unit_sd_')]}"
    if term.startswith("unit_correlation_"):
        rest = term.removeprefix("unit_correlation_")
        first = next(name for name in EFFECTS if rest.startswith(name))
        return f"Correlation: {EFFECTS[first]}, and {EFFECTS[rest.removeprefix(first + '_')]}"
    plain = {
        "row_var_infant": "Variance within a recording: infant", "row_cov": "Covariance within a recording",
        "row_var_caregiver": "Variance within a recording: caregiver",
        "row_correlation": "Correlation of infant and caregiver within a recording",
    }  # fmt: skip
    return plain[term]
