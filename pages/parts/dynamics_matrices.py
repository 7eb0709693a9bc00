"""What follows what as a table and a diagram, and the state-space grid with the way of one pair through it."""

import pandas as pd
import streamlit as st

from pages.parts import dynamics_meaning as meaning
from pages.parts import dynamics_tables as tables
from pages.parts import show, store, store_dynamics
from pages.parts.charts_dynamics_matrix import IMPOSSIBLE, draw_diagram, draw_grid, draw_lags
from pages.parts.charts_dynamics_time import draw_way
from pages.parts.dynamics_choices import Asked, person
from pages.parts.dynamics_figures import titles
from pages.parts.dynamics_options import whole
from pages.parts.dynamics_words import SPACE, amount
from pages.parts.models_options import select
from pages.parts.words import escape, one_of
from pipeline.steps.dynamics import Answer
from pipeline.steps.dynamics_pools import Sequences, grids, sequences, visits

SHOWN = {"share": "Share of the row (%)", "observed": "Number of times"}
RECORDING = "dyn_recording"
NONE = ""


def lags(asked: Asked) -> None:
    """The table of what follows what, its tests, and the diagram."""
    found = sequences(store_dynamics.answer(asked.question))
    if not found.tests["n"].iloc[0] > 0:
        show.empty("Nothing follows anything here.", "Choose other behaviours, a shorter lag, or wider filters.")
        return
    cells = used(found.cells)
    said = select("Numbers in the table", list(SHOWN.values()), "dyn_numbers", 240)
    shown = next(name for name, word in SHOWN.items() if word == said)
    figure = draw_lags(cells, asked.codes, titles(asked), shown)
    frame = tables.per_cent(found.cells, ("share",)).assign(
        possible=found.cells["possible"].map({True: "Yes", False: "No"})
    )
    table = tables.named(store.released(frame, tables.SINGLE), tables.LAG_NAMES)
    strongest = cells.loc[cells["residual"].idxmax()] if cells["residual"].notna().any() else None
    alt = (
        "What follows what." if strongest is None else f"Most above chance: {strongest.given}, then {strongest.target}."
    )
    show.figure(figure, alt, "dyn_lags", table, "dynamics_lags")
    st.markdown(_tests(found.tests.iloc[0]))
    never = _never(found)
    st.caption(
        f"Rows: what came first. Columns: what followed. Blue: more often than by chance, orange: less often. "
        f"{IMPOSSIBLE}: cannot occur. {meaning.lag(asked.question)}{never}"
    )
    _diagram(asked, cells, found)


def used(cells: pd.DataFrame) -> pd.DataFrame:
    """Cells of codes that occur: first ones that are followed, and second ones that follow."""
    rows = cells.groupby("given")["observed"].transform("sum") > 0
    columns = cells.groupby("target")["observed"].transform("sum") > 0
    return cells[rows & columns].reset_index(drop=True)


def _never(found: Sequences) -> str:
    """Rows without exits, named."""
    sums = found.cells.groupby("given", sort=False)["observed"].sum()
    names = [f"“{escape(name)}”" for name in sums.index[sums == 0]]
    return f" Never followed by anything, so left out: {one_of(names, 'and')}." if names else ""


def _tests(row: pd.Series) -> str:
    """Both tests of the whole table, named."""
    if not row["df"] > 0:
        return "The table is too small for a test of the whole."
    return (
        f"Over the whole table ({row['n']:,.0f} pairs): likelihood ratio G² = {row['g2']:,.1f}, "
        f"{p_words(row['g2_p'])}; "
        f"Pearson X² = {row['x2']:,.1f}, {p_words(row['x2_p'])}; {row['df']:.0f} degrees of freedom. Pairs of one "
        "recording resemble each other, so these p values are too small: the comparison with chance above is not."
    )


def p_words(p: float) -> str:
    """'p < .001', 'p = .02'."""
    if p < 0.001:
        return f"p{SPACE}<{SPACE}.001"
    return f"p{SPACE}={SPACE}{f'{p:.3f}' if p < 0.01 else f'{p:.2f}'}".replace("0.", ".")


