"""Does it go with a score: a mixed model of the numbers of recordings, or a Cox model of waits, on a click."""

import pandas as pd
import streamlit as st

from pages.parts import dynamics_tables as tables
from pages.parts import dynamics_words as words
from pages.parts import show, store, store_dynamics
from pages.parts.charts_dynamics import draw_groups
from pages.parts.durations_choices import splits
from pages.parts.dynamics_choices import Asked
from pages.parts.dynamics_matrices import p_words
from pages.parts.dynamics_options import NUMBERS
from pages.parts.models_options import select
from pages.parts.words import counted, escape, plain
from pipeline.errors import UserError
from pipeline.steps.dynamics_design import Explanation
from pipeline.steps.dynamics_question import Question

ASKED = "dyn_score_asked"
BUTTON = "Does it go with this score?"
CLEAR = 0.05


def variables() -> dict[str, str]:
    """Words on the screen -> column: scores first, then every variable that varies."""
    found = {label.removesuffix(" (thirds)"): one.column for label, one in splits().items()}
    scores = {label: name for label, name in found.items() if name.startswith("score:")}
    return scores | found


def score(asked: Asked) -> None:
    """Which score, adjusted for what, and on a click what a model says."""
    st.subheader("Does it go with a score?", anchor=False)
    known = variables()
    if not known:
        show.empty("No score or variable of this study varies.", "Add questionnaires or variables to the study.")
        return
    with st.container(horizontal=True, vertical_alignment="bottom"):
        label = select("Score or variable", list(known), "dyn_score", 330)
        others = [name for name in known if name != label]
        also = st.multiselect(
            "Adjusted for", others, key="dyn_with", bind="query-params", placeholder="Nothing", width=330
        )
        clicked = st.button(BUTTON, type="primary", icon=":material/play_arrow:")
    covariates = tuple(known[name] for name in also if name in others)
    chosen = Explanation(known[label], covariates)
    now = (store.key(), asked.question, store.selection(), chosen)
    if clicked:
        st.session_state[ASKED] = now
    if st.session_state.get(ASKED) == now:
        _explain(asked.question, chosen, {column: name for name, column in known.items()})


def _explain(question: Question, chosen: Explanation, labels: dict[str, str]) -> None:
    """The answer of the model in a sentence, its coefficients, and what must be known of it."""
    try:
        with st.spinner("Fitting the model"):
            found = store_dynamics.explained(question, chosen)
    except UserError as refusal:
        show.empty("The model cannot answer this.", refusal.message)
        return
    ratios = "ratio" in found.terms
    bare = 2 if ratios else words.decimals(question)
    frame = _in_words(found.terms, found.scales, labels, question)
    mine = frame[frame["column"] == chosen.exposure]
    for row in mine.to_dict("records"):
        st.markdown(f"### {sentence(row, question, ratios)}")
    n = f"{counted(found.waits, 'wait')}, " if found.waits else ""
    n += f"{counted(found.recordings, 'recording')}, {counted(found.families, 'family', 'families')}"
    drawn = frame[frame["column"] != "(mean)"].assign(
        text=lambda rows: [_figures(row, bare) for row in rows.itertuples()]
    )
    drawn = drawn.assign(chance=1.0 if ratios else 0.0)
    axis = "Ratio of the chance of an answer at any moment (above 1: faster)" if ratios else _difference(question)
    figure = draw_groups(drawn, axis, "", None, ("no difference", ""))
    table = frame[["label", "value", "low", "high", "p"]]
    names = ["What", "Ratio" if ratios else _difference(question), "95 % from", "95 % to", "p"]
    released = store.released(table.set_axis(names, axis=1), tables.SINGLE)
    show.figure(figure, " ".join(f"{row.label}: {row.text}." for row in drawn.itertuples()), "dyn_score_terms",
                released, "dynamics_score")  # fmt: skip
    st.caption(escape(f"{found.method}; {n}. {' '.join(found.words)} A link is not a cause."))


