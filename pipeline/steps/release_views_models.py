"""Views of the models page: the forest of every stored fit that may be shown (`release_fits` says which)."""

from collections.abc import Iterator
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from pipeline.catalogue.spec import Spec
from pipeline.measures.shares import FIVE_MINUTES_S
from pipeline.plain_words import one_of
from pipeline.steps.fit_choices import Exposure, exposures_of
from pipeline.steps.fit_terms import PEOPLE, exposure_name, size_of_one, terms_of
from pipeline.steps.release import ReleaseSpec
from pipeline.steps.release_fits import fit_rows, of_response, sifted
from pipeline.steps.release_profile import to_digits
from pipeline.steps.release_views import Answer, Data, Template
from pipeline.steps.stored_fits import StoredFit

NUMBERS = ("mean", "lower", "upper", "seconds", "seconds_low", "seconds_high", "evidence")
TERMS = ReleaseSpec(
    labels=("person", "term"), counts=("families",), statistics=tuple((name, "families") for name in NUMBERS)
)
NAMES = {
    "person": "Person", "term": "Behaviour", "mean": "Estimate", "lower": "Estimate, 95 % from",
    "upper": "Estimate, 95 % to", "seconds": "Seconds per 5 minutes", "seconds_low": "Seconds, 95 % from",
    "seconds_high": "Seconds, 95 % to", "evidence": "Evidence", "families": "Families that show it (about)",
}  # fmt: skip
OUTCOMES = {
    "normalised": "SD of the behaviour's time",
    "share": "Share of the time",
    "normal_scores": "Normal scores of the behaviour's time",
}
EVIDENCE = {"clear": "Clear", "suggestive": "Suggestive", "none": "No clear evidence"}
ENGINES = {
    "quick": "quick engine", "gibbs": "Gibbs sampling as in MLwiN",
    "full": "full engine (NUTS, four chains)",
}  # fmt: skip
MEANT = "Clear: the 95 % interval excludes 0. Suggestive: related behaviours point the same way."


def templates(data: Data, protocol: str, folder: Path) -> Iterator[Template]:
    """One per stored fit that may be shown, the newest first."""
    for fit in sifted(data, folder, protocol)[0]:
        spec = fit.asked.spec
        about = exposure_of(data, spec)
        yield Template(
            f"fit_{spec.name}_{spec.rung}", "models", protocol, f"{spec.title}, {spec.step.title}",
            f"Does the time of a behaviour go with {about.label}?" if spec.step.exposure else "What takes how long?",
            "draw_terms", TERMS, lambda selected, fit=fit: _terms(data, selected, fit, folder), NAMES,
            _options(fit, about), filtered=False, says=partial(finding, spec=spec, about=about),
            note=_note(fit, about),
        )  # fmt: skip


def exposure_of(data: Data, spec: Spec) -> Exposure:
    """The exposure of a fit in the words of the screen."""
    known = exposures_of(data.study.instruments, data.study.variables, data.observations).values()
    name = exposure_name(spec)
    return next((one for one in known if one.name == spec.exposure), Exposure(str(spec.exposure), name, "points"))


def _options(fit: StoredFit, about: Exposure) -> dict[str, object]:
    """What the forest is told. `people`: blocks from top to bottom; `order`: behaviours of each; `seconds`: what 1 of
    the outcome is in seconds per 5 minutes; `heads`: what stands behind a person's name."""
    spec, asked = fit.asked.spec, fit.asked
    shown = terms_of(fit.terms, spec, asked.sd)
    one = {PEOPLE[side]: to_digits(share * FIVE_MINUTES_S) for side, share in size_of_one(spec, asked.sd).items()}
    people = [PEOPLE[side] for side in PEOPLE if side in set(shown["response"])]
    return {
        "axis": OUTCOMES[spec.options.outcome], "outcome": OUTCOMES[spec.options.outcome], "people": people,
        "order": {who: shown.loc[shown["person"] == who, "code"].tolist() for who in people},
        "seconds": {who: value for who, value in one.items() if value == value},
        "heads": dict.fromkeys(people, f", compared with '{spec.reference}'"),
        "reference": spec.reference, "exposure": about.label if spec.step.exposure else "", "engine": asked.engine,
        "model": spec.step.title,
    }  # fmt: skip


def _note(fit: StoredFit, about: Exposure) -> str:
    """What an estimate is, and how it was computed."""
    spec, asked = fit.asked.spec, fit.asked
    step = about.step(to_digits(asked.exposure[1])) if asked.exposure else f"1 SD of {about.label}"
    per = f"Change {_with(about, step)}, compared with '{spec.reference}'."
    if not spec.step.exposure:
        per = f"Time of each behaviour compared with '{spec.reference}'."
    adjusted = one_of([one.label[:1].lower() + one.label[1:] for one in spec.adjusted_for], "and")
    held = f" Adjusted for {adjusted}." if adjusted else ""
    way = ENGINES.get(asked.engine, asked.engine)
    return f"{per}{held} {MEANT} Two-level model of infant and caregiver, {way}."


def _with(about: Exposure, step: str) -> str:
    return f"with {step}" if about.levels else f"when {about.label} is {step} higher"


def _terms(data: Data, selected: pd.DataFrame, fit: StoredFit, folder: Path) -> Answer | None:
    """Every term of the forest with the families that show its behaviour."""
    rows = fit_rows(folder, fit.asked.id)
    rows = rows[rows["unit"].isin(selected["observation_id"])]
    family = selected.set_index("observation_id")["family_id"]
    found, behind = [], []
    for term in terms_of(fit.terms, fit.asked.spec, fit.asked.sd).to_dict("records"):
        mine = of_response(rows, term["response"])
        ids = mine.loc[mine["code"].astype("str") == term["code"], "unit"].unique()
        row = {"person": term["person"], "term": term["code"], "families": family.loc[ids].nunique()}
        numbers = {name: float(term[name]) for name in NUMBERS if name != "evidence"}
        found.append(row | numbers | {"evidence": EVIDENCE[term["evidence"]]})
        behind.append([data.mask(ids)])
    return Answer(pd.DataFrame(found), np.array(behind)) if found else None


def finding(frame: pd.DataFrame, spec: Spec, about: Exposure) -> str:
    """'Clear: with higher EPDS the infant's 'Smile' takes 12 s less per 5 minutes, compared with 'Neutral'.'"""
    known = frame[frame["mean"].notna()]
    clear = known[known["evidence"] == EVIDENCE["clear"]]
    if known.empty:
        return ""
    if clear.empty:
        every = "the interval includes" if len(known) == 1 else f"all {len(known)} intervals include"
        return f"Nothing is clear: {every} 0."
    best = clear.loc[(clear["mean"] / (clear["upper"] - clear["lower"])).abs().idxmax()]
    word = "more" if best["mean"] > 0 else "less"
    size = f"{abs(best['seconds']):g} s {word} per 5 minutes" if best["seconds"] == best["seconds"] else f"{word} time"
    what = f"the {best['person'].lower()}'s '{best['term']}' takes {size}, compared with '{spec.reference}'"
    if not spec.step.exposure:
        return f"{len(clear)} of {len(known)} behaviours clearly differ; most of all {what}."
    rise = about.step(0.0) if about.levels else f"higher {about.label}"
    return f"Clear: with {rise} {what}."
