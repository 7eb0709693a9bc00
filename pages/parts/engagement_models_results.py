"""What a trained model of phases can do: folds, the paper's table, classes, confusion, agreement, sureness."""

import streamlit as st

from pages.parts import engagement_models_agreement as agreement
from pages.parts import engagement_models_tables as tables
from pages.parts import engagement_models_words as words
from pages.parts import show, store
from pages.parts.charts_engagement_models import draw_confusion, draw_folds, draw_sure
from pages.parts.take_away import Paper
from pipeline.catalogue.engagement_paper import CAVEAT
from pipeline.catalogue.phase_card import Card
from pipeline.steps.phase_report_frames import Report
from pipeline.steps.release import renamed

FOLD_SAYS = "A fold is a group of families, predicted by a network that was taught on all others."
ENOUGH = 250
"""Ten seconds: a mark of fewer frames would only show chance."""
F1_SAYS = (
    "F1 joins two questions: how often the model is right when it names a phase, and how much of the phase it finds; "
    "100 is perfect. Weighted: each phase counts by how often it occurs; unweighted: all phases count the same."
)


def results(card: Card, report: Report) -> None:
    """All that is about frames."""
    main = tables.main_arm(card, report.scores)
    _folds(report)
    _table(card, report)
    _classes(report, main)
    _confusion(report, main)
    agreement.kappas(report, main)
    _sure(report, main)


def _folds(report: Report) -> None:
    st.markdown("**How well, in other families? (weighted F1)**")
    whole = tables.folds(report.scores)
    drawn = store.released(whole[~whole["kind"].isin(words.BASELINES)], tables.FOLDS)
    guesses, seen = tables.guesses(report.scores), drawn.frame
    mean = [f"{row.label}: {row.value:.0f}" for row in seen[seen["fold"].isna()].itertuples()]
    beside = [f"{name}: {value:.0f}" for name, value in guesses.items()]
    alt = f"Weighted F1 of all folds. {'; '.join(mean)}. To beat: {'; '.join(beside)}."
    figure = draw_folds(seen, guesses, "Weighted F1 (%)")
    show.figure(figure, alt, "engagement_folds", renamed(drawn, tables.FOLDS_NAMES), "engagement_folds")
    st.caption(f"{FOLD_SAYS} {words.BASELINES_SAY} {F1_SAYS}")


def _table(card: Card, report: Report) -> None:
    st.markdown("**Every model beside its baselines and the paper's (percent)**")
    released = store.released(tables.results(report.scores, card), tables.RESULTS)
    numbers = renamed(released, tables.RESULTS_NAMES)
    text = store.released(tables.results_in_words(released.frame), tables.TEXT)
    says = "Every model beside its baselines and the published values in brackets (percent)"
    show.words(text, numbers, "engagement_results", "engagement_results", paper=Paper(says))
    st.caption(words.beside_the_paper(card, CAVEAT))


def _classes(report: Report, main: tuple[str, str]) -> None:
    st.markdown("**Phase by phase**")
    frame = tables.classes(report.classes, report.counts, main)
    released = store.released(frame, tables.CLASSES)
    text = store.released(tables.classes_in_words(released.frame), tables.CLASS_TEXT)
    numbers, paper = renamed(released, tables.CLASSES_NAMES, 0), Paper("Precision, recall and F1 phase by phase")
    show.words(text, numbers, "engagement_classes", "engagement_classes", paper=paper)
    st.caption(
        "Precision: how often the phase was really coded when it was predicted. Recall: how much of the coded phase "
        "was found. A phase that was never predicted has no precision; in the means above it counts as 0."
    )


def _confusion(report: Report, main: tuple[str, str]) -> None:
    st.markdown("**What is taken for what?**")
    frame = tables.confusion(report.confusion, report.counts, main)
    released = store.released(frame, tables.CONFUSION)
    shown = released.frame.dropna(subset="share")
    alt = words.confusion_says(shown)
    show.figure(draw_confusion(shown), alt, "engagement_confusion", renamed(released, tables.CONFUSION_NAMES, 0),
                "engagement_confusion")  # fmt: skip
    st.caption(f"{alt} Percent of the frames of a coded phase; the table has the frames.")


def _sure(report: Report, main: tuple[str, str]) -> None:
    st.markdown("**Does it know when it is wrong?**")
    frame = tables.calibration(report.calibration, report.scores, main)
    released = store.released(frame, tables.CALIBRATION)
    alt = words.sure_says(tables.of_arm(report.calibration_error, main))
    seen = released.frame.dropna()
    show.figure(draw_sure(seen[seen["frames"] >= ENOUGH]), alt, "engagement_sure",
                renamed(released, tables.CALIBRATION_NAMES, 0), "engagement_sure")  # fmt: skip
    st.caption(
        f"{alt} On the dotted line a model is as sure as it is right. Groups of fewer than {ENOUGH} "
        "frames are in the table only."
    )
