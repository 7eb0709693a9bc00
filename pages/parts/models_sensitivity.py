"""The sensitivity view: one check at a time, each with one figure and one sentence, and what they say together."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd
import streamlit as st

from pages.parts import models_sensitivity_figures as figures
from pages.parts import models_sensitivity_words as words
from pages.parts import show, store
from pages.parts import store_models_sensitivity as checks
from pages.parts.models_options import PRIORS, select
from pages.parts.models_sensitivity_words import Verdict
from pages.parts.models_terms import ANALYST_ONLY
from pages.parts.store_models import Answer
from pages.parts.words import escape
from pipeline.errors import UserError

DONE = "sensitivity_done"
NOT_YET = "Not run yet"
CAMERAS = ("with one camera", "with both")


@dataclass(frozen=True)
class Kind:
    """A check: what it does in a sentence, its verdict, and its figure."""

    about: str
    verdict: Callable[[Answer], Verdict]
    figure: Callable[[Answer], None]


def sensitivity(answer: Answer) -> None:
    """The summary on top, then the check that was chosen."""
    st.subheader("Does the conclusion hold?", anchor=False)
    st.markdown(
        "The conclusion is which behaviours are clear or suggestive, and in which direction. Each check changes one "
        "thing about the analysis above; what 1 SD of the exposure means stays the same."
    )
    top = st.container()
    which = select("What is checked", list(KINDS), "check", 420)
    kind = KINDS[which]
    st.caption(kind.about)
    try:
        with st.spinner("Computing this check"):
            verdict = kind.verdict(answer)
        st.markdown(verdict.sentence)
        if verdict.figure:
            kind.figure(answer)
    except UserError as refusal:
        show.empty("This check cannot be made for this analysis.", refusal.message)
    with top:
        _summary(answer, which)


def _summary(answer: Answer, chosen: str) -> None:
    """What changes the conclusion: a line per check; the quick ones at once, the others as they are run."""
    asked = checks.asked(answer)
    before = st.session_state.get(DONE)
    at_once = QUICK if answer.leading.fit.units <= MOST_AT_ONCE else ()
    done = {chosen, *at_once, *(before[1] if before and before[0] == asked else ())}
    place = st.container()
    if len(done) < len(KINDS):
        st.button("Run all checks", icon=":material/checklist:", on_click=_run_all, args=(asked,))
    st.session_state[DONE] = (asked, done)
    with place, st.spinner("Computing the checks"):
        lines = [_line(name, kind, answer) if name in done else (name, NOT_YET, "", "") for name, kind in KINDS.items()]
        frame = pd.DataFrame(lines, columns=["Check", "Conclusion", "Largest shift (s per 5 min)", "Where"])
    with place:
        show.table(store.released(frame, ANALYST_ONLY), "sensitivity", "sensitivity", small=True)


def _run_all(asked: checks.Asked) -> None:
    """From now on every check of this analysis counts as asked for."""
    st.session_state[DONE] = (asked, set(KINDS))


def _line(name: str, kind: Kind, answer: Answer) -> tuple[str, str, str, str]:
    try:
        verdict = kind.verdict(answer)
    except UserError:
        return name, "Cannot be made", "", ""
    return name, verdict.conclusion, verdict.shift, verdict.where


def _refit(which: str, start: Callable[[Answer], str]) -> Callable[[Answer], Verdict]:
    """The verdict of a check that fits again."""

    def verdict(answer: Answer) -> Verdict:
        found = checks.refitted(which, answer)
        return words.of_refit(found.both, found.changed, found.check, start(answer))

    return verdict


def _pairs(which: str, name: Callable[[Answer], str]) -> Callable[[Answer], None]:
    return lambda answer: figures.pairs(answer, checks.refitted(which, answer), which, name(answer))


def _imputed(answer: Answer) -> Verdict:
    found, label = checks.imputed(answer), escape(answer.question.exposure.label)
    if found is None:
        text = f"No {label} is missing in this selection: there is nothing to impute."
        return Verdict(text, "Nothing is missing", figure=False)
    return words.of_imputed(found[0], found[1].both, found[1].changed, label)


def _imputed_figure(answer: Answer) -> None:
    found = checks.imputed(answer)
    if found is not None:
        st.caption(words.how_imputed(found[0]))
        figures.pairs(answer, found[1], "imputed", "missing scores imputed")


def _groups(answer: Answer) -> tuple[str, str]:
    """Recordings with and without the exposure, in words."""
    return f"with {answer.question.exposure.label}", "without"


def _completers(answer: Answer) -> Verdict:
    frame = checks.contrasts("completers", answer)
    if frame["mean_second"].isna().all():
        text = f"No {escape(answer.question.exposure.label)} is missing in this selection: there is nobody to compare."
        return Verdict(text, "Nothing is missing", figure=False)
    return words.of_contrasts(frame, _groups(answer))


def _timing(answer: Answer) -> Verdict:
    found = checks.refitted("timing", answer)
    if found.check.units == answer.leading.fit.units:
        text = "**The conclusion stays the same.** Every score was taken before its recording: nothing is left out."
        return Verdict(text, words.SAME, "0.0", "nothing to leave out", figure=False)
    start = "With scores taken before the recording only"
    return words.of_refit(found.both, found.changed, found.check, start)


def _pooling(answer: Answer) -> Verdict:
    found = checks.refitted("pooled", answer)
    start = f"With {_other_pooling(answer)}"
    return words.of_refit(found.both, found.changed, found.check, start, words.shrunk(found.both))


def _cameras(answer: Answer) -> Verdict:
    compared = words.of_contrasts(checks.contrasts("cameras", answer), CAMERAS)
    alone = _refit("two_cameras", lambda _: "With recordings of both cameras only")(answer)
    return words.of_cameras(compared, alone)


def _dyads(answer: Answer) -> Verdict:
    found = checks.influence(answer)
    return words.of_influence(found, figures.dots_of(answer, found))


def _dyads_figure(answer: Answer) -> None:
    dots = figures.dots_of(answer, checks.influence(answer))
    figures.most_influential(dots)
    figures.influence(answer, dots)


def _other_prior(answer: Answer) -> str:
    """What the other prior is called."""
    other = "weak" if answer.question.leading.options.prior == "mlwin" else "mlwin"
    return f"prior: {PRIORS[other].lower().replace('mlwin', 'MLwiN')}"


def _other_pooling(answer: Answer) -> str:
    return "each term on its own" if answer.question.leading.options.pooled else "terms drawn towards each other"


KINDS = {
    "Who lacks the score": Kind(
        "How long each behaviour takes in recordings with the score and in those without it. Nothing is fitted again.",
        _completers,
        lambda answer: figures.contrasts(checks.contrasts("completers", answer), "completers", _groups(answer)),
    ),
    "Missing scores imputed": Kind(
        "Recordings without the score come in: their scores are imputed many times from what else is known, and the "
        "fits are put together.",
        _imputed,
        _imputed_figure,
    ),
    "One or two cameras": Kind(
        "How long each behaviour takes, and how much that varies, where only one head-camera had usable footage; and "
        "the analysis without those recordings.",
        _cameras,
        lambda answer: figures.contrasts(checks.contrasts("cameras", answer), "cameras", CAMERAS),
    ),
    "Scores taken before the recording": Kind(
        "Recordings whose score was taken after them are left out.",
        _timing,
        _pairs("timing", lambda _: "scores before the recording"),
    ),
    "The other prior": Kind(
        "The same recordings with the other prior of the variances.",
        _refit("prior", lambda answer: f"With the other prior ({_other_prior(answer).removeprefix('prior: ')})"),
        _pairs("prior", _other_prior),
    ),
    "Partial pooling": Kind(
        "The terms share one distribution, which draws each towards the others and guards against chance findings; "
        "where the analysis already does so, each stands on its own.",
        _pooling,
        _pairs("pooled", _other_pooling),
    ),
    "Each dyad left out": Kind(
        "The analysis is fitted without each dyad in turn, to see whether one of them carries the result.",
        _dyads,
        _dyads_figure,
    ),
}
"""What is checked, in the words of the choice, in the order of the summary."""
QUICK = tuple(name for name in KINDS if name not in ("Missing scores imputed", "Each dyad left out"))
MOST_AT_ONCE = 1000
"""Units up to which the quick checks are made before anybody asks."""