def _diagram(asked: Asked, cells: pd.DataFrame, found: Sequences) -> None:
    """Arrows as wide as they are probable."""
    with st.expander("As a diagram", expanded=asked.question.within):
        least = whole("Arrows from so many per cent on", "dyn_least", 25, 0, 100)
        figure = draw_diagram(cells, least / 100, titles(asked), asked.question.within)
        edges = cells[(cells["share"] >= least / 100) & cells["possible"] & (cells["observed"] > 0)]
        frame = tables.per_cent(edges[["given", "target", "observed", "share"]], ("share",))
        table = tables.named(store.released(frame, tables.SINGLE), tables.LAG_NAMES)
        show.figure(figure, f"{len(edges)} arrows of at least {least} %.", "dyn_diagram", table, "dynamics_diagram")
        st.caption(f"Arrows: what follows in at least {least} % of the cases; the wider, the more often.")
        if asked.question.within and found.irreducible:
            top = found.long_run.sort_values("share", ascending=False).head(3)
            said = [f"“{escape(row.code)}” {amount(100 * row.share, '%')}" for row in top.itertuples()]
            st.markdown(f"In the long run, of all bouts or moments: {one_of(said, 'and')}.")


def grid(asked: Asked) -> None:
    """Time and visits of every state of the pair, and the way of one pair."""
    answer = store_dynamics.answer(asked.question)
    cells, summary = grids(answer)
    if not summary["seconds"].iloc[0] > 0:
        show.empty("The two were never coded at once.", "Choose other behaviours, or widen the filters.")
        return
    frame = tables.per_cent(cells, ("share",))
    table = tables.named(store.released(frame, tables.SINGLE), tables.GRID_NAMES)
    busy = _visited(cells)
    top = cells.loc[cells["share"].idxmax()]
    alt = f"Most time in {top.given} with {top.target}: {100 * top.share:.0f} %."
    show.figure(draw_grid(busy, asked.codes, titles(asked)), alt, "dyn_grid", table, "dynamics_grid")
    row = summary.iloc[0]
    st.markdown(
        f"Together: **{row['visits']:,.0f}** visits to {row['cells']:,.0f} of {len(cells):,} cells, "
        f"**{amount(row['seconds_per_visit'], 's')}** per visit, dispersion **{amount(row['dispersion'], '', 3)}**."
    )
    st.caption(
        f"Upper number: share of time (%). Lower number: visits. Framed: the chosen cell. States that never occur are "
        f"left out of the picture, not of the dispersion. {meaning.GRID}"
    )
    _way(asked, answer)


def _visited(cells: pd.DataFrame) -> pd.DataFrame:
    """Rows and columns of the grid in which any time is spent."""
    rows = cells.groupby("given")["seconds"].transform("sum") > 0
    columns = cells.groupby("target")["seconds"].transform("sum") > 0
    return cells[rows & columns].reset_index(drop=True)


def _way(asked: Asked, answer: Answer) -> None:
    """One pair's way through the grid; the choice stays in the session: no name in a link."""
    st.subheader("One pair's way through the grid", anchor=False)
    names = [NONE, *answer.both.observations["observation_id"]]
    chosen = st.selectbox(
        "Recording", names, key=RECORDING, persist_state="session", format_func=lambda name: name or "None chosen"
    )
    if chosen not in names or chosen == NONE:
        return
    rows = visits(answer, chosen)
    if rows.empty:
        show.empty("In this recording the two were never coded at once.", "Choose another recording.")
        return
    first, second = (person(one) for one in asked.who)
    table = rows.assign(onset_ms=rows["onset_ms"] / 1000, offset_ms=rows["offset_ms"] / 1000)
    table = table.set_axis([first, second if second != first else f"{second} (second)", "From (s)", "To (s)"], axis=1)
    figure = draw_way(rows, (first, second), _colours(asked))
    show.figure(
        figure, f"{len(rows)} visits in order.", "dyn_way", store.released(table, tables.SINGLE), "dynamics_way"
    )


def _colours(asked: Asked) -> dict[tuple[str, str], str]:
    """The codes' own colours on each side."""
    codes, found = store.codes(), {}
    for side, stream in (("given", asked.question.given), ("target", asked.question.target)):
        mine = codes[(codes["scheme"] == stream.scheme) & (codes["behaviour_group"] == stream.behaviour_group)]
        found |= {(side, row.code): row.colour for row in mine.itertuples()}
    return found