def _in_words(terms: pd.DataFrame, scales: pd.DataFrame, labels: dict[str, str], question: Question) -> pd.DataFrame:
    """Terms with `column`, `label` and per what, in the units of the screen."""
    sds = scales.set_index("name")["sd"]
    columns = [_column(term, labels) for term in terms["term"]]
    said = [
        _term(term, column, labels, sds, list(terms["term"]))
        for term, column in zip(terms["term"], columns, strict=True)
    ]
    if "ratio" in terms:
        numbers = terms[["ratio", "ratio_low", "ratio_high"]].set_axis(["value", "low", "high"], axis=1)
    else:
        numbers = words.factor(question) * terms[["estimate", "low", "high"]].rename(columns={"estimate": "value"})
    return numbers.assign(column=columns, label=said, p=terms["p"])


def _column(term: str, labels: dict[str, str]) -> str:
    """The column a term belongs to: its own name, or the name before the level."""
    return next((column for column in labels if term == column or term.startswith(f"{column}: ")), term)


def _term(term: str, column: str, labels: dict[str, str], sds: pd.Series, every: list[str]) -> str:
    """'EPDS: postnatal depression, 1 SD (5.1) more', 'Caregiver role: Mother', 'Mean'."""
    if column not in labels:
        return "Mean of recordings like the average" if term == "(mean)" else plain(term)
    if term == column:
        return f"{labels[column]}, 1 SD ({sds[column]:.3g}) more"
    level = term.removeprefix(f"{column}: ")
    other = against(column, {each.removeprefix(f"{column}: ") for each in every})
    return f"{labels[column]}: {plain(level)}{f' against {plain(other).lower()}' if other else ''}"


def against(column: str, named: set[str]) -> str:
    """The level that the others are compared with: the one that has no term; '' where that is not certain."""
    levels = set(store.selected()[column].dropna().astype(str)) - named
    return levels.pop() if len(levels) == 1 else ""


def _figures(row: tuple, bare: int) -> str:
    """'−1.20 (−3.40 to 1.00)'."""
    return f"<b>{words.amount(row.value, bare=bare)}</b> ({words.between(row.low, row.high, bare=bare)})"


def _unit(question: Question) -> str:
    """'points' for shares, else the unit of the number; nothing where it has none."""
    return "points" if words.unit(question) == "%" else words.unit(question)


def _difference(question: Question) -> str:
    """What a coefficient is, with its unit."""
    return f"Difference ({_unit(question)})" if _unit(question) else "Difference"


def _name(question: Question) -> str:
    """'the share answered', 'Yule's Q': the number in a sentence."""
    name = NUMBERS[question.measure][question.number].split(" (")[0]
    return name if name.startswith("Yule") else f"the {name[:1].lower()}{name[1:]}"


def sentence(row: dict, question: Question, ratio: bool) -> str:
    """What goes with one SD more, or with the other level, in plain words."""
    per = escape(row["label"])
    bare = 2 if ratio else words.decimals(question)
    ends = f"95{words.SPACE}% {words.between(row['low'], row['high'], bare=bare)}, {p_words(row['p'])}"
    clear = row["p"] < CLEAR
    if ratio:
        speed = "faster" if row["value"] > 1 else "slower"
        what = f"{'answers come **' + speed + '**' if clear else '**no clear difference** in how fast answers come'}"
        return f"{per}: {what}. At any moment an answer is {words.amount(row['value'])} times as likely ({ends})."
    name, unit = _name(question), _unit(question)
    more = "higher" if row["value"] > 0 else "lower"
    size = f"{words.amount(abs(row['value']), bare=bare)}{words.SPACE + unit if unit else ''}"
    if clear:
        return f"{per}: {name} is **{size} {more}** ({ends})."
    return f"{per}: **no clear difference** in {name}: {size} {more} ({ends})."
