"""The methods of the fit on the screen, as paragraphs to read and as plain text to copy."""

import streamlit as st

from pages.parts import store_models_runs
from pages.parts.models_words import in_words
from pages.parts.store_models import Answer
from pages.parts.words import escape
from pipeline.steps import fit_methods
from pipeline.steps.fit_methods import Facts


def methods(answer: Answer) -> None:
    """The paragraphs on the screen, and as plain text to be copied."""
    st.subheader("Methods, as text", anchor=False)
    written = paragraphs(answer, store_models_runs.selection_words())
    st.markdown("\n\n".join(_headed(one) for one in written))
    with st.expander("Copy the text"):
        st.code("\n\n".join(written), language=None, wrap_lines=True)


def _headed(text: str) -> str:
    """A paragraph with its first words in bold (markdown)."""
    head, dot, rest = text.partition(". ")
    return f"**{escape(head)}.** {escape(rest)}" if dot else escape(text)


def paragraphs(answer: Answer, words: str) -> list[str]:
    """Sample, outcome, model, estimation, evidence, software; plain text. `words`: the selection in words."""
    question, rows = answer.question, answer.rows
    fit, frame = answer.models[question.shown[0]].fit, rows.frame
    facts = Facts(
        spec=question.leading, about=question.exposure, words=words, flow=rows.flow, scale=rows.scale,
        exposure=rows.exposure, dyads=frame["dyad_id"].nunique(), families=frame["family_id"].nunique(), rows=fit.rows,
        units=fit.units, engine=fit.engine, seed=fit.seed, diagnostics=fit.diagnostics, notes=fit.notes,
        failed=fit.failed, pair=len(question.shown) > 1, prespecified=question.prespecified,
    )  # fmt: skip
    return [in_words(one, question) for one in fit_methods.paragraphs(facts)]
