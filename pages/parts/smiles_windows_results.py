"""What a search for networks on windows of smiles found: figures with their tables, Table II, and earlier searches."""

from dataclasses import replace

import streamlit as st

from pages.parts import show, store
from pages.parts import smiles_windows_tables as tables
from pages.parts import smiles_windows_words as words
from pages.parts import store_smiles_windows as search_store
from pages.parts.charts_smiles_windows import draw_against, draw_calibration, draw_grid, draw_shuffled
from pages.parts.words import counted, escape
from pipeline.catalogue.smile_paper import ERRATA
from pipeline.steps.release import renamed
from pipeline.steps.smile_window_runs import StoredSearch

MOST_EARLIER = 12


def results(score: str, search: StoredSearch) -> None:
    """Everything about one score, from what the finding rests on to how the networks were taught."""
    one = search.scores[score]
    _against(one)
    _calibration(score, one)
    if one["permutation"]:
        _shuffled(score, one["permutation"])
    _grid(one)
    with st.expander("How the networks were taught"):
        st.markdown(f"{words.features_say(one)}\n\n{_taught(search)}")


def _against(one: dict) -> None:
    st.markdown("**Is the network closer than a guess?**")
    measures = {"Typical error (RMSE)": "rmse", "Mean absolute error (MAE)": "mae"}
    units = {"Per recording": "session", "Per window, as in the paper": "window"}
    with st.container(horizontal=True):
        measure = st.segmented_control(
            "Error",
            list(measures),
            default=next(iter(measures)),
            required=True,
            key="window_error",
            bind="query-params",
        )
        unit = st.segmented_control(
            "Counted", list(units), default=next(iter(units)), required=True, key="window_unit", bind="query-params"
        )
    measure, unit = measures.get(measure, "rmse"), units.get(unit, "session")
    frame = tables.against(one, unit, measure)
    released = renamed(store.released(frame, tables.AGAINST), tables.AGAINST_NAMES)
    drawn = frame[frame["label"] != words.SPREAD]
    figure = draw_against(drawn, "Network's error minus the guess's (points), 95 % interval over mothers")
    show.figure(figure, " ".join(f"{text}." for text in frame["text"]), "window_against", released, "smiles_against")
    st.caption(
        "The interval says how the difference would vary with other mothers asked; the networks were not taught again. "
        f"{words.paper_says(one)} {words.spread_says(one)}"
    )


def _calibration(score: str, one: dict) -> None:
    frame = tables.calibration(one)
    shown = frame[frame["predicted"].notna()]
    st.markdown("**When the networks answer more, is the score higher?**")
    if shown.empty:
        st.markdown("Not shown: every group of recordings is of fewer than 5 families.")
        return
    released = renamed(store.released(frame, tables.CALIBRATION), tables.CALIBRATION_NAMES)
    alt = " ".join(f"Group {row.group}: {row.text}." for row in shown.itertuples())
    show.figure(draw_calibration(shown, score), alt, "window_calibration", released, "smiles_calibration")
    st.caption(
        "Recordings in five groups by what was answered; a group of fewer than 5 families is not shown. Points along "
        "the dotted line: the answers can be taken at their word. Points on one level: the answers say nothing."
    )


def _shuffled(score: str, found: dict) -> None:
    st.markdown("**Could it be chance?**")
    st.markdown(words.shuffled_says(score, found))
    released = renamed(store.released(tables.shuffled(found), tables.SHUFFLED), tables.SHUFFLED_NAMES)
    figure = draw_shuffled(found["shuffled"], found["observed"])
    show.figure(figure, words.shuffled_says(score, found), "window_shuffled", released, "smiles_shuffled")


def _grid(one: dict) -> None:
    st.markdown("**Window size and epochs: the whole grid**")
    frame = tables.grid(one)
    released = renamed(store.released(frame, tables.GRID), tables.GRID_NAMES)
    ends = f"from {frame['rmse'].min():.2f} to {frame['rmse'].max():.2f}"
    alt = f"RMSE per window lies {ends} points over the grid; guessing the mean from {frame['mean_rmse'].min():.2f} to "
    alt += f"{frame['mean_rmse'].max():.2f}."
    show.figure(draw_grid(frame, "RMSE per window (points)"), alt, "window_grid", released, "smiles_grid")
    st.caption(words.dropped(one))


def _taught(search: StoredSearch) -> str:
    """The settings of a search in words (markdown)."""
    one = search.settings
    layers = "-".join(map(str, one.hidden))
    return (
        f"Layers {layers} and one output, ReLU after each; Adam with learning rate {one.learning_rate:g}, batches of "
        f"{one.batch}, squared error. Paper: layers, Adam, squared error, windows, epochs, "
        f"{counted(len(one.seeds), 'seed')} x {one.folds} folds. Ours, because the paper does not say: learning rate, "
        "batches, scores divided by their SD, the last bias started at the mean (started at random, the last ReLU "
        "shuts about four networks in ten for good), folds by family so that nobody is on both sides, and the honest "
        f"choice in {one.inner} inner folds. Features: {words.FEATURES[one.features].lower()}. "
        f"Computed {search.computed:%d %b %Y %H:%M} UTC in {search.seconds:.0f} s on generation {search.number}."
    )


def table_ii(scores: dict[str, dict]) -> None:
    """The paper's Table II beside what was found here, and where the paper contradicts itself."""
    st.subheader("Beside the paper's Table II", anchor=False)
    frame = tables.table_ii(scores)
    released = store.released(frame, tables.TABLE_II)
    numbers = renamed(released, tables.TABLE_II_NAMES)
    show.words(replace(released, frame=tables.narrow(released)), numbers, "window_table_ii", "smiles_table_ii")
    st.caption(
        "MAE, RMSE (smiles, epochs): mean absolute and root mean squared error per window, in points. Paper's choice: "
        "the least error of the whole grid; honest choice: made without the mothers asked. The paper's data are closed "
        "and of other mothers: compare each column with guessing the mean on its own sample, not with the paper's."
    )
    with st.expander("Where the paper contradicts itself about these networks"):
        st.markdown("\n".join(f"- {escape(text)}" for text in ERRATA))


def earlier(found: list[StoredSearch]) -> None:
    """Findings of searches on other data or another selection, and of those that were run again."""
    if not found:
        return
    with st.expander(f"All searches of this study ({len(found)})"):
        for one in found[:MOST_EARLIER]:
            now = "this selection" if search_store.of_now(one) else f"{one.words or 'another selection'}"
            when = f"{one.computed:%d %b %Y %H:%M} UTC"
            st.markdown(
                f"{when}, generation {one.number}, {escape(now)}, {words.FEATURES[one.settings.features].lower()}:"
            )
            st.markdown("\n".join(f"- {words.finding(name, each)}" for name, each in one.scores.items()))
